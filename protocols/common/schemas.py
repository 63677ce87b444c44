"""Checks of values from JSON files against type hints, such as typed dictionaries."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    TypeAlias,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from .errors import invalid

SCALARS: dict[Any, tuple[tuple[type, ...], str]] = {
    int: ((int,), "an integer"),
    float: ((int, float), "a number"),
    str: ((str,), "a string"),
    bool: ((bool,), "true or false"),
    NoneType: ((NoneType,), "null"),
}
"""Types of a JSON value that match a scalar type hint, and its description."""


@dataclass(frozen=True)
class Range:
    """Bounds of a number, inclusive, as metadata of a type hint."""

    low: int | float
    high: int | float


Count: TypeAlias = Annotated[int, Range(0, 2**64 - 1)]
"""A non-negative integer of 64 bits."""
Real: TypeAlias = Annotated[float, Range(-1e100, 1e100)]
"""A number whose square, and sums of such squares, are finite."""
Seconds: TypeAlias = Annotated[float, Range(0, 1e12)]
"""A non-negative duration."""


def check_json(value: object, hint: Any, place: str, remedy: str) -> None:
    """Check a value from a JSON file.

    Args:
        value: The value.
        hint: A scalar type, ``list[T]``, ``tuple[S, T]`` (a list of this length), ``dict[str, T]``, a ``TypedDict``
            (other keys are allowed), a union, a ``Literal``, an ``Annotated`` number with a ``Range``, or ``Any``.
        place: The place of the value in a file, for the message.
        remedy: The remedy, for the message.

    Raises:
        ValueError: If the value, or a value inside it, does not match.
    """
    if is_typeddict(hint) and isinstance(value, dict) and value.keys() < hint.__required_keys__ | value.keys():
        raise invalid(f"{place} must have {', '.join(sorted(hint.__required_keys__ - value.keys()))}", value, remedy)
    if not _matches_outside(value, hint):
        raise invalid(f"{place} must be {_describe(hint)}", value, remedy)
    origin, arguments = get_origin(hint), get_args(hint)
    if is_typeddict(hint):
        mapping = cast(Mapping[str, object], value)
        for name, part in get_type_hints(hint, include_extras=True).items():
            if name in mapping:
                inner = get_args(part)[0] if get_origin(part) is NotRequired else part
                check_json(mapping[name], inner, f"{place}: {name}", remedy)
    elif origin in (Union, UnionType):
        chosen = next(part for part in arguments if _matches_outside(value, part))
        check_json(value, chosen, place, remedy)
    elif origin is list:
        for number, item in enumerate(cast(list[object], value)):
            check_json(item, arguments[0], f"{place}[{number}]", remedy)
    elif origin is tuple:
        for number, (item, part) in enumerate(zip(cast(list[object], value), arguments, strict=True)):
            check_json(item, part, f"{place}[{number}]", remedy)
    elif origin is dict:
        for name, item in cast(dict[str, object], value).items():
            check_json(item, arguments[1], f"{place}: {name!r}", remedy)


def _matches_outside(value: object, hint: Any) -> bool:
    """Whether a value matches a hint, apart from the values inside it."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if hint in SCALARS:
        fits = isinstance(value, SCALARS[hint][0]) and (hint is bool or not isinstance(value, bool))
        return fits and (hint is not float or abs(cast(float, value)) <= sys.float_info.max)
    if origin is Annotated:
        bounds = arguments[1]
        return _matches_outside(value, arguments[0]) and bounds.low <= cast(float, value) <= bounds.high
    if origin is Literal:
        return any(type(value) is type(choice) and value == choice for choice in arguments)
    if origin in (Union, UnionType):
        return any(_matches_outside(value, part) for part in arguments)
    if is_typeddict(hint):
        return isinstance(value, dict) and value.keys() >= hint.__required_keys__
    if origin is tuple:
        return isinstance(value, list) and len(value) == len(arguments)
    return isinstance(value, origin)


def _describe(hint: Any) -> str:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in SCALARS:
        return SCALARS[hint][1]
    if origin is Annotated:
        bounds = arguments[1]
        return f"{_describe(arguments[0])} from {bounds.low} to {bounds.high}"
    if origin is Literal:
        return f"one of {', '.join(map(repr, arguments))}"
    if origin in (Union, UnionType):
        return " or ".join(map(_describe, arguments))
    if origin is tuple:
        return f"a list of {len(arguments)} values"
    return "a list" if origin is list else "an object"
