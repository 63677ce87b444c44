"""Measures of the effect of an operator, on the same episodes before and after, and relative to a control."""

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
"""The smallest difference between a performance and its control for which a share of that difference is meaningful."""
Probe: TypeAlias = Callable[[S, int], Float[np.ndarray, "E"]]
"""Maps a structure and a number of episodes to one number per episode, on the same episodes in every call."""


@dataclass(frozen=True)
class Measurement:
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


def measure(before: S, after: S, probes: Mapping[str, Probe[S]], episodes: int = 4096) -> dict[str, Measurement]:
    """Evaluate two structures with the same probes.

    Args:
        before: The structure before an operator, of any type that the probes take: a graph, an agent or a team.
        after: The structure after the operator.
        probes: Probes by name.
        episodes: Number of episodes for each probe.

    Raises:
        ValueError: If there is no probe, a probe does not return an array of numbers, or the numbers of episodes of the
            two structures differ.
    """
    if not isinstance(probes, Mapping) or not probes:
        remedy = "Pass functions of a structure by name, such as {'return': returns}."
        raise invalid("A measurement needs at least one probe", probes or type_of(probes), remedy)
    check_integer("episodes", episodes, 1)
    found = {}
    for name, probe in probes.items():
        if not callable(probe):
            rule = f"Probe {name} must be a function of a structure and a number of episodes"
            raise invalid(rule, type_of(probe), "Pass a function.")
        one, two = probe(before, episodes), probe(after, episodes)
        for result in (one, two):
            if not isinstance(result, np.ndarray) or result.dtype.kind not in "if":
                received = f"an array of {result.dtype}" if isinstance(result, np.ndarray) else type_of(result)
                remedy = "Use numpy.array(..., dtype=float), with one number per episode."
                raise invalid(f"Probe {name} must return an array of numbers", received, remedy)
        if one.shape != two.shape or one.ndim != 1 or not len(one):
            remedy = "Use a probe that returns one number per episode, for the same episodes in every call."
            raise invalid(f"Probe {name} must be paired by episode", f"{one.shape} and {two.shape}", remedy)
        error = float((two - one).std(ddof=1) / math.sqrt(len(one))) if len(one) > 1 else math.inf
        found[name] = Measurement(float(one.mean()), float(two.mean()), error, len(one))
    return found


def knowledge_retained(before: float, after: float, control: float) -> float | None:
    """(after - control) / (before - control); None unless ``before`` exceeds ``control`` by ``CONTRAST`` or more."""
    return (after - control) / (before - control) if before - control >= CONTRAST else None


def lesion_matrix(
    intact: S, lesions: Mapping[str, S], tasks: Callable[[S], Mapping[str, float]]
) -> dict[str, dict[str, float]]:
    """The loss in performance that each lesion causes in each sub-task.

    A part is specialized if its lesion causes a loss in few sub-tasks, and redundant if it causes none.

    Args:
        intact: The intact structure.
        lesions: Structures that lack a part, by the name of the part.
        tasks: Maps a structure to its value in each sub-task, by name.

    Raises:
        ValueError: If there is no lesion or sub-task, or the sub-tasks differ after a lesion.
    """
    expected = tasks(intact)
    if not lesions or not expected:
        remedy = "Pass structures by the name of the part that they lack, and a function that returns values by name."
        raise invalid("A lesion matrix needs lesions and sub-tasks", f"{len(lesions)} and {len(expected)}", remedy)
    matrix = {}
    for name, lesioned in lesions.items():
        values = tasks(lesioned)
        if list(values) != list(expected):
            remedy = f"Use a function that always returns {list(expected)}."
            raise invalid("Sub-tasks must be the same after a lesion", f"{name}: {list(values)}", remedy)
        matrix[name] = {task: expected[task] - value for task, value in values.items()}
    return matrix
