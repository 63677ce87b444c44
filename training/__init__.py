"""Learners, provided scripts, run folders, checkpoints and reports."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .dial import Dial
    from .digits import Digits
    from .evaluate import evaluate_team
    from .loop import Diverged, Run, Stopped, resume, train
    from .ppo import PPO
    from .q_settings import Optimizer
    from .recipes import preset
    from .reward import Reward
    from .rial import Rial
    from .settings import Settings
    from .signaling import Signaling
    from .supervised import Supervised

_HOME = {
    "PPO": "ppo",
    "Dial": "dial",
    "Digits": "digits",
    "Diverged": "loop",
    "Optimizer": "q_settings",
    "Reward": "reward",
    "Rial": "rial",
    "Run": "loop",
    "Settings": "settings",
    "Signaling": "signaling",
    "Stopped": "loop",
    "Supervised": "supervised",
    "evaluate_team": "evaluate",
    "preset": "recipes",
    "resume": "loop",
    "train": "loop",
}

__all__ = [
    "PPO",
    "Dial",
    "Digits",
    "Diverged",
    "Optimizer",
    "Reward",
    "Rial",
    "Run",
    "Settings",
    "Signaling",
    "Stopped",
    "Supervised",
    "evaluate_team",
    "preset",
    "resume",
    "train",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
