"""Malformed values for arguments, by the type of the argument."""

import random
import types
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from interlect.protocols import DRU, Channel

NAN, INF = float("nan"), float("inf")
ODD: list[Any] = [
    *(None, [], {}, (), [1], ["a"], {"a": 1}, (1, 2), object(), 1j, b"1", set(), range(3), int, Path("x")),
    *(NAN, INF, -INF, np.nan, np.array([1, 2]), np.array([[1.0]]), np.array("a"), np.datetime64("2020-01-01")),
    *(lambda: 1, torch.ones(2), "\ud800", "a\nb", "x" * 10_000, 10**5000, -(10**5000), 10**30, -(2**63)),
    *(np.float64("nan"), np.int64(-1)),
]
"""Values that are not valid for an integer, a number, a flag or a name."""
MALFORMED: dict[str, list[Any]] = {
    "int": [*ODD, -1, -5, 2.5, 2.0, "3", True, False, 2**64, np.float32(2), np.bool_(True)],
    "float": [*ODD, -1, -0.5, "0.5", True, 1e300, np.float32("inf"), np.bool_(False)],
    "bool": [*ODD, 0, 1, "yes", "True", 0.0, 2, -1],
    "str": [*ODD, 0, 1, True, 2.5, "", "nonsense", "Switch_Riddle_v0", "../x", "__class__"],
    "channel": [*ODD, 3, "DRU", True, DRU(), DRU, Channel],
    "object": [*ODD, 3, "x", True, 2.5],
}
VALID_NONE = {
    *("longest", "seed", "channel", "render_mode", "mask", "visits", "shown", "credit"),
    *("out", "start", "callback", "updates", "episodes"),
}
"""Arguments for which None is a valid value."""


def kind_of(hint: Any) -> str:
    """Which list of malformed values an argument has."""
    if isinstance(hint, type) and hint.__name__ in MALFORMED:
        return hint.__name__
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return kind_of(arguments[0])
    if origin is typing.Literal:
        return "str"
    if origin in (typing.Union, types.UnionType):
        return kind_of(arguments[0])
    return {Channel: "channel"}.get(hint, "object")


def value_for(rng: random.Random, name: str, kind: str) -> Any:
    values = [v for v in MALFORMED[kind] if not (v is None and name in VALID_NONE)]
    if kind == "float":
        values = [v for v in values if not (type(v) is int and 0 < v < 1e31)]
    return rng.choice(values)


Case = tuple[str, Callable[[], Any]]


def shown(value: Any) -> str:
    try:
        return repr(value)[:120].replace("\n", " ")
    except ValueError:
        return f"a large {type(value).__name__}"
