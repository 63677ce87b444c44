"""The switch riddle without communication: exact team values, best responses, and a search for the optimum.

Without communication, an agent knows its own visits and the day. Its history is a number whose bit d - 1 is set if it
was in the room on day d. A deterministic team is a boolean table ``tell [N, 2^T]``, which states whether agent i tells
after a history whose highest bit is today. Stochastic policies are no better: the value of a team is linear in the
mixture of each agent, and shared randomness mixes deterministic teams.

Values are exact integers: the number of orders of visits that are won minus those that are lost, out of N^T. The visits
of N agents partition the days, so counting orders is a subset convolution (Björklund et al. 2007, "Fourier meets
Möbius").

    python -m interlect.envs.switch_riddle.no_communication --agents 4 --restarts 20
    python -m interlect.envs.switch_riddle.no_communication --agents 3 --prove
"""

import sys
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Bool, Int64

from ...protocols.common.errors import invalid
from .rules import horizon

Tell: TypeAlias = Bool[np.ndarray, "N histories"]
Table: TypeAlias = Bool[np.ndarray, "histories"]
Counts: TypeAlias = Int64[np.ndarray, "sets"]

MAX_AGENTS = 7
"""The maximum number of agents whose orders of visits, N^T, can be counted in 63 bits."""


def best_response(tell: Tell, agent: int, rng: np.random.Generator | None = None) -> tuple[Table, int]:
    """The exact best response of one agent to the others, by dynamic programming over its histories.

    Args:
        tell: The team ``[N, 2^T]``.
        agent: The agent whose table is replaced.
        rng: The random generator that breaks ties. If None, the agent does not tell in case of a tie.

    Returns:
        The table ``[2^T]``, and the value of the team with it.
    """
    _, days = _sizes(tell)
    gains, others = _stakes(tell, agent)
    value = np.zeros(1 << days, dtype=np.int64)
    table = np.zeros(1 << days, dtype=bool)
    for day in reversed(range(days)):
        before = 1 << day
        gain, wait = gains[day], value[before:]
        tie = False if rng is None else (gain == wait) & (rng.random(before) < 0.5)
        table[before : 2 * before] = (gain > wait) | tie
        value = others[day] + value[:before] + np.maximum(gain, wait)
    return table, int(value[0])


def team_value(tell: Tell) -> int:
    """The number of orders of visits won minus those lost, out of N^T."""
    _, days = _sizes(tell)
    gains, others = _stakes(tell, 0)
    value = np.zeros(1 << days, dtype=np.int64)
    for day in reversed(range(days)):
        before = 1 << day
        own = np.where(tell[0, before : 2 * before], gains[day], value[before:])
        value = others[day] + value[:before] + own
    return int(value[0])


def search(agents: int, restarts: int, seed: int) -> list[tuple[int, Tell]]:
    """Coordinate ascent over the agents' tables from random initial tables, until no best response improves the value.

    Returns:
        The value and the team of every restart.

    Raises:
        ValueError: If ``agents`` is not from 2 to 7, or ``restarts`` is less than 1.
    """
    _check_agents(agents)
    if restarts < 1:
        raise invalid("A search needs at least one restart", restarts, "Pass 1 or more.")
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(restarts):
        tell = rng.random((agents, 1 << horizon(agents))) < rng.choice([0.0, 0.02, 0.1, 0.3, 0.5])
        best, unchanged = team_value(tell), 0
        while unchanged < agents:
            for agent in rng.permutation(agents):
                tell[agent], value = best_response(tell, int(agent), rng)
                unchanged = unchanged + 1 if value <= best else 0
                best = max(best, value)
        found.append((best, tell))
    return found


def limits(tell: Tell) -> dict[int, int] | None:
    """The rule "on day d, tell after at most ``limits[d]`` own visits", if all agents follow such a rule; else None.

    Only reachable histories are considered, in which the agent has not told before.
    """
    _, days = _sizes(tell)
    rule: dict[int, int] = {}
    quiet = np.ones((len(tell), 1), dtype=bool)
    for day in range(days):
        visits = _sizes_of_sets(1 << day) + 1
        told = tell[:, 1 << day : 2 << day]
        counts = visits[(told & quiet).any(axis=0)]
        if len(counts):
            rule[day + 1] = int(counts.max())
        if not np.array_equal(told & quiet, (visits <= rule.get(day + 1, 0)) & quiet):
            return None
        quiet = np.concatenate([quiet, quiet & ~told], axis=1)
    return rule


def _check_agents(agents: int) -> None:
    if not 2 <= agents <= MAX_AGENTS:
        rule = f"Counts that are exact in 63 bits need 2 to {MAX_AGENTS} agents"
        raise invalid(rule, agents, f"Pass 2 to {MAX_AGENTS}.")


