"""Exact probabilities of the switch riddle, for the oracle and for the best rules without communication."""

from fractions import Fraction
from functools import lru_cache
from math import comb

from .rules import horizon


@lru_cache
def oracle_value(agents: int) -> Fraction:
    """The probability that all agents visit within T days."""
    days = horizon(agents)
    return Fraction(_surjections(days, agents), agents**days)


@lru_cache
def last_day(agents: int) -> tuple[int, Fraction]:
    """The best rule of the form "tell only on the last day, after at most k own visits, including that day".

    The more own visits, the less probable it is that all others have visited, so the gain changes its sign only once.

    Returns:
        k, and the expected return of the rule.
    """
    days, others = horizon(agents), agents - 1
    most, won = 0, 0
    for visits in range(1, days + 1):
        rest = days - visits
        gain = comb(days - 1, visits - 1) * (2 * _surjections(rest, others) - others**rest)
        if gain <= 0:
            break
        most, won = visits, won + gain
    return most, Fraction(agents * won, agents**days)


def limits(agents: int) -> dict[int, int]:
    """The best known rule without communication: for each day, the largest number of own visits at which to tell."""
    rule = {horizon(agents): last_day(agents)[0]}
    return {5: 1} | rule if agents == 3 else rule


def _surjections(days: int, agents: int) -> int:
    """The number of orders of visits in which each of ``agents`` agents visits at least once within ``days`` days."""
    total, ways = 0, 1
    for absent in range(agents + 1):
        total += (-1) ** absent * ways * (agents - absent) ** days
        ways = ways * (agents - absent) // (absent + 1)
    return total
