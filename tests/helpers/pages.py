"""The documentation page of a game's PettingZoo environments."""

import sys
from types import ModuleType


def page_of(environments: ModuleType) -> str:
    """The docstring of the module that defines the environments, which ``*_v0.py`` re-exports."""
    return sys.modules[environments.parallel_env.__module__].__doc__ or ""
