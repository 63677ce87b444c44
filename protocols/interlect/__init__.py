"""interlect: PettingZoo environments with learned communication channels between agents.

The subpackages are ``interlect.envs``, ``interlect.agents``, ``interlect.protocols`` and ``interlect.training``.
"""

__all__ = ["__version__"]


def __getattr__(name: str) -> str:
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import version

    return version(__name__)
