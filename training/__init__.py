"""Learners, provided scripts, run folders, checkpoints and reports."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .learners.classification import Classification
    from .learners.dial import Dial
    from .learners.ppo import PPO
    from .learners.q_settings import Optimizer
    from .learners.rial import Rial
    from .learners.sender_receiver import SenderReceiver
    from .learners.settings import Settings
    from .learners.supervised import Supervised
    from .learners.table import preset
    from .learners.value_regression import ValueRegression
    from .runs.evaluate import evaluate_team
    from .runs.loop import Diverged, Run, Stopped, resume, train

_HOME = {
    "PPO": "learners.ppo",
    "Dial": "learners.dial",
    "Classification": "learners.classification",
    "Diverged": "runs.loop",
    "Optimizer": "learners.q_settings",
    "ValueRegression": "learners.value_regression",
    "Rial": "learners.rial",
    "Run": "runs.loop",
    "Settings": "learners.settings",
    "SenderReceiver": "learners.sender_receiver",
    "Stopped": "runs.loop",
    "Supervised": "learners.supervised",
    "evaluate_team": "runs.evaluate",
    "preset": "learners.table",
    "resume": "runs.loop",
    "train": "runs.loop",
}

__all__ = [
    "PPO",
    "Classification",
    "Dial",
    "Diverged",
    "Optimizer",
    "Rial",
    "Run",
    "SenderReceiver",
    "Settings",
    "Stopped",
    "Supervised",
    "ValueRegression",
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
