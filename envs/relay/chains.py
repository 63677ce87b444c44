"""Chains: through whose hands a message goes. An array of them has one a row, padded with -1 at the end."""

from dataclasses import dataclass
from functools import cached_property
from itertools import permutations
from math import perm

import numpy as np
from jaxtyping import Bool, Float64, Int64, Integer, UInt64

from ...protocols.common.draws import below, halves
from ...protocols.common.errors import bad, unknown

NOBODY = -1
"""Pads chains that are shorter than the longest one beside them."""
MOST = 1 << 21
"""The most chains of one kind that are listed: all public ones of 8 agents are fewer."""
WORDS = ("private", "public")

Choice = str | Integer[np.ndarray, "C L"]
"""Which chains there are: "private", "public", or the chains themselves."""


def private(agents: int) -> Int64[np.ndarray, "1 N"]:
    """The one chain 0 to N - 1: every agent always has the same place and partners."""
    return np.arange(agents)[None]


def ordered_subsets(agents: int, length: int) -> Int64[np.ndarray, "C {length}"]:
    """Every chain through ``length`` different agents, in lexical order.

    Raises:
        ValueError: if they are too many to list.
    """
    _countable(perm(agents, length))
    return np.array(list(permutations(range(agents), length)), dtype=np.int64).reshape(-1, length)


def returning(agents: int) -> Int64[np.ndarray, "C {agents+1}"]:
    """Every chain through all agents and through one of them a second time, though not twice in a row.

    Raises:
        ValueError: if they are too many to list.
    """
    _countable(perm(agents) * agents * (agents - 1) // 2)
    orders = ordered_subsets(agents, agents)
    inserted = [
        np.insert(orders, place, orders[:, again], axis=1)
        for again in range(agents)
        for place in range(again + 2, agents + 1)
    ]
    return np.unique(np.concatenate(inserted), axis=0)


def public(agents: int, longest: int | None = None) -> Int64[np.ndarray, "C L"]:
    """Every chain in which anybody may be anybody's partner, the shortest first.

    Args:
        agents: N.
        longest: leaves out longer chains; N + 1, also the greatest that counts, if None. Chains of 2 to N agents are
            ``ordered_subsets``, those of N + 1 are ``returning``.

    Raises:
        ValueError: if they are too many to list, or longest < 2.
    """
    return np.concatenate([_padded(block, _most(agents, longest)) for block in _by_length(agents, longest)])


def without(chains: Integer[np.ndarray, "C L"], agent: int) -> Integer[np.ndarray, "K L"]:
    """The chains that do not pass through ``agent``."""
    kept: np.ndarray = chains[(chains != agent).all(axis=1)]
    return kept


@dataclass(frozen=True, eq=False)
class Chains:
    """The chains of one game and how likely they are: a group is drawn, then one of its chains, both uniformly.

    Attributes:
        table: the chains, group by group; the longest row fills the table (T).
        sizes: how many chains each group has.
    """

    table: Int64[np.ndarray, "C T"]
    sizes: Int64[np.ndarray, "G"]

    @cached_property
    def length(self) -> Int64[np.ndarray, "C"]:
        """How many places each chain has (K)."""
        length: np.ndarray = (self.table != NOBODY).sum(axis=1)
        return length

    @cached_property
    def chance(self) -> Float64[np.ndarray, "C"]:
        """How likely each chain is to be drawn."""
        return np.repeat(1 / (len(self.sizes) * self.sizes), self.sizes)

    def draw(self, bits: UInt64[np.ndarray, "K"]) -> Int64[np.ndarray, "K"]:
        """The row of one chain a draw."""
        high, low = halves(bits)
        group = below(high, len(self.sizes))
        row: np.ndarray = (self.sizes.cumsum() - self.sizes)[group] + below(low, self.sizes[group])
        return row


def chains_of(choice: Choice, agents: int, longest: int) -> Chains:
    """The chains of a game.

    Args:
        choice: "private"; "public", whose lengths are equally likely, and then the chains of each length; or an array
            of chains, whose rows are equally likely.
        agents: N.
        longest: the most places that a chain may have.

    Raises:
        ValueError: for another word, or chains that cannot be.
    """
    if isinstance(choice, str):
        if choice not in WORDS:
            raise unknown("set of chains", choice, WORDS)
        blocks = [private(agents)] if choice == "private" else _by_length(agents, longest)
        table = np.concatenate([_padded(block, blocks[-1].shape[1]) for block in blocks])
        return Chains(check_chains(table, agents, longest), np.array([len(block) for block in blocks]))
    table = check_chains(choice, agents, longest)
    return Chains(table, np.array([len(table)]))


def check_chains(chains: Integer[np.ndarray, "..."], agents: int, longest: int) -> Int64[np.ndarray, "C T"]:
    """The chains as they are drawn from, without columns of padding alone.

    Raises:
        ValueError: unless they are an array ``[C, L]``, C > 0, of agents 0 to N - 1 padded with -1 at the end, with 2
            to ``longest`` places each and no agent twice in a row.
    """
    is_array = isinstance(chains, np.ndarray)
    if not is_array or chains.ndim != 2 or len(chains) == 0 or chains.dtype.kind not in "iu":
        received = f"{chains.dtype}{list(chains.shape)}" if is_array else chains
        raise bad("Chains are an array of integers [C, L] with at least one row", received, "Give one chain a row.")
    table = chains.astype(np.int64)
    filled = table != NOBODY
    length = filled.sum(axis=1, keepdims=True)
    _require((table >= NOBODY) & (table < agents), table, f"holds agents 0 to {agents - 1}", "Name them")
    _require(filled[:, 1:] <= filled[:, :-1], table, "is padded with -1 at its end only", "Move them")
    _require(length >= 2, table, "has at least two places", "Leave it out")
    _require(length <= longest, table, f"has at most longest={longest} places", "Leave it out, or raise longest")
    _require(
        (table[:, 1:] != table[:, :-1]) | ~filled[:, 1:],
        table,
        "never has an agent twice in a row",
        "Put another between",
    )
    return table[:, : length.max()]


def _require(holds: Bool[np.ndarray, "C _"], chains: Int64[np.ndarray, "C L"], rule: str, remedy: str) -> None:
    if not holds.all():
        row = int(np.argwhere(~holds)[0, 0])
        raise bad(f"A chain {rule}", f"{chains[row].tolist()} in row {row}", f"{remedy}.")


def _by_length(agents: int, longest: int | None) -> list[Int64[np.ndarray, "_ _"]]:
    """The public chains, one array a length."""
    most = _most(agents, longest)
    _countable(sum(perm(agents, length) for length in range(2, min(agents, most) + 1)))
    blocks = [ordered_subsets(agents, length) for length in range(2, min(agents, most) + 1)]
    return blocks + ([returning(agents)] if most > agents else [])


def _most(agents: int, longest: int | None) -> int:
    if longest is not None and longest < 2:
        raise bad("A chain has at least two places", f"longest={longest}", "Give longest >= 2.")
    return agents + 1 if longest is None else min(longest, agents + 1)


def _padded(chains: Int64[np.ndarray, "C K"], length: int) -> Int64[np.ndarray, "C L"]:
    return np.pad(chains, ((0, 0), (0, length - chains.shape[1])), constant_values=NOBODY)


def _countable(count: int) -> None:
    if count > MOST:
        raise bad(f"At most {MOST} chains are listed", f"{count} chains", "Give an array of those that you need.")
