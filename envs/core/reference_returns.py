"""Reference returns, and metrics that compare a return with them."""

from dataclasses import dataclass
from typing import Literal

UNKNOWN = "the optimum of this game is unknown"


@dataclass(frozen=True)
class ReferenceReturn:
    """A known return of a game, undiscounted and averaged over agents.

    Attributes:
        name: "oracle", "no_communication" (the optimum without communication), or the name of another policy.
        value: Expected return.
        kind: "exact" is a proved optimum; "best_found" is the best return that a search found, a lower bound on the
            optimum; "reference" is the return of a particular policy, without any claim about an optimum.
        how: How the value was obtained.
    """

    name: str
    value: float
    kind: Literal["exact", "best_found", "reference"]
    how: str


def normalized_return(value: float, oracle: ReferenceReturn | None) -> float | None:
    """A return divided by the oracle's, not clipped; None if there is no oracle or its return is not positive."""
    return value / oracle.value if oracle and oracle.value > 0 else None


def communication_gain(
    value: float,
    oracle: ReferenceReturn | None,
    no_communication: ReferenceReturn | None,
    no_oracle: str = UNKNOWN,
) -> tuple[float | None, str | None]:
    """The position of a return between the no-communication optimum (0) and the oracle (1), not clipped.

    Args:
        value: The return.
        oracle: The return of the oracle, if known.
        no_communication: The no-communication optimum, if known.
        no_oracle: The reason to state if there is no oracle.

    Returns:
        The gain and None, or None and the reason why it is undefined.
    """
    if oracle is None:
        return None, no_oracle
    if no_communication is None:
        return None, "the optimum without communication is unknown"
    if oracle.value == no_communication.value:
        return None, "the oracle earns no more than is possible without communication"
    return (value - no_communication.value) / (oracle.value - no_communication.value), None
