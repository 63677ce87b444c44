"""Bars: what a game's return is measured against, and the two scores between them."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class ReferenceReturn:
    """A stated value in raw return, undiscounted, mean over agents.

    Attributes:
        name: "oracle", "no_communication" (the best without communication), or a reference's own name.
        value: the expected return.
        kind: "exact": the optimum, proved. "best_found": the best that a search found, a lower bound on the
            optimum. "reference": what one given policy earns, with no claim about an optimum.
        how: how the value was obtained.
    """

    name: str
    value: float
    kind: Literal["exact", "best_found", "reference"]
    how: str


def normalized_return(value: float, oracle: ReferenceReturn | None) -> float | None:
    """Return over the oracle's, not clipped; None where there is no oracle, or it earns nothing or less."""
    return value / oracle.value if oracle and oracle.value > 0 else None


def communication_gain(
    value: float, oracle: ReferenceReturn | None, no_communication: ReferenceReturn | None
) -> tuple[float | None, str | None]:
    """Where a return lies between the best without communication (0) and the oracle (1), not clipped.

    Returns:
        The number and None, or None and the reason why there is no number.
    """
    if oracle is None:
        return None, "nobody knows what is possible in this game"
    if no_communication is None:
        return None, "nobody knows what is possible without communication"
    if oracle.value == no_communication.value:
        return None, "the oracle earns no more than is possible without communication"
    return (value - no_communication.value) / (oracle.value - no_communication.value), None
