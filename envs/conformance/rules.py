"""What checks are made of: the error that names a rule, and exact equality of whatever an environment returns."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np


class Broken(AssertionError):
    """A rule is broken; ``rule`` is the name of its check."""

    def __init__(self, rule: str, meaning: str, detail: str) -> None:
        super().__init__(f"{rule}: {meaning} {detail}")
        self.rule = rule


def run(check: Callable[..., None], *arguments: Any) -> None:
    """Run one check, and name its rule in whatever it raises."""
    meaning = (inspect.getdoc(check) or "").partition("\n\n")[0].replace("\n", " ")
    try:
        check(*arguments)
    except Broken:
        raise
    except Exception as error:
        detail = str(error) if isinstance(error, AssertionError) else f"It raised {type(error).__name__}: {error}"
        raise Broken(check.__name__, meaning, detail) from error


def require(holds: object, detail: str) -> None:
    """Say what is wrong unless ``holds``."""
    if not holds:
        raise AssertionError(detail)


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
