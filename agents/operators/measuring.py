"""Measuring what an operator did: the same episodes before and after, and knowledge retained beside a control."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
from jaxtyping import Float

from ...protocols.errors import bad

S = TypeVar("S")
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
        ValueError: if there is no probe, or one does not give the two structures the same episodes.
    """
    if not probes:
        raise bad("A measurement takes at least one probe", dict(probes), "Give a function of a structure.")
    found = {}
    for name, probe in probes.items():
        one, two = probe(before, episodes), probe(after, episodes)
        if one.shape != two.shape or one.ndim != 1 or not len(one):
            remedy = "Return one number an episode, for the same episodes at every call."
            raise bad(f"Probe {name} is paired by episode", f"{one.shape} and {two.shape}", remedy)
        error = float((two - one).std(ddof=1) / math.sqrt(len(one))) if len(one) > 1 else math.inf
        found[name] = Measured(float(one.mean()), float(two.mean()), error, len(one))
    return found


def retained(before: float, after: float, control: float) -> float | None:
    """Knowledge retained: (after - control) / (before - control); None where before is not above its control."""
    return (after - control) / (before - control) if before > control else None
