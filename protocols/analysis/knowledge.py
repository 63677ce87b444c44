"""Decisions and the information available to the deciding agents: the interface between games and analyses.

Each game describes its episodes in these terms (see ``knowledge.py`` in its folder). The analyses depend on no game.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Int64, Integer

from ..common.errors import unknown

NO_MESSAGE = -1
"""The index that stands for the absence of a message, sent or heard."""


@dataclass(frozen=True)
class Feature:
    """One variable that an agent knows when it decides.

    Attributes:
        value: One value per decision (or per step, lane and agent, before decisions are selected).
        kind: "number" is an ordered number, "flag" is 0 or 1, "message" is the index of a message or ``NO_MESSAGE``,
            and "name" is an index of ``names``.
        names: The names of the values, if ``kind`` is "message" or "name".
    """

    value: Integer[np.ndarray, "..."]
    kind: Literal["number", "flag", "message", "name"]
    names: tuple[str, ...] = ()

    def text(self, value: int) -> str:
        """A value in words."""
        if self.kind == "flag":
            return "yes" if value else "no"
        if self.kind == "number":
            return str(value)
        return "nothing" if value == NO_MESSAGE else self.names[value]


@dataclass(frozen=True)
class Decisions:
    """Decisions of one kind and the knowledge of the deciding agents: M distinct decisions and their counts.

    Attributes:
        choice: The index in ``names`` of the choice made in each decision.
        times: The number of times that this choice was made with the same knowledge and facts.
        names: The names of the choices.
        known: The agent's own knowledge, by name, with the simplest features first.
        facts: Facts about the state of the game, by name. The agent need not know them.
    """

    choice: Int64[np.ndarray, "M"]
    times: Int64[np.ndarray, "M"]
    names: tuple[str, ...]
    known: dict[str, Feature]
    facts: dict[str, Int64[np.ndarray, "M"]]

    @property
    def total(self) -> int:
        """The number of decisions."""
        return int(self.times.sum())

    def by_known(self, names: Sequence[str]) -> tuple[Int64[np.ndarray, "R K"], Int64[np.ndarray, "R C"]]:
        """Count choices by situation.

        Args:
            names: The features of ``known`` that define a situation. Without any, there is a single situation.

        Returns:
            The situations that occurred, sorted, and the number of times that each choice was made in each of them.

        Raises:
            ValueError: If a name is not in ``known``.
        """
        return self._count(self._features(names))

    def pairs_by_known(self, names: Sequence[str]) -> tuple[Int64[np.ndarray, "R K"], Int64[np.ndarray, "P 3"]]:
        """Count choices by situation in sparse form: memory grows with the decisions, not with the possible choices.

        Returns:
            The situations that occurred, sorted; and for every choice made in one of them, sorted: the row of the
            situation, the choice, and the number of times that it was made.

        Raises:
            ValueError: If a name is not in ``known``.
        """
        return self._pairs(self._features(names))

    def by_fact(self, names: Sequence[str]) -> tuple[Int64[np.ndarray, "R K"], Int64[np.ndarray, "R C"]]:
        """Count choices by the values of some of ``facts``, as ``by_known`` does.

        Raises:
            ValueError: If a name is not in ``facts``.
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
    """The episodes of one game, as the analyses need them.

    Attributes:
        messages: Every message that an agent could hear, with its sender's knowledge.
        actions: Every action that an agent chose among several legal ones.
        heard: The number of the messages that were heard.
        clock: The name of the fact, and of the feature, that gives the step.
        situation: The features of a sender that, with the clock, define its situation in a code table.
        describe: Maps a fact and some of its values to words that state that the fact has one of these values.
        possible: The number of possible messages; None if all of them have a name.
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
    """Select the decisions ``where`` one was made, and count equal ones.

    Args:
        where: Whether a decision was made.
        choice: The index in ``names`` of each choice.
        names: The names of the choices.
        known: The agents' own knowledge, with values ``[T, B, N]``.
        facts: Facts about the state of the game. The last axis is the agents if facts differ between agents.
    """
    picked = {name: feature.value[where].astype(np.int64) for name, feature in known.items()}
    selected = {name: _per_agent(fact, where.shape[2])[where].astype(np.int64) for name, fact in facts.items()}
    made = choice[where].astype(np.int64)
    first, row = _distinct([made, *picked.values(), *selected.values()], len(made))
    features = {name: Feature(picked[name][first], f.kind, f.names) for name, f in known.items()}
    times = np.bincount(row, minlength=len(first)).astype(np.int64)
    return Decisions(made[first], times, names, features, {name: value[first] for name, value in selected.items()})


def _per_agent(fact: Integer[np.ndarray, "T B *N"], agents: int) -> Integer[np.ndarray, "T B N"]:
    return fact if fact.ndim == 3 else np.repeat(fact[:, :, None], agents, axis=2)


def _distinct(
    columns: Sequence[Int64[np.ndarray, "M"]], length: int
) -> tuple[Int64[np.ndarray, "R"], Int64[np.ndarray, "M"]]:
    """The first index of each distinct row of ``columns``, sorted by row; and for every row, the index among these."""
    key = np.zeros(length, dtype=np.int64)
    for column in columns if length else ():
        key = key * (column.max() - column.min() + 1) + column - column.min()
        if key.max() >= 1 << 31:
            key = np.unique(key, return_inverse=True)[1].ravel()
    _, first, row = np.unique(key, return_index=True, return_inverse=True)
    return first, row.ravel()
