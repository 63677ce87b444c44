"""How many agents each game may have, for tests that go through all games."""

FOR_TWO = {"color_digit_v0", "multistep_digit_v0"}
"""Games that are for two agents."""


def sizes(name: str, *counts: int) -> list[int]:
    """Those of some numbers of agents with which a game can be played."""
    return [count for count in counts if count == 2 or name not in FOR_TWO]
