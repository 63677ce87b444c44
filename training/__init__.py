"""Learners, training scripts, run folders, checkpoints, reports and the command line."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .adversarial.gan import GAN
    from .adversarial.gap import GAP
    from .adversarial.sgan import SGAN
    from .adversarial.stackgan import StackGAN
    from .learners.base import Learner
    from .learners.classification import Classification
    from .learners.dial import Dial, Optimizer
    from .learners.ppo import PPO
    from .learners.rial import Rial
    from .learners.sender_receiver import SenderReceiver
    from .learners.settings import GameSettings, Settings
    from .learners.supervised import Supervised
    from .learners.value_regression import ValueRegression
    from .recipes.game_defaults import settings_for
    from .recipes.table import make_learner, register_recipe
    from .reports.metrics import register_metric
    from .reports.report_data import Section
    from .reports.sections import register_report_section
    from .runs.evaluate import evaluate_team
    from .runs.frames import save_gif
    from .runs.loop import Diverged, Run, Stopped, resume, train

_HOME = {
    "GAN": "adversarial.gan",
    "GAP": "adversarial.gap",
    "PPO": "learners.ppo",
    "SGAN": "adversarial.sgan",
    "Dial": "learners.dial",
    "Classification": "learners.classification",
    "Diverged": "runs.loop",
    "Optimizer": "learners.dial",
    "ValueRegression": "learners.value_regression",
    "GameSettings": "learners.settings",
    "Learner": "learners.base",
    "Rial": "learners.rial",
    "Section": "reports.report_data",
    "make_learner": "recipes.table",
    "register_metric": "reports.metrics",
    "register_report_section": "reports.sections",
    "register_recipe": "recipes.table",
    "Run": "runs.loop",
    "Settings": "learners.settings",
    "StackGAN": "adversarial.stackgan",
    "SenderReceiver": "learners.sender_receiver",
    "Stopped": "runs.loop",
    "Supervised": "learners.supervised",
    "evaluate_team": "runs.evaluate",
    "resume": "runs.loop",
    "save_gif": "runs.frames",
    "settings_for": "recipes.game_defaults",
    "train": "runs.loop",
}

__all__ = [
    "GAN",
    "GAP",
    "PPO",
    "SGAN",
    "Classification",
    "Dial",
    "Diverged",
    "GameSettings",
    "Learner",
    "Optimizer",
    "Rial",
    "Run",
    "Section",
    "SenderReceiver",
    "Settings",
    "StackGAN",
    "Stopped",
    "Supervised",
    "ValueRegression",
    "evaluate_team",
    "make_learner",
    "register_metric",
    "register_recipe",
    "register_report_section",
    "resume",
    "save_gif",
    "settings_for",
    "train",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
