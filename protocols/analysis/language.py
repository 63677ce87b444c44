"""The meanings of messages: when each symbol is sent, and which fact it is most informative about."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from .information import entropy, mutual_information
from .knowledge import Knowledge

MEANS, MOSTLY = 0.9, 0.5
"""A fact explains a symbol if it carries the first share of the symbol's entropy or more, "mostly" from the second."""


@dataclass(frozen=True)
class Meaning:
    """The meaning of one symbol.

    Attributes:
        symbol: The name of the symbol.
        sent: The number of times that it was sent.
        of_messages: The number of messages.
        fact: The fact that it is most informative about; None if it was sent never or always.
        values: The values of the fact for which it is the most frequent symbol; by step, if its meaning changes.
        true: The share of its messages in which the fact had one of these values.
        bits: The mutual information between "it was this symbol" and the fact (with the step, if its meaning changes).
        of_bits: The entropy of "it was this symbol", an upper bound of ``bits``.
        sentence: The meaning in words.
    """

    symbol: str
    sent: int
    of_messages: int
    fact: str | None
    values: tuple[int, ...] | dict[int, tuple[int, ...]]
    true: float
    bits: float
    of_bits: float
    sentence: str


@dataclass(frozen=True)
class FactTable:
    """The contingency table of the values of a fact and the symbols sent.

    Attributes:
        fact: The name of the fact.
        values: The values that occurred, sorted (R).
        counts: The number of times that each symbol was sent, with one row per value and one column per symbol.
        bits: The mutual information between message and fact.
        of_bits: The entropy of the message.
    """

    fact: str
    values: tuple[int, ...]
    counts: Int64[np.ndarray, "R C"]
    bits: float
    of_bits: float


def fact_tables(knowledge: Knowledge) -> tuple[FactTable, ...]:
    """One table per fact, the most informative first."""
    said = knowledge.messages
    tables = []
    for fact in said.facts:
        rows, counts = said.by_fact([fact])
        values = tuple(rows[:, 0].tolist())
        tables.append(FactTable(fact, values, counts, mutual_information(counts), entropy(counts.sum(axis=0))))
    return tuple(sorted(tables, key=lambda table: -table.bits))


def meanings(knowledge: Knowledge) -> tuple[Meaning, ...]:
    """The meaning of each symbol, in the order of the symbols.

    The fact that a symbol is most informative about has the largest mutual information with "it was this symbol"
    (plug-in estimator, exact for a whole population). If no fact alone explains it, each is tried with the step.
    """
    said, clock = knowledge.messages, knowledge.clock
    timed = [fact for fact in said.facts if fact != clock] if clock in said.facts else []
    alone = [_Table.of(knowledge, fact, timed=False) for fact in said.facts]
    together = [_Table.of(knowledge, fact, timed=True) for fact in timed]
    return tuple(_meaning(knowledge, symbol, alone, together) for symbol in range(len(said.names)))


def _meaning(knowledge: Knowledge, symbol: int, plain: Sequence["_Table"], by_time: Sequence["_Table"]) -> Meaning:
    said, name = knowledge.messages, knowledge.messages.names[symbol]
    total, sent = said.total, int(said.times[said.choice == symbol].sum())
    most = entropy(np.array([sent, total - sent]))
    if most == 0 or not said.facts:
        explanation = (
            f"sent all {total:,} times, so it carries no information" if sent else f"never sent in {total:,} messages"
        )
        return Meaning(name, sent, total, None, (), 0.0, 0.0, most, f"{name}: {explanation}.")
    alone = _best([_Reading.of(knowledge, symbol, table) for table in plain])
    timed = _best([_Reading.of(knowledge, symbol, table) for table in by_time]) if by_time else alone
    readings = [(least, hedge, r) for least, hedge in ((MEANS, ""), (MOSTLY, "mostly, ")) for r in (alone, timed)]
    for least, hedge, reading in readings:
        if reading.bits >= least * most and reading.true > 0 and reading.words:
            figures = f"true in {percent(reading.true)} of the {sent:,} times it was sent"
            explanation = f"{hedge}{reading.words} ({figures}; {reading.source}, {_bits(reading.bits, most)})"
            break
    else:
        reading = alone
        explanation = (
            f"no single fact explains it: it was sent {sent:,} times, and the nearest is {alone.source}, with "
        )
        explanation += f"{_bits(alone.bits, most)}" + (f"; {timed.source} have {timed.bits:.2f}" if by_time else "")
    facts = (reading.fact, reading.values, reading.true, reading.bits)
    return Meaning(name, sent, total, *facts, most, f"{name}: {explanation}.")


