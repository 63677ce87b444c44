"""Schedules of values that change over the updates of a run."""

import math


def cosine(first: float, last: float, progress: float) -> float:
    """Half-cosine annealing from ``first`` (``progress`` 0) to ``last`` (``progress`` 1)."""
    return last + (first - last) * 0.5 * (1 + math.cos(math.pi * progress))


def linear(first: float, last: float, progress: float) -> float:
    """Linear interpolation from ``first`` (``progress`` 0) to ``last`` (``progress`` 1)."""
    return first + (last - first) * progress
