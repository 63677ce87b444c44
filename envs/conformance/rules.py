"""What checks are made of: the error that names a rule, and exact equality of whatever an environment returns."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from pettingzoo import AECEnv

from ...protocols.common.errors import bad

PARALLEL = ("possible_agents", "observation_space", "action_space", "reset", "step")
"""What a parallel environment has."""
MakeEnv = Callable[[], Any]
"""Makes a new environment."""


class Broken(AssertionError):
    """A rule is broken; ``rule`` is the name of its check."""

    def __init__(self, rule: str, meaning: str, detail: str) -> None:
        super().__init__(f"{rule}: {meaning} {detail}")
        self.rule = rule


class Unmet(AssertionError):
    """What ``require`` raises."""


def check_maker(make: Any, remedy: str, **arguments: Any) -> None:
    """Raise unless ``make`` can be called with these arguments.

    Raises:
        ValueError: saying so, with the remedy.
    """
    how = f"with {' and '.join(arguments)} by name" if arguments else "without arguments"
    rule = f"A check is given a function, which it calls {how}"
    if not callable(make):
        raise bad(rule, make, remedy)
    try:
        inspect.signature(make).bind(**arguments)
    except TypeError as error:
        raise bad(f"{rule} ({error})", make, remedy) from None


def check_parallel(env: Any) -> None:
    """Raise unless ``env`` is a parallel environment.

    Raises:
        ValueError: saying what it is, with the remedy.
    """
    if isinstance(env, AECEnv) or not all(hasattr(env, name) for name in PARALLEL):
        remedy = (
            "Give a parallel environment: its parallel_env(), or pettingzoo.utils.conversions.aec_to_parallel(env)."
        )
        raise bad("This is about parallel environments", f"an environment of type {type(env).__name__}", remedy)


def run(check: Callable[..., None], *arguments: Any) -> None:
    """Run one check, and name its rule in whatever it raises."""
    meaning = (inspect.getdoc(check) or "").partition("\n\n")[0].replace("\n", " ")
    try:
        check(*arguments)
    except Unmet as unmet:
        raise Broken(check.__name__, meaning, str(unmet)) from None
    except Exception as error:
        raise Broken(check.__name__, meaning, f"It raised {type(error).__name__}: {error}") from error


def require(holds: object, detail: str) -> None:
    """Say what is wrong unless ``holds``."""
    if not holds:
        raise Unmet(detail)


def same(a: Any, b: Any) -> bool:
    """Whether two values, which may be nested, are equal in type and in every bit."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and _same_arrays(a, b)
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


def _same_arrays(a: np.ndarray, b: np.ndarray) -> bool:
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