def _best(readings: Sequence["_Reading"]) -> "_Reading":
    return max(readings, key=lambda reading: reading.bits)


@dataclass(frozen=True)
class _Table:
    """Counts of each symbol by the value of a fact, or by step and value; computed once for all symbols."""

    fact: str
    timed: bool
    rows: Int64[np.ndarray, "R K"]
    counts: Int64[np.ndarray, "R C"]
    total: Int64[np.ndarray, "R"]
    most: Int64[np.ndarray, "R"]

    @staticmethod
    def of(knowledge: Knowledge, fact: str, timed: bool) -> "_Table":
        rows, counts = knowledge.messages.by_fact([knowledge.clock, fact] if timed else [fact])
        return _Table(fact, timed, rows, counts, counts.sum(axis=1), counts.max(axis=1, initial=0))


@dataclass(frozen=True)
class _Reading:
    """One interpretation of a symbol: by one fact, or by one fact with a meaning that changes with the step."""

    fact: str
    values: tuple[int, ...] | dict[int, tuple[int, ...]]
    true: float
    bits: float
    words: str
    """Empty if the interpretation includes no value, or all values."""
    source: str

    @staticmethod
    def of(knowledge: Knowledge, symbol: int, table: _Table) -> "_Reading":
        fact, clock, rows, this = table.fact, knowledge.clock, table.rows, table.counts[:, symbol]
        bits = mutual_information(np.stack([this, table.total - this]))
        chosen = (this > 0) & (this == table.most)
        true, values = int(this[chosen].sum()) / int(this.sum()), rows[chosen]
        if not table.timed:
            plain = tuple(values[:, 0].tolist())
            informative = 0 < len(plain) < len(rows)
            words = knowledge.describe(fact, plain) if informative else ""
            return _Reading(fact, plain, true, bits, words, f"fact `{fact}`")
        by_time = {int(t): tuple(values[values[:, 0] == t, 1].tolist()) for t in np.unique(values[:, 0])}
        every = {int(t): tuple(rows[rows[:, 0] == t, 1].tolist()) for t in np.unique(rows[:, 0])}
        words = f"its meaning changes with the {clock}: " + _by_time(knowledge, fact, by_time, every)
        words = "" if by_time == every else words
        return _Reading(fact, by_time, true, bits, words, f"facts `{fact}` and `{clock}` together")


def _by_time(
    knowledge: Knowledge, fact: str, by_time: dict[int, tuple[int, ...]], every: dict[int, tuple[int, ...]]
) -> str:
    spans: dict[str, list[int]] = {}
    for time, values in by_time.items():
        always = values == every[time] and len(values) > 1
        words = "in any case" if always else knowledge.describe(fact, values)
        spans.setdefault(words, []).append(time)
    return "; ".join(f"{knowledge.clock} {join_words(times, 'and')}: {words}" for words, times in spans.items())


def join_words(items: Sequence[object], last: str) -> str:
    """A list in words: "1, 2 or 3"."""
    words = [str(item) for item in items]
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def percent(share: float) -> str:
    """A share as a percentage. Only shares of exactly 0 and 1 are written as 0% and 100%."""
    if share in (0.0, 1.0):
        return f"{share:.0%}"
    return f"{min(max(share, 0.001), 0.999):.1%}"


def _bits(bits: float, most: float) -> str:
    return f"{bits:.2f} of {most:.2f} bits"
