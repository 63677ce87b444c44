"""Checks of user arguments: invalid values raise an error instead of being reinterpreted."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from .errors import invalid, unknown


def check_integer(name: str, value: object, least: int, most: int | None = None, remedy: str = "") -> None:
    """Raise unless an argument is an integer in a range; True and 2.0 are not integers here."""
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_whole or value < least or (most is not None and value > most):  # type: ignore[operator]
        span = f", at least {least}" if most is None else f" from {least} to {most}"
        raise invalid(f"{name} must be an integer{span}", value, remedy or "Pass such a number.")


def check_number(name: str, value: object, low: float | int, high: float | int = math.inf, remedy: str = "") -> None:
    """Raise unless an argument is a finite number in a range."""
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not is_number or not (low <= value <= high and math.isfinite(value)):  # type: ignore[operator, arg-type]
        span = f"from {low:g} to {high:g}" if high < math.inf else f"of {low:g} or more"
        raise invalid(f"{name} must be a finite number {span}", value, remedy or "Pass such a number.")


def check_sizes(name: str, value: object) -> tuple[int, ...]:
    """The integers of a tuple or list, all at least 1; anything else raises."""
    if not isinstance(value, tuple | list):
        raise invalid(f"{name} must be integers in a tuple or list", value, "Write (16,) for a single one.")
    for size in value:
        check_integer(f"Each of {name}", size, 1)
    return tuple(int(size) for size in value)


def check_bool(name: str, value: object) -> None:
    """Raise unless an argument is True or False."""
    if not isinstance(value, bool):
        raise invalid(f"{name} must be True or False", value, "Pass one of these, without quotes.")


def check_choice(kind: str, value: object, known: Iterable[str]) -> None:
    """Raise unless an argument is one of these names."""
    if not isinstance(value, str) or value not in known:
        raise unknown(kind, value, known)


def check_integer_array(name: str, value: Any, shape: tuple[int, ...], least: int, most: int) -> None:
    """Raise unless an argument is an array of integers in a range."""
    rule = f"{name} must be an integer array {list(shape)} of {least} to {most}"
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "iu":
        received = f"an array of {value.dtype}" if isinstance(value, np.ndarray) else value
        raise invalid(rule, received, "Pass numpy.array(..., dtype=numpy.int64).")
    if value.shape != shape:
        raise invalid(rule, f"the shape {list(value.shape)}", f"Pass the shape {list(shape)}.")
    outside = (value < least) | (value > most)
    if outside.any():
        place = np.argwhere(outside)[0].tolist()
        raise invalid(rule, f"{value[outside][0]} at {place}", f"Pass numbers from {least} to {most}.")
