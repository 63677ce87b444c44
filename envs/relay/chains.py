"""Chains of agents along which a message passes in order. An array of chains has one chain per row, padded with -1."""

from dataclasses import dataclass
from functools import cached_property
from itertools import permutations
from math import perm

import numpy as np
from jaxtyping import Bool, Float64, Int64, Integer, UInt64

from ...protocols.common.draws import below, halves
from ...protocols.common.errors import invalid, unknown

PADDING = -1
"""The padding of chains that are shorter than the longest chain of their array."""
MAX_CHAINS = 1 << 21
"""The maximum number of chains that can be listed, which exceeds that of all public chains of 8 agents."""
NAMED = ("private", "public")

Choice = str | Integer[np.ndarray, "C L"]
"""The chains of a game: "private", "public", or an array of chains."""


def private_chain(agents: int) -> Int64[np.ndarray, "1 N"]:
    """The single chain 0 to N - 1, in which every agent always has the same place and the same partners."""
    return np.arange(agents)[None]


def ordered_subsets(agents: int, length: int) -> Int64[np.ndarray, "C {length}"]:
    """All chains of ``length`` different agents, in lexicographic order.

    Raises:
        ValueError: If there are too many to list.
    """
    _check_count(perm(agents, length))
    return np.array(list(permutations(range(agents), length)), dtype=np.int64).reshape(-1, length)


