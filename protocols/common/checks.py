"""Checks of user arguments: invalid values raise an error instead of being reinterpreted."""

import math
import sys
from collections.abc import Iterable
from typing import Any

import numpy as np

from .errors import did_you_mean, invalid, unknown
from .limits import MAX_INTEGER

MAX_FLOAT = float(np.finfo(np.float32).max)
MAX_SIZES = 64
"""Maximum number of sizes in a shape, or of layers in a list of their widths."""


def check_integer(
    name: str, value: object, least: int, most: int | None = None, remedy: str = "", limit: int = MAX_INTEGER
) -> None:
    """Check that an argument is an integer in a range. True and 2.0 do not count as integers.

    Args:
        name: Name of the argument.
        value: Its value.
        least: Minimum.
        most: Maximum; None for ``limit``.
        remedy: The remedy if the value is not an integer in the range; a default if empty.
        limit: Maximum if the argument has no natural one.
    """
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_whole or value < least or (most is not None and value > most):  # type: ignore[operator]
        if most == least:
            raise invalid(f"{name} must be {least}", value, remedy or f"Pass {least}.")
        span = f", at least {least}" if most is None else f" from {least} to {most}"
        default = f"Pass an integer of {least} or more." if most is None else f"Pass an integer from {least} to {most}."
        raise invalid(f"{name} must be an integer{span}", value, remedy or default)
    if most is None and value > limit:  # type: ignore[operator]
        raise invalid(f"{name} must be at most {limit}", value, "Use a smaller number.")


def check_number(name: str, value: object, low: float | int, high: float | int = math.inf, remedy: str = "") -> None:
    """Check that an argument is a finite number in a range."""
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not is_number or not low <= value <= min(high, sys.float_info.max):  # type: ignore[operator]
        span = f"from {low:g} to {high:g}" if high < math.inf else f"of {low:g} or more"
        raise invalid(f"{name} must be a finite number {span}", value, remedy or f"Pass a number {span}.")
    if value > MAX_FLOAT:  # type: ignore[operator]
        raise invalid(f"{name} must be at most {MAX_FLOAT:g}, the largest 32-bit float", value, "Use a smaller number.")


def check_sizes(name: str, value: object) -> tuple[int, ...]:
    """Check that an argument is a tuple or list of integers of 1 or more, and return it as a tuple."""
    if not isinstance(value, tuple | list):
        raise invalid(f"{name} must be integers in a tuple or list", value, "Pass (16,) for a single integer.")
    if len(value) > MAX_SIZES:
        raise invalid(f"{name} must be at most {MAX_SIZES} integers", f"{len(value)} values", "Use fewer.")
    for size in value:
        check_integer(f"Each of {name}", size, 1)
    return tuple(int(size) for size in value)


def check_bool(name: str, value: object) -> None:
    """Check that an argument is True or False."""
    if not isinstance(value, bool):
        raise invalid(f"{name} must be True or False", value, "Pass True or False, without quotes.")


def check_choice(kind: str, value: object, known: Iterable[str]) -> None:
    """Check that an argument is one of the known names."""
    if not isinstance(value, str) or value not in known:
        raise unknown(kind, value, known)


def check_one_of(name: str, value: object, choices: Iterable[str]) -> None:
    """Check that the argument of this name is one of a few strings."""
    choices = tuple(choices)
    if not isinstance(value, str) or value not in choices:
        remedy = did_you_mean(value, choices).strip() or "Pass one of them."
        raise invalid(f"{name} must be one of {', '.join(map(repr, choices))}", value, remedy)


def check_integer_array(name: str, value: Any, shape: tuple[int, ...], least: int, most: int) -> None:
    """Check that an argument is an array of integers in a range, with the given shape."""
    rule = f"{name} must be an integer array of shape {list(shape)} with values from {least} to {most}"
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "iu":
        received = f"an array of {value.dtype}" if isinstance(value, np.ndarray) else value
        raise invalid(rule, received, "Pass numpy.array(..., dtype=numpy.int64).")
    if value.shape != shape:
        raise invalid(rule, f"the shape {list(value.shape)}", f"Pass an array of shape {list(shape)}.")
    outside = (value < least) | (value > most)
    if outside.any():
        place = np.argwhere(outside)[0].tolist()
        raise invalid(rule, f"{value[outside][0]} at {place}", f"Pass integers from {least} to {most}.")
