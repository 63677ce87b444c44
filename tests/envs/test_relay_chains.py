"""The chains of the relay: which there are, how they are drawn, and what is no chain."""

from inspect import unwrap
from itertools import pairwise, product
from math import perm
from typing import Any

import numpy as np
import pytest
from interlect.envs.relay.chains import (
    chains_with_revisit,
    chains_without,
    check_chains,
    ordered_subsets,
    private_chain,
    public_chains,
)
from interlect.envs.relay.rules import Relay


def named(chains: np.ndarray) -> list[tuple[int, ...]]:
    return [tuple(agent for agent in row if agent >= 0) for row in chains.tolist()]


def all_public(agents: int, longest: int) -> set[tuple[int, ...]]:
    """By the rule alone: out of every word over the agents."""
    words = [word for length in range(2, longest + 1) for word in product(range(agents), repeat=length)]
    plain = {word for word in words if len(set(word)) == len(word)}
    once_more = {
        word
        for word in words
        if len(word) == agents + 1 and len(set(word)) == agents and all(a != b for a, b in pairwise(word))
    }
    return plain | once_more


@pytest.mark.parametrize("agents", [2, 3, 4])
def test_public_chains_are_those_of_the_rule(agents: int) -> None:
    for longest in range(2, agents + 2):
        chains = public_chains(agents, longest)
        assert chains.shape[1] == longest
        assert len(named(chains)) == len(set(named(chains)))
        assert set(named(chains)) == all_public(agents, longest)
    assert (
        public_chains(agents).tolist()
        == public_chains(agents, agents + 1).tolist()
        == public_chains(agents, agents + 7).tolist()
    )


def test_sets_of_chains() -> None:
    assert private_chain(3).tolist() == [[0, 1, 2]]
    assert ordered_subsets(3, 2).tolist() == [[0, 1], [0, 2], [1, 0], [1, 2], [2, 0], [2, 1]]
    assert [len(ordered_subsets(5, k)) for k in range(1, 6)] == [perm(5, k) for k in range(1, 6)]
    assert named(chains_with_revisit(2)) == [(0, 1, 0), (1, 0, 1)]
    assert len(chains_with_revisit(4)) == 24 * 6
    assert set(named(chains_without(public_chains(4), 3))) == {
        chain for chain in named(public_chains(4)) if 3 not in chain
    }


def test_public_lengths_are_equally_likely_and_then_their_chains() -> None:
    lanes = 60_000
    core = Relay(3, lanes, seed=0, chains="public")
    expected = {chain: 1 / 3 / {2: 6, 3: 6, 4: 18}[len(chain)] for chain in all_public(3, 4)}
    drawn = named(core.chain)
    assert set(drawn) == set(expected)
    counts = {chain: drawn.count(chain) for chain in expected}
    chi_squared = sum((counts[c] - lanes * p) ** 2 / (lanes * p) for c, p in expected.items())
    assert abs(chi_squared - 29) < 5 * np.sqrt(2 * 29)
    table = named(core.chains.table)
    assert dict(zip(table, core.chains.chance.tolist(), strict=True)) == pytest.approx(expected)


def test_given_chains_are_equally_likely() -> None:
    given = np.array([[0, 1, -1, -1], [2, 1, 2, -1], [1, 0, -1, -1]], dtype=np.int8)
    core = Relay(3, 30_000, seed=1, chains=given)
    assert core.horizon == 3
    counts = np.bincount(core.row, minlength=3)
    assert ((counts - 10_000) ** 2 / 10_000).sum() < 2 + 5 * np.sqrt(4)
    assert core.chain[core.row == 1].tolist()[0] == [2, 1, 2]
    assert core.chains.chance.tolist() == [1 / 3] * 3


@pytest.mark.parametrize(
    ("chains", "says"),
    [
        (np.zeros(3, int), r"array of integers \[C, L\] with at least one row; received 'int64\[3\]'"),
        ([[0, 1], [1, 0]], r"array of integers .*; received \[\[0, 1\], \[1, 0\]\]"),
        (np.zeros((0, 3), int), "at least one row"),
        (np.zeros((2, 3)), r"array of integers .*; received 'float64\[2, 3\]'"),
        (np.array([[0, 1], [0, 3]]), r"must contain agents 0 to 2; received '\[0, 3\] in row 1'"),
        (np.array([[0, -2]]), "must contain agents 0 to 2"),
        (np.array([[0, 1, 2], [0, -1, 1]]), r"padded with -1 at its end only; received '\[0, -1, 1\] in row 1'"),
        (np.array([[0, -1]]), "at least two places"),
        (np.array([[-1, -1]]), "at least two places"),
        (np.array([[0, 1, 0, 1, 0]]), "at most longest=4 places"),
        (np.array([[0, 1, 1]]), r"must have different agents in adjacent places; received '\[0, 1, 1\] in row 0'"),
    ],
)
def test_chains_that_cannot_be(chains: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        unwrap(check_chains)(chains, 3, 4)  # past the types that are checked while tests run


def test_words_and_numbers_that_cannot_be() -> None:
    with pytest.raises(ValueError, match=r"no set of chains 'pubic'. Did you mean 'public'\?"):
        Relay(chains="pubic")
    with pytest.raises(ValueError, match="at most longest=3 places"):
        Relay(4, longest=3)
    with pytest.raises(ValueError, match="longest must be an integer, at least 2; received 1"):
        Relay(4, chains="public", longest=1)
    for agents in (9, 12, 40):
        with pytest.raises(ValueError, match=r"must have at most 2097152 rows; received '\d+ chains'"):
            public_chains(agents)
