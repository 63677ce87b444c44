"""What was known when something was decided: all that the instruments need to learn about a game.

A game describes its episodes in these words (see ``knowledge.py`` in its folder); no instrument knows any game.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Int64, Integer

from ..common.errors import unknown

NOTHING = -1
"""The number of a message that is none: nothing was heard, or said."""


@dataclass(frozen=True)
class Feature:
    """One thing that an agent knows when it decides.

    Attributes:
        value: one a decision (or one a step, lane and agent, before decisions are picked).
        kind: "number" is ordered; "flag" is 0 or 1; "message" is a message's number or ``NOTHING``; "name" is one of
            ``names``.
        names: what the values of a message or name are called.
    """

    value: Integer[np.ndarray, "..."]
    kind: Literal["number", "flag", "message", "name"]
    names: tuple[str, ...] = ()

    def say(self, value: int) -> str:
        """A value, for people."""
        if self.kind == "flag":
            return "yes" if value else "no"
        if self.kind == "number":
            return str(value)
        return "nothing" if value == NOTHING else self.names[value]


@dataclass(frozen=True)
class Decisions:
    """Decisions of one kind, and what the decider knew: M different ones, each made so many ``times``.

    Attributes:
        choice: which one was made.
        times: how often it was made, knowing just this.
        names: what choices are called.
        known: the agent's own knowledge, by name, plainest first.
        facts: truths about the moment, by name, known to the agent or not.
    """

    choice: Int64[np.ndarray, "M"]
    times: Int64[np.ndarray, "M"]
    names: tuple[str, ...]
    known: dict[str, Feature]
    facts: dict[str, Int64[np.ndarray, "M"]]

    @property
    def total(self) -> int:
        """How many decisions were made."""
        return int(self.times.sum())

    def by_known(self, names: Sequence[str]) -> tuple[Int64[np.ndarray, "R K"], Int64[np.ndarray, "R C"]]:
        """Count choices by situation.

        Args:
            names: which of ``known`` make a situation; none gives one row.

        Returns:
            The situations met, sorted, and how often each choice was made in each of them.

        Raises:
            ValueError: for a name that is not known.
        """
        return self._count(self._features(names))

    def pairs_by_known(self, names: Sequence[str]) -> tuple[Int64[np.ndarray, "R K"], Int64[np.ndarray, "P 3"]]:
        """The same without the zeros: in memory that grows with the decisions, and not with all that may be chosen.

        Returns:
            The situations met, sorted; and for every choice made in one: the row of the situation, the choice, and how
            often it was made, sorted.

        Raises:
            ValueError: for a name that is not known.
        """
        return self._pairs(self._features(names))

    def by_fact(self, names: Sequence[str]) -> tuple[Int64[np.ndarray, "R K"], Int64[np.ndarray, "R C"]]:
        """Count choices by the values of some of ``facts``, as ``by_known`` does.

        Raises:
            ValueError: for a name that is no fact.
        """
        for name in names:
            if name not in self.facts:
                raise unknown("fact", name, self.facts)
        return self._count([self.facts[name] for name in names])

    def _count(
        self, columns: Sequence[Int64[np.ndarray, "M"]]
    ) -> tuple[Int64[np.ndarray, "R K"], Int64[np.ndarray, "R C"]]:
        rows, pairs = self._pairs(columns)
        counts = np.zeros((len(rows), len(self.names)), dtype=np.int64)
        counts[pairs[:, 0], pairs[:, 1]] = pairs[:, 2]
        return rows, counts

    def _pairs(
        self, columns: Sequence[Int64[np.ndarray, "M"]]
    ) -> tuple[Int64[np.ndarray, "R K"], Int64[np.ndarray, "P 3"]]:
        first, row = _distinct(columns, len(self.choice))
        rows = np.stack([column[first] for column in columns], axis=1) if columns else np.zeros((len(first), 0))
        once, pair = _distinct([row, self.choice], len(row))
        times = np.zeros(len(once), dtype=np.int64)
        np.add.at(times, pair, self.times)
        return rows.astype(np.int64), np.stack([row[once], self.choice[once], times], axis=1)

    def _features(self, names: Sequence[str]) -> list[Int64[np.ndarray, "M"]]:
        for name in names:
            if name not in self.known:
                raise unknown("feature", name, self.known)
        return [self.known[name].value for name in names]


@dataclass(frozen=True)
class Knowledge:
    """All that the instruments need of one game's episodes.

    Attributes:
        messages: every message that somebody could hear, by its sender's knowledge.
        actions: every action where there was a choice.
        heard: how many of the messages were heard.
        clock: the name of the fact, and of the feature, that tells the time.
        situation: the features of a sender that, with the clock, make its situation in a code table.
        describe: says in words that a fact has one of some values.
        possible: how many different messages there are; None if all of them have a name.
    """

    messages: Decisions
    actions: Decisions
    heard: int
    clock: str
    situation: tuple[str, ...]
    describe: Callable[[str, Sequence[int]], str]
    possible: int | None = None


def decisions(
    where: Bool[np.ndarray, "T B N"],
    choice: Integer[np.ndarray, "T B N"],
    names: tuple[str, ...],
    known: dict[str, Feature],
    facts: Mapping[str, Integer[np.ndarray, "T B *N"]],
) -> Decisions:
    """Pick the decisions ``where`` there was one, and count equal ones.

    Args:
        where: there was one.
        choice: which one was made.
        names: what choices are called.
        known: the agents' own knowledge, values ``[T, B, N]``.
        facts: truths about the moment; or about the agent's own moment, with agents last.
    """
    picked = {name: feature.value[where].astype(np.int64) for name, feature in known.items()}
    truths = {name: _each(fact, where.shape[2])[where].astype(np.int64) for name, fact in facts.items()}
    made = choice[where].astype(np.int64)
    first, row = _distinct([made, *picked.values(), *truths.values()], len(made))
    features = {name: Feature(picked[name][first], f.kind, f.names) for name, f in known.items()}
    times = np.bincount(row, minlength=len(first)).astype(np.int64)
    return Decisions(made[first], times, names, features, {name: value[first] for name, value in truths.items()})


def _each(fact: Integer[np.ndarray, "T B *N"], agents: int) -> Integer[np.ndarray, "T B N"]:
    return fact if fact.ndim == 3 else np.repeat(fact[:, :, None], agents, axis=2)


def _distinct(
    columns: Sequence[Int64[np.ndarray, "M"]], length: int
) -> tuple[Int64[np.ndarray, "R"], Int64[np.ndarray, "M"]]:
    """Where each distinct row of ``columns`` stands first, sorted by row; and which of them every row is."""
    key = np.zeros(length, dtype=np.int64)
    for column in columns if length else ():
        key = key * (column.max() - column.min() + 1) + column - column.min()
        if key.max() >= 1 << 31:
            key = np.unique(key, return_inverse=True)[1].ravel()
    _, first, row = np.unique(key, return_index=True, return_inverse=True)
    return first, row.ravel()
