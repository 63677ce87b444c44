"""Measuring what an operator did: the same episodes before and after, and knowledge retained beside a control."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
from jaxtyping import Float

from ...protocols.common.checks import whole
from ...protocols.common.errors import bad
from .base import type_of

S = TypeVar("S")
CONTRAST = 0.05
"""How much a function must be worth beyond its control, for a share of that to mean something."""
Probe: TypeAlias = Callable[[S, int], Float[np.ndarray, "E"]]
"""What a structure earns in each of so many episodes, the same ones at every call; or in all there are, if fewer."""


@dataclass(frozen=True)
class Measured:
    """What one probe found before and after.

    Attributes:
        before: mean over episodes.
        after: the same of the new structure.
        error: standard error of the difference, paired by episode.
        episodes: how many.
    """

    before: float
    after: float
    error: float
    episodes: int

    @property
    def difference(self) -> float:
        """What the operator changed."""
        return self.after - self.before


def measure(before: S, after: S, probes: Mapping[str, Probe[S]], episodes: int = 4096) -> dict[str, Measured]:
    """Put two structures through the same probes.

    Args:
        before: a graph, an agent, a team: whatever the probes take.
        after: what an operator made of it.
        probes: by name.
        episodes: of each.

    Raises:
        ValueError: if there is no probe, or one gives no array of numbers, or not the same episodes to both.
    """
    if not isinstance(probes, Mapping) or not probes:
        remedy = "Give functions of a structure by name: {'earned': earned}."
        raise bad("A measurement takes at least one probe", probes or type_of(probes), remedy)
    whole("episodes", episodes, 1)
    found = {}
    for name, probe in probes.items():
        if not callable(probe):
            raise bad(f"Probe {name} is a function of a structure and episodes", type_of(probe), "Give a function.")
        one, two = probe(before, episodes), probe(after, episodes)
        for given in (one, two):
            if not isinstance(given, np.ndarray) or given.dtype.kind not in "if":
                received = f"an array of {given.dtype}" if isinstance(given, np.ndarray) else type_of(given)
                remedy = "Return numpy.array(..., dtype=float), one number an episode."
                raise bad(f"Probe {name} gives an array of numbers", received, remedy)
        if one.shape != two.shape or one.ndim != 1 or not len(one):
            remedy = "Return one number an episode, for the same episodes at every call."
            raise bad(f"Probe {name} is paired by episode", f"{one.shape} and {two.shape}", remedy)
        error = float((two - one).std(ddof=1) / math.sqrt(len(one))) if len(one) > 1 else math.inf
        found[name] = Measured(float(one.mean()), float(two.mean()), error, len(one))
    return found


def retained(before: float, after: float, control: float) -> float | None:
    """Knowledge retained: (after - control) / (before - control); None where the two are within ``CONTRAST``."""
    return (after - control) / (before - control) if before - control >= CONTRAST else None


def lesion_matrix(
    whole: S, lesions: Mapping[str, S], tasks: Callable[[S], Mapping[str, float]]
) -> dict[str, dict[str, float]]:
    """What each sub-task loses by each lesion: specialized where few lose, redundant where none does.

    Args:
        whole: the structure as it is.
        lesions: the same without something, by what is missing.
        tasks: what a structure is worth in each sub-task, by name.

    Raises:
        ValueError: if there is no lesion or sub-task, or a lesion changes which sub-tasks there are.
    """
    intact = tasks(whole)
    if not lesions or not intact:
        remedy = "Give structures by what they lack, and a function that gives values by name."
        raise bad("A lesion matrix has lesions and sub-tasks", f"{len(lesions)} and {len(intact)}", remedy)
    matrix = {}
    for name, hurt in lesions.items():
        left = tasks(hurt)
        if list(left) != list(intact):
            raise bad("Sub-tasks are the same after a lesion", f"{name}: {list(left)}", f"Give {list(intact)}.")
        matrix[name] = {task: intact[task] - value for task, value in left.items()}
    return matrix