def _sizes(tell: Tell) -> tuple[int, int]:
    agents, histories = tell.shape
    _check_agents(agents)
    days = horizon(agents)
    if histories != 1 << days:
        raise invalid(f"{agents} agents must have {1 << days} histories each", histories, "Pass one entry per history.")
    return agents, days


def _stakes(tell: Tell, agent: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The values of telling for ``agent`` on each day, by its history before that day.

    The other days, ``rest``, are visits of the other agents. Of all orders of such a set of days, ``ways`` counts those
    in which none of the other agents has told, and ``full`` counts those among them in which each has visited.

    Returns:
        For each day, the orders won minus those lost if the agent is in the room and tells, and if another agent tells.
    """
    agents, days = _sizes(tell)
    tables = np.delete(tell, agent, axis=0)
    quiet = np.ones((agents - 1, 1), dtype=np.int64)
    ways, full = np.ones(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    gains, others = [], []
    for day in range(days):
        before = 1 << day
        rest = before - 1 - np.arange(before)
        later = agents ** (days - 1 - day)
        gains.append((2 * full - ways)[rest] * later)
        full_today = convolve(_without_empty_set(np.concatenate([quiet, quiet], axis=1)))[before:]
        ways_today = (agents - 1) * ways
        quiet = np.concatenate([quiet, quiet * ~tables[:, before : 2 * before]], axis=1)
        ways, full = convolve(quiet), convolve(_without_empty_set(quiet))
        won, told = full_today - full[before:], ways_today - ways[before:]
        won[-1] = 0  # here ``agent`` has not visited, so telling is wrong
        others.append((2 * won - told)[rest] * later)
    return gains, others


def _without_empty_set(functions: Int64[np.ndarray, "F sets"]) -> Int64[np.ndarray, "F sets"]:
    out = functions.copy()
    out[:, 0] = 0
    return out


def _sizes_of_sets(sets: int) -> Counts:
    sizes = np.zeros(1, dtype=np.int64)
    while len(sizes) < sets:
        sizes = np.concatenate([sizes, sizes + 1])
    return sizes


def convolve(functions: Int64[np.ndarray, "F sets"]) -> Counts:
    """Subset convolution: for each set, the product of F functions summed over its partitions into F labeled parts.

    The result is exact if it fits into 63 bits, because intermediate overflows are taken modulo 2^64.
    """
    sets = np.arange(functions.shape[1])
    sizes = _sizes_of_sets(len(sets))
    ranks = int(sizes[-1]) + 1
    product = None
    for function in functions:
        ranked = np.zeros((ranks, len(sets)), dtype=np.int64)
        ranked[sizes, sets] = function
        _sum_subsets(ranked, 1)
        if product is None:
            product = ranked
            continue
        shifted = np.zeros_like(product)
        for rank in range(ranks):
            shifted[rank:] += product[rank] * ranked[: ranks - rank]
        product = shifted
    assert product is not None
    _sum_subsets(product, -1)
    counts: Counts = product[sizes, sets]
    return counts


def _sum_subsets(ranked: Int64[np.ndarray, "ranks sets"], sign: Literal[1, -1]) -> None:
    bit = 1
    while bit < ranked.shape[1]:
        pairs = ranked.reshape(len(ranked), -1, 2, bit)
        pairs[:, :, 1] += sign * pairs[:, :, 0]
        bit *= 2


@dataclass(frozen=True)
class Settings:
    """Settings of the search for the best team without communication.

    Attributes:
        agents: Number of agents, 2 to 7. A restart takes 0.02 s for 3 agents, 0.4 s for 4, 3 s for 5, minutes for 6.
        restarts: Number of restarts of the search.
        seed: Seed of the search.
        prove: Whether to prove the upper bound as well, for three agents.
    """

    agents: int = 3
    restarts: int = 20
    seed: int = 0
    prove: bool = False


def main(settings: Settings) -> None:
    """Print the best value found, as a fraction of all orders of visits, and the rule of the best team."""
    found = search(settings.agents, settings.restarts, settings.seed)
    orders = settings.agents ** horizon(settings.agents)
    best, team = max(found, key=lambda pair: pair[0])
    hits = sum(value == best for value, _ in found)
    tidy = team.copy()
    for agent in range(settings.agents):
        tidy[agent], _ = best_response(tidy, agent)
    lines = [
        f"best {best} / {orders} = {best / orders:.6f}, found by {hits} of {settings.restarts} restarts",
        f"maximum number of own visits to tell, by day: {limits(tidy) or 'no such rule'}",
    ]
    if settings.prove:
        from .no_communication_proof import prove

        value, bound, gap = prove(settings.agents)
        lines.append(f"proved: {value} / {orders}, bound {bound:.6f}, gap {gap}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    import tyro

    try:
        main(tyro.cli(Settings))
    except ValueError as error:
        sys.exit(f"Error: {error}")
