"""Code that the checks share: the error that names a rule, and exact equality of values that environments return."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from pettingzoo import AECEnv

from ...protocols.common.errors import invalid

PARALLEL = ("possible_agents", "observation_space", "action_space", "reset", "step")
"""The attributes that a parallel environment must have."""
MakeEnv = Callable[[], Any]
"""A function that returns a new environment."""


class ConformanceError(AssertionError):
    """An environment or core violates a rule. ``rule`` is the name of the check."""

    def __init__(self, rule: str, meaning: str, detail: str) -> None:
        super().__init__(f"{rule}: {meaning} {detail}")
        self.rule = rule


class RequirementError(AssertionError):
    """Raised by ``require``."""


def check_maker(make: Any, remedy: str, **arguments: Any) -> None:
    """Check that ``make`` can be called with these keyword arguments.

    Raises:
        ValueError: If it cannot. The message contains ``remedy``.
    """
    how = f"with the keyword arguments {' and '.join(arguments)}" if arguments else "without arguments"
    rule = f"A check needs a function, which it calls {how}"
    if not callable(make):
        raise invalid(rule, make, remedy)
    try:
        inspect.signature(make).bind(**arguments)
    except TypeError as error:
        raise invalid(f"{rule} ({error})", make, remedy) from None


def check_parallel(env: Any) -> None:
    """Check that ``env`` is a parallel environment.

    Raises:
        ValueError: If it is not.
    """
    if isinstance(env, AECEnv) or not all(hasattr(env, name) for name in PARALLEL):
        remedy = "Pass a parallel environment: parallel_env(), or pettingzoo.utils.conversions.aec_to_parallel(env)."
        rule = "The environment must be a parallel environment"
        raise invalid(rule, f"an environment of type {type(env).__name__}", remedy)


def run(check: Callable[..., None], *arguments: Any) -> None:
    """Run one check, and turn any exception into a ``ConformanceError`` that names the rule."""
    meaning = (inspect.getdoc(check) or "").partition("\n\n")[0].replace("\n", " ")
    try:
        check(*arguments)
    except RequirementError as error:
        raise ConformanceError(check.__name__, meaning, str(error)) from None
    except Exception as error:
        raise ConformanceError(check.__name__, meaning, f"It raised {type(error).__name__}: {error}") from error


def require(holds: object, detail: str) -> None:
    """Raise ``RequirementError`` with this detail unless ``holds`` is true."""
    if not holds:
        raise RequirementError(detail)


def same(a: Any, b: Any) -> bool:
    """Whether two possibly nested values have equal types and are bitwise equal."""
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
