"""The games: one batched core each, and the faces other libraries see.

``from interlect.envs import switch_riddle_v0`` gives a game's PettingZoo environments, ``conformance`` the checks of an
environment. Importing this package puts the games in PettingZoo's registry and does nothing else.
"""

from importlib import import_module
from typing import Any

from .adapters import GameEnv
from .core.core import Core, Step, check_action
from .core.evaluation import Evaluation, evaluate
from .core.game import Game
from .core.play import play
from .core.reference_returns import ReferenceReturn
from .core.registry import GAMES, Entry, game, make_core, register, register_game

_LATER = {"register_player": "core.players", "register_environment": "wrapping", "with_channel": "wrapping"}
"""Functions that are loaded when they are asked for, and the modules that have them."""
_MODULES = {"conformance", *(entry.environments for entry in GAMES.values() if entry.environments)}
"""Loaded when they are asked for."""

__all__ = [
    "GAMES",
    "ReferenceReturn",
    "Core",
    "Entry",
    "Evaluation",
    "Game",
    "GameEnv",
    "Step",
    "check_action",
    "evaluate",
    "game",
    "make_core",
    "play",
    "register_game",
    *sorted(_LATER),
    *sorted(_MODULES),
]

register()


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name in _LATER:
        return getattr(import_module(f".{_LATER[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
