"""Measures of what an operator changes: on the same episodes before and after, and relative to a control."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
from jaxtyping import Float

from ...protocols.common.checks import check_integer
from ...protocols.common.errors import invalid
from .base import type_of

S = TypeVar("S")
CONTRAST = 0.05
"""Least difference between a function and its control for which a share of that difference is meaningful."""
Probe: TypeAlias = Callable[[S, int], Float[np.ndarray, "E"]]
"""Returns one number per episode, of a structure and a number of episodes, on the same episodes in each call."""


@dataclass(frozen=True)
class Measured:
    """The result of one probe.

    Attributes:
        before: Mean over episodes, before the operator.
        after: Mean over episodes, after the operator.
        error: Standard error of the difference, paired by episode.
        episodes: Number of episodes.
    """

    before: float
    after: float
    error: float
    episodes: int

    @property
    def difference(self) -> float:
        """The difference between the means, after - before."""
        return self.after - self.before


def measure(before: S, after: S, probes: Mapping[str, Probe[S]], episodes: int = 4096) -> dict[str, Measured]:
    """Evaluate two structures with the same probes.

    Args:
        before: A graph, an agent, a team: whatever the probes take.
        after: The structure after an operator.
        probes: Probes by name.
        episodes: Number of episodes of each probe.

    Raises:
        ValueError: if there is no probe, a probe does not return an array of numbers, or the numbers of episodes of the
            two structures differ.
    """
    if not isinstance(probes, Mapping) or not probes:
        remedy = "Pass functions of a structure by name: {'return': returns}."
        raise invalid("A measurement takes at least one probe", probes or type_of(probes), remedy)
    check_integer("episodes", episodes, 1)
    found = {}
    for name, probe in probes.items():
        if not callable(probe):
            raise invalid(f"Probe {name} is a function of a structure and episodes", type_of(probe), "Pass a function.")
        one, two = probe(before, episodes), probe(after, episodes)
        for given in (one, two):
            if not isinstance(given, np.ndarray) or given.dtype.kind not in "if":
                received = f"an array of {given.dtype}" if isinstance(given, np.ndarray) else type_of(given)
                remedy = "Return numpy.array(..., dtype=float), one number per episode."
                raise invalid(f"Probe {name} returns an array of numbers", received, remedy)
        if one.shape != two.shape or one.ndim != 1 or not len(one):
            remedy = "Return one number per episode, for the same episodes at every call."
            raise invalid(f"Probe {name} is paired by episode", f"{one.shape} and {two.shape}", remedy)
        error = float((two - one).std(ddof=1) / math.sqrt(len(one))) if len(one) > 1 else math.inf
        found[name] = Measured(float(one.mean()), float(two.mean()), error, len(one))
    return found


def retained(before: float, after: float, control: float) -> float | None:
    """Knowledge retained: (after - control) / (before - control); None where the two are within ``CONTRAST``."""
    return (after - control) / (before - control) if before - control >= CONTRAST else None


def lesion_matrix(
    intact: S, lesions: Mapping[str, S], tasks: Callable[[S], Mapping[str, float]]
) -> dict[str, dict[str, float]]:
    """The loss in each sub-task by each lesion. A part is specialized if few lose, redundant if none does.

    Args:
        intact: The intact structure.
        lesions: Structures that lack a part, by the name of the part.
        tasks: Returns the value of a structure in each sub-task, by name.

    Raises:
        ValueError: if there is no lesion or sub-task, or the sub-tasks differ after a lesion.
    """
    expected = tasks(intact)
    if not lesions or not expected:
        remedy = "Pass structures by what they lack, and a function that gives values by name."
        raise invalid("A lesion matrix needs lesions and sub-tasks", f"{len(lesions)} and {len(expected)}", remedy)
    matrix = {}
    for name, hurt in lesions.items():
        left = tasks(hurt)
        if list(left) != list(expected):
            raise invalid("Sub-tasks are the same after a lesion", f"{name}: {list(left)}", f"Return {list(expected)}.")
        matrix[name] = {task: expected[task] - value for task, value in left.items()}
    return matrix
