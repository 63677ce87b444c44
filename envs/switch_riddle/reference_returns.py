"""Reference returns of the switch riddle, for any number of agents N >= 2.

Values are the orders of visits won minus those lost, as a fraction of the N^T equally likely orders.
"""

from typing import Any

import numpy as np
from jaxtyping import Int8, Integer

from ...protocols.common.checks import check_integer
from ...protocols.common.errors import invalid
from ...protocols.common.limits import MAX_AGENTS
from ..core.game import Game
from ..core.reference_returns import ReferenceReturn
from .probabilities import last_day, oracle_value
from .reference_players import reference_player
from .rules import SwitchRiddle, horizon

ENUMERABLE = 1 << 20
"""The maximum number of orders of visits for enumeration, which is that of 4 agents."""


def reference_returns(agents: int) -> dict[str, ReferenceReturn]:
    """The reference returns "oracle", "no_communication" and "counting", each earned by its reference player.

    Raises:
        ValueError: If there are fewer than 2 or more than ``MAX_AGENTS`` agents.
    """
    check_integer("agents", agents, 2, MAX_AGENTS)
    oracle = ReferenceReturn(
        "oracle", float(oracle_value(agents)), "exact", "inclusion-exclusion over the agents that have not visited"
    )
    counting = ReferenceReturn(
        "counting", oracle.value, "exact", f"equals the oracle, with {agents - 1} different messages"
    )
    return {"oracle": oracle, "no_communication": _no_communication(agents), "counting": counting}


def _no_communication(agents: int) -> ReferenceReturn:
    rule = f"the visitor of the last day tells, after at most {last_day(agents)[0]} own visits"
    if agents == 2:
        return ReferenceReturn("no_communication", 0.5, "exact", f"{rule}: equals the oracle")
    if agents == 3:
        how = f"390 of 729: {rule}, and on day 5 after the first visit; proved by mixed-integer programming"
        return ReferenceReturn("no_communication", 390 / 729, "exact", how)
    restarts = {4: 600, 5: 40, 6: 1}.get(agents)
    search = (
        f"found by {restarts} of {restarts} random restarts of no_communication.py"
        if restarts
        else "rules for other days were not searched"
    )
    return ReferenceReturn("no_communication", float(last_day(agents)[1]), "best_found", f"{rule}: {search}")


def episode_count(agents: int) -> int | None:
    """The number of orders of visits, N^T; None if there are too many to enumerate."""
    orders = agents ** horizon(agents)
    return orders if orders <= ENUMERABLE else None


def enumerated_core(agents: int, orders: Integer[np.ndarray, "B"]) -> SwitchRiddle:
    """A core with one lane per order of visits, which are numbered 0 to N^T - 1 (day 1 is the highest digit)."""
    return SwitchRiddle(agents, len(orders), seed=0, visits=_digits(orders, agents, horizon(agents)))


def _digits(numbers: Integer[np.ndarray, "B"], base: int, length: int) -> Int8[np.ndarray, "B length"]:
    digits = np.empty((len(numbers), length), dtype=np.int8)
    for place in range(length):
        digits[:, length - 1 - place] = numbers // base**place % base
    return digits


GAME = Game("switch_riddle_v0", SwitchRiddle, reference_returns, reference_player, episode_count, enumerated_core)


def game(**options: Any) -> Game:
    """The riddle for evaluation.

    Raises:
        ValueError: If an option is passed, because the reference returns need random visits.
    """
    if options:
        rule = "The reference returns of the switch riddle need random visits"
        raise invalid(rule, sorted(options), "Remove these options.")
    return GAME
