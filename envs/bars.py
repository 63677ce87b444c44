"""Bars: what a game's return is measured against, and the two scores between them."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Bar:
    """A stated value in raw return, undiscounted, mean over agents.

    Attributes:
        name: "oracle", "ceiling" (the best without communication), or a reference's own name.
        value: the expected return.
        kind: "exact": the optimum, proved. "best_found": the best that a search found, a lower bound on the
            optimum. "reference": what one given policy earns, with no claim about an optimum.
        how: how the value was obtained.
    """

    name: str
    value: float
    kind: Literal["exact", "best_found", "reference"]
    how: str


def score(value: float, oracle: Bar | None) -> float | None:
    """Return over the oracle's, not clipped; None where there is no oracle, or it earns nothing or less."""
    return value / oracle.value if oracle and oracle.value > 0 else None


def communication(value: float, oracle: Bar | None, ceiling: Bar | None) -> tuple[float | None, str | None]:
    """Where a return lies between the best without communication (0) and the oracle (1), not clipped.

    Returns:
        The number and None, or None and the reason why there is no number.
    """
    if oracle is None:
        return None, "nobody knows what is possible in this game"
    if ceiling is None:
        return None, "nobody knows what is possible without communication"
    if oracle.value == ceiling.value:
        return None, "the oracle earns no more than is possible without communication"
    return (value - ceiling.value) / (oracle.value - ceiling.value), None
