"""The games: one batched core each, and the faces other libraries see.

``from interlect.envs import switch_riddle_v0`` gives a game's PettingZoo environments, ``conformance`` the checks of an
environment. Importing this package puts the games in PettingZoo's registry and does nothing else.
"""

from importlib import import_module
from typing import Any

from .registry import GAMES, register

_NAMES = {
    "Core": "core",
    "Step": "core",
    "Game": "game",
    "ParallelFace": "faces",
    "game": "registry",
    "make_core": "registry",
    "play": "play",
}
_MODULES = {"conformance", *(entry.faces for entry in GAMES.values())}

__all__ = ["GAMES", *sorted(_NAMES), *sorted(_MODULES)]

register()


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name in _NAMES:
        return getattr(import_module(f".{_NAMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