def chains_with_revisit(agents: int) -> Int64[np.ndarray, "C {agents+1}"]:
    """All chains of all agents in which one agent occurs twice, but not in adjacent places.

    Raises:
        ValueError: If there are too many to list.
    """
    _check_count(perm(agents) * agents * (agents - 1) // 2)
    orders = ordered_subsets(agents, agents)
    inserted = [
        np.insert(orders, place, orders[:, first], axis=1)
        for first in range(agents)
        for place in range(first + 2, agents + 1)
    ]
    return np.unique(np.concatenate(inserted), axis=0)


def public_chains(agents: int, longest: int | None = None) -> Int64[np.ndarray, "C L"]:
    """All chains in which any two agents may be partners, the shortest first.

    Chains of 2 to N places are ``ordered_subsets``. Chains of N + 1 places are ``chains_with_revisit``.

    Args:
        agents: Number of agents N.
        longest: Maximum number of places of a chain, at most N + 1, which is the default.

    Raises:
        ValueError: If there are too many to list, or longest < 2.
    """
    return np.concatenate([_pad(block, _most(agents, longest)) for block in _by_length(agents, longest)])


def chains_without(chains: Integer[np.ndarray, "C L"], agent: int) -> Integer[np.ndarray, "K L"]:
    """The chains that do not contain ``agent``."""
    kept: np.ndarray = chains[(chains != agent).all(axis=1)]
    return kept


@dataclass(frozen=True, eq=False)
class Chains:
    """The chains of one game and their distribution: a group is drawn uniformly, and then one of its chains.

    Attributes:
        table: The chains, group by group. T is the length of the longest chain.
        sizes: Number of chains of each group.
    """

    table: Int64[np.ndarray, "C T"]
    sizes: Int64[np.ndarray, "G"]

    @cached_property
    def length(self) -> Int64[np.ndarray, "C"]:
        """The number of places of each chain (K)."""
        length: np.ndarray = (self.table != PADDING).sum(axis=1)
        return length

    @cached_property
    def chance(self) -> Float64[np.ndarray, "C"]:
        """The probability of each chain."""
        return np.repeat(1 / (len(self.sizes) * self.sizes), self.sizes)

    def draw(self, bits: UInt64[np.ndarray, "K"]) -> Int64[np.ndarray, "K"]:
        """The row of a random chain for each draw."""
        high, low = halves(bits)
        group = below(high, len(self.sizes))
        row: np.ndarray = (self.sizes.cumsum() - self.sizes)[group] + below(low, self.sizes[group])
        return row


def chains_of(choice: Choice, agents: int, longest: int) -> Chains:
    """The chains of a game.

    Args:
        choice: "private"; "public", with uniformly distributed lengths and uniformly distributed chains of each length;
            or an array of chains whose rows are equally likely.
        agents: Number of agents N.
        longest: Maximum number of places of a chain.

    Raises:
        ValueError: If ``choice`` is another string, or the chains are invalid.
    """
    if isinstance(choice, str):
        if choice not in NAMED:
            raise unknown("set of chains", choice, NAMED)
        blocks = [private_chain(agents)] if choice == "private" else _by_length(agents, longest)
        table = np.concatenate([_pad(block, blocks[-1].shape[1]) for block in blocks])
        return Chains(check_chains(table, agents, longest), np.array([len(block) for block in blocks]))
    table = check_chains(choice, agents, longest)
    return Chains(table, np.array([len(table)]))


def check_chains(chains: Integer[np.ndarray, "..."], agents: int, longest: int) -> Int64[np.ndarray, "C T"]:
    """Check chains, and return them without columns that contain only padding.

    Raises:
        ValueError: If they are not an array ``[C, L]``, C > 0, of agents 0 to N - 1 padded with -1 at the end, with 2
            to ``longest`` places per chain and no agent in two adjacent places.
    """
    is_array = isinstance(chains, np.ndarray)
    if not is_array or chains.ndim != 2 or len(chains) == 0 or chains.dtype.kind not in "iu":
        received = f"{chains.dtype}{list(chains.shape)}" if is_array else chains
        rule = "Chains must be an array of integers [C, L] with at least one row"
        raise invalid(rule, received, "Pass one chain per row.")
    table = chains.astype(np.int64)
    filled = table != PADDING
    length = filled.sum(axis=1, keepdims=True)
    _require((table >= PADDING) & (table < agents), table, f"contain agents 0 to {agents - 1}", "Use these agents")
    _require(filled[:, 1:] <= filled[:, :-1], table, "be padded with -1 at its end only", "Set the last entries to -1")
    _require(length >= 2, table, "have at least two places", "Remove it")
    _require(length <= longest, table, f"have at most longest={longest} places", "Remove it, or pass a larger longest")
    adjacent = (table[:, 1:] == table[:, :-1]) & filled[:, 1:]
    _require(~adjacent, table, "have different agents in adjacent places", "Add another agent between them")
    return table[:, : length.max()]


def _require(holds: Bool[np.ndarray, "C _"], chains: Int64[np.ndarray, "C L"], rule: str, remedy: str) -> None:
    if not holds.all():
        row = int(np.argwhere(~holds)[0, 0])
        raise invalid(f"A chain must {rule}", f"{chains[row].tolist()} in row {row}", f"{remedy}.")


def _by_length(agents: int, longest: int | None) -> list[Int64[np.ndarray, "_ _"]]:
    """The public chains, one array per length."""
    most = _most(agents, longest)
    _check_count(sum(perm(agents, length) for length in range(2, min(agents, most) + 1)))
    blocks = [ordered_subsets(agents, length) for length in range(2, min(agents, most) + 1)]
    return blocks + ([chains_with_revisit(agents)] if most > agents else [])


def _most(agents: int, longest: int | None) -> int:
    if longest is not None and longest < 2:
        raise invalid("A chain must have at least two places", f"longest={longest}", "Pass longest=2 or more.")
    return agents + 1 if longest is None else min(longest, agents + 1)


def _pad(chains: Int64[np.ndarray, "C K"], length: int) -> Int64[np.ndarray, "C L"]:
    return np.pad(chains, ((0, 0), (0, length - chains.shape[1])), constant_values=PADDING)


def _check_count(count: int) -> None:
    if count > MAX_CHAINS:
        rule = f"A list of chains must have at most {MAX_CHAINS} rows"
        raise invalid(rule, f"{count} chains", "Pass an array of the chains that you need.")
