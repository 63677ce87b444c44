"""Bars of the switch riddle, for any n >= 2: scripted players, and what each of them is worth.

Values are shares of the N^T equally likely orders of visits, won minus lost.
"""

from collections.abc import Callable
from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
from jaxtyping import Int8, Integer

from ...protocols.channels.carriers import Carrier
from ...protocols.common.checks import whole
from ...protocols.common.errors import bad, unknown
from ...protocols.common.player import Player
from ..core.core import Core
from ..core.game import Game
from ..core.reference_returns import ReferenceReturn
from .reference_players import Counting, NoCommunication, Oracle
from .rules import SwitchRiddle, horizon

ENUMERABLE = 1 << 20
"""The most orders of visits that are worth playing one by one: 4 agents have as many."""


def reference_returns(agents: int) -> dict[str, ReferenceReturn]:
    """The reference returns by name: "oracle", "no_communication" and "counting", each what its player earns."""
    _check_agents(agents)
    oracle = ReferenceReturn(
        "oracle", float(oracle_value(agents)), "exact", "inclusion-exclusion over who has not visited"
    )
    counting = ReferenceReturn(
        "counting", oracle.value, "exact", f"equals the oracle, with {agents - 1} different messages"
    )
    return {"oracle": oracle, "no_communication": _ceiling(agents), "counting": counting}


def limits(agents: int) -> dict[int, int]:
    """The best known rule without communication: ``{day: most visits}`` to tell, see ``NoCommunication``."""
    rule = {horizon(agents): last_day(agents)[0]}
    return {5: 1} | rule if agents == 3 else rule


def _ceiling(agents: int) -> ReferenceReturn:
    rule = f"whoever visits on the last day tells, after at most {last_day(agents)[0]} visits"
    if agents == 2:
        return ReferenceReturn("no_communication", 0.5, "exact", f"{rule}: as good as the oracle")
    if agents == 3:
        found = f"390 of 729: {rule}, on day 5 after the first; proved by mixed-integer programming"
        return ReferenceReturn("no_communication", 390 / 729, "exact", found)
    restarts = {4: 600, 5: 40, 6: 1}.get(agents)
    search = (
        f"where {restarts} of {restarts} random restarts of ceiling.py end" if restarts else "other days not searched"
    )
    return ReferenceReturn("no_communication", float(last_day(agents)[1]), "best_found", f"{rule}: {search}")


def oracle_value(agents: int) -> Fraction:
    """The probability that all visit within T days."""
    days = horizon(agents)
    return Fraction(_onto(days, agents), agents**days)


def last_day(agents: int) -> tuple[int, Fraction]:
    """The best rule "tell on the last day alone, after at most k visits, that day's included".

    Returns:
        k, and the rule's value.
    """
    days, others = horizon(agents), agents - 1
    most, won = 0, 0
    for visits in range(1, days + 1):
        rest = days - visits
        gain = comb(days - 1, visits - 1) * (2 * _onto(rest, others) - others**rest)
        if gain > 0:
            most, won = visits, won + gain
    return most, Fraction(agents * won, agents**days)


def _onto(days: int, agents: int) -> int:
    """In how many orders of visits each of ``agents`` visits on some of ``days``."""
    return sum((-1) ** absent * comb(agents, absent) * (agents - absent) ** days for absent in range(agents + 1))


def player(name: str, core: Core, carrier: Carrier | None = None) -> Player:
    """The scripted player behind the bar of that name.

    Args:
        name: "oracle", "no_communication" or "counting".
        core: the core that it will play; only the oracle looks at more than the number of agents.
        carrier: of the channel; one bit by default.

    Raises:
        ValueError: if there is no such player, or the core is not the switch riddle.
    """
    if not isinstance(core, SwitchRiddle):
        raise bad("These players know the switch riddle only", type(core).__name__, "Give a SwitchRiddle.")
    players: dict[str, Callable[[], Player]] = {
        "oracle": lambda: Oracle(core, carrier),
        "no_communication": lambda: NoCommunication(core.agents, limits(core.agents), carrier),
        "counting": lambda: Counting(core.agents, carrier),
    }
    if name not in players:
        raise unknown("scripted player of the switch riddle", name, players)
    return players[name]()


def count(agents: int) -> int | None:
    """How many orders of visits there are, N^T; None if they are too many to enumerate."""
    orders = agents ** horizon(agents)
    return orders if orders <= ENUMERABLE else None


def enumerated(agents: int, orders: Integer[np.ndarray, "B"]) -> SwitchRiddle:
    """A core with one lane an order of visits, given by their numbers, 0 to N^T - 1 (day 1 is the highest digit)."""
    return SwitchRiddle(agents, len(orders), seed=0, visits=_digits(orders, agents, horizon(agents)))


def _digits(numbers: Integer[np.ndarray, "B"], base: int, length: int) -> Int8[np.ndarray, "B length"]:
    digits = np.empty((len(numbers), length), dtype=np.int8)
    for place in range(length):
        digits[:, length - 1 - place] = numbers // base**place % base
    return digits


def _check_agents(agents: int) -> None:
    """Raise unless the riddle exists for so many agents."""
    whole("agents", agents, 2)


GAME = Game("switch_riddle_v0", SwitchRiddle, reference_returns, player, count, enumerated)


def game(**options: Any) -> Game:
    """The riddle as evaluation sees it.

    Raises:
        ValueError: for any option: the reference returns are for random visits.
    """
    if options:
        raise bad("Bars of the switch riddle are for random visits", sorted(options), "Evaluate it without options.")
    return GAME
