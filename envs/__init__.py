"""The games: one batched core per game, and adapters that make the cores usable with other libraries.

``from interlect.envs import switch_riddle_v0`` imports the PettingZoo environments of a game, and ``from interlect.envs
import conformance`` the checks of environments. Importing this package registers the games with PettingZoo and has no
other effect.
"""

from importlib import import_module
from typing import Any

from .adapters import GameEnv
from .core.core import Core, Step, check_action
from .core.evaluation import Evaluation, evaluate, returns_under_interventions
from .core.game import Game
from .core.play import play
from .core.reference_returns import ReferenceReturn
from .core.registry import GAMES, GameSpec, game, make_core, register_game, register_with_pettingzoo

_LAZY_FUNCTIONS = {"register_player": "core.players", "register_environment": "wrapping", "with_channel": "wrapping"}
"""Functions that are imported on first use, and the modules that define them."""
_LAZY_MODULES = {"conformance", *(name for name, spec in GAMES.items() if spec.environments == f".{name}")}
"""Modules that are imported on first use."""

__all__ = [
    "GAMES",
    "Core",
    "Evaluation",
    "Game",
    "GameEnv",
    "GameSpec",
    "ReferenceReturn",
    "Step",
    "check_action",
    "evaluate",
    "game",
    "make_core",
    "play",
    "register_game",
    "returns_under_interventions",
    *sorted(_LAZY_FUNCTIONS),
    *sorted(_LAZY_MODULES),
]

register_with_pettingzoo(GAMES)


def __getattr__(name: str) -> Any:
    if name in _LAZY_MODULES:
        return import_module(f".{name}", __name__)
    if name in _LAZY_FUNCTIONS:
        return getattr(import_module(f".{_LAZY_FUNCTIONS[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
