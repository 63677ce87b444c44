"""How many agents tests let a game have."""

from collections.abc import Iterable

FIXED = dict.fromkeys(("color_digit_v0", "multistep_digit_v0", "referential_v0"), 2)
"""Games with so many agents, and no others."""
EVEN = {"forgery_v0"}
"""Games with an even number of agents."""


def seats(name: str, wanted: int) -> int:
    """So many, or as many as the game has."""
    return wanted + wanted % 2 if name in EVEN else FIXED.get(name, wanted)


def each_seats(name: str, wanted: Iterable[int]) -> list[int]:
    """The different numbers that a game takes for these."""
    return sorted({seats(name, agents) for agents in wanted})
