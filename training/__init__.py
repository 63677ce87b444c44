"""Learners, provided scripts, run folders, checkpoints and reports."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .evaluate import evaluate_team
    from .loop import Diverged, Run, Stopped, resume, train
    from .settings import Optimizer, Settings, preset

_HOME = {
    "Diverged": "loop",
    "Optimizer": "settings",
    "Run": "loop",
    "Settings": "settings",
    "Stopped": "loop",
    "evaluate_team": "evaluate",
    "preset": "settings",
    "resume": "loop",
    "train": "loop",
}

__all__ = ["Diverged", "Optimizer", "Run", "Settings", "Stopped", "evaluate_team", "preset", "resume", "train"]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
