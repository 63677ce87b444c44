"""Analysis of a learned protocol: a table of the code, meanings of symbols, and decision trees for a team's choices."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...protocols.analysis.canonical import (
    MOST_SYMBOLS,
    Language,
    canonical_form,
    canonical_form_by_step,
    symbols_in_use,
)
from ...protocols.analysis.knowledge import Decisions, Knowledge
from ...protocols.analysis.language import FactTable, Meaning, fact_tables, meanings, percent
from ...protocols.analysis.messages import LISTED
from ...protocols.analysis.trees import Tree, smallest_tree

MAX_ROWS = 64
"""Maximum number of rows of a code table that are shown."""
CODE_FILE = "messages.csv"
"""Name of the file with all rows of a code table."""
NO_MESSAGES = "No agent could receive a message in these episodes, so there are no messages to study."


@dataclass(frozen=True)
class CodeTable:
    """How often each symbol was sent in each situation of its sender.

    Attributes:
        by: names of the features that define a row, followed by the clock, whose values are the columns.
        rows: the features of each row, in words.
        times: values of the clock, one per column.
        cells: symbols sent and their counts, most frequent first, by row and column; only for situations that occurred.
    """

    by: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    times: tuple[int, ...]
    cells: Mapping[tuple[int, int], tuple[tuple[int, int], ...]]

    def shares(self, row: int, column: int, symbols: Sequence[str]) -> list[tuple[str, float]]:
        """The symbols of one cell with their shares, the most frequent first; empty if the situation never occurred."""
        cell = self.cells.get((row, column), ())
        total = sum(times for _, times in cell)
        return [(symbols[symbol], times / total) for symbol, times in cell]

    def csv(self, symbols: Sequence[str]) -> str:
        """The whole table as comma-separated values: situation, clock, message, count."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([*self.by, "message", "count"])
        for (row, column), cell in sorted(self.cells.items()):
            for symbol, times in cell:
                writer.writerow([*self.rows[row], self.times[column], symbols[symbol], times])
        return text.getvalue()


@dataclass(frozen=True)
class Study:
    """The analysis of one team's play.

    Attributes:
        population: a description of the episodes that were analyzed.
        symbols: names of all messages; if there are more than ``LISTED``, of those that were sent or heard.
        possible: number of possible messages.
        messages: number of messages with a receiver.
        heard: number of these messages that were received.
        clock: the name of the time feature.
        code: the code table.
        facts: counts of each symbol for each value of each fact, the most informative fact first.
        meanings: the meaning of each symbol.
        message_tree: decision tree for the messages; None if there are none, or more than ``LISTED`` different ones.
        action_tree: decision tree for the actions; None if there are more than ``LISTED`` different messages.
        language: the code up to renaming of symbols; see ``same_language``. None if too many symbols are in use.
        language_by_step: the same, with a separate renaming at every step.
    """

    population: str
    symbols: tuple[str, ...]
    possible: int
    messages: int
    heard: int
    clock: str
    code: CodeTable
    facts: tuple[FactTable, ...]
    meanings: tuple[Meaning, ...]
    message_tree: Tree | None
    action_tree: Tree | None
    language: Language | None
    language_by_step: Language | None

    @property
    def sentences(self) -> tuple[str, ...]:
        """The meanings of the ``LISTED`` most frequent symbols, in words.

        If few messages are possible, those that were never sent are reported together.
        """
        sent = [meaning for meaning in self.meanings if meaning.sent]
        often = {meaning.symbol for meaning in sorted(sent, key=lambda meaning: -meaning.sent)[:LISTED]}
        sentences = [meaning.sentence for meaning in sent if meaning.symbol in often]
        unused = [meaning.symbol for meaning in self.meanings if not meaning.sent] if self.possible <= LISTED else []
        return (*sentences, *([f"{', '.join(unused)}: never sent in {self.messages:,} messages."] if unused else []))

    @property
    def used(self) -> str | None:
        """A sentence with the number of messages sent, if there are too many to list all; else None."""
        if self.possible <= LISTED:
            return None
        sent = sum(meaning.sent > 0 for meaning in self.meanings)
        cut = f" The {LISTED} most frequent ones are listed." if sent > LISTED else ""
        return f"{sent:,} of {self.possible:,} possible messages were sent.{cut}"

    @property
    def trees(self) -> tuple[tuple[str, Tree | None, str], ...]:
        """The decision trees for "message" and "action": a tree to show, or None, and a sentence about it.

        There is none for messages if no message was sent.
        """
        missing = f"There are more than {LISTED} messages, which are too many for a tree."
        named = [("message", self.message_tree)] if self.messages else []
        return tuple(
            (name, tree if tree and tree.informative else None, tree.summary() if tree else missing)
            for name, tree in (*named, ("action", self.action_tree))
        )

    @property
    def hearing(self) -> str | None:
        """A sentence about messages that were not received; None if all were received."""
        if self.heard >= self.messages:
            return None
        share = "none" if self.heard == 0 else percent(self.heard / self.messages)
        return (
            f"Of {self.messages:,} messages, {share} were received, because the channel was silenced or lost messages."
        )


def study(knowledge: Knowledge, population: str, situation: Sequence[str] | None = None) -> Study:
    """Analyze the messages and actions of a team.

    Args:
        knowledge: the knowledge in its episodes, as the game's ``knowledge`` function returns it.
        population: a description of these episodes, such as "all 729 orders of visits".
        situation: names of the features of a sender that define a row of the code table; those of the game if None.
            Together with the clock, they also define the situations of the language's canonical form.

    Raises:
        ValueError: if there were no actions to choose, or a feature is unknown.
    """
    messages = knowledge.messages
    by = (*(knowledge.situation if situation is None else situation), knowledge.clock)
    readable = len(messages.names) <= LISTED
    few = len(symbols_in_use(messages, by)) <= MOST_SYMBOLS
    return Study(
        population=population,
        symbols=messages.names,
        possible=len(messages.names) if knowledge.possible is None else knowledge.possible,
        messages=messages.total,
        heard=knowledge.heard,
        clock=knowledge.clock,
        code=code_table(messages, by),
        facts=fact_tables(knowledge),
        meanings=meanings(knowledge),
        message_tree=smallest_tree(messages) if messages.total and readable else None,
        action_tree=smallest_tree(knowledge.actions) if readable else None,
        language=canonical_form(messages, by) if few else None,
        language_by_step=canonical_form_by_step(messages, by, knowledge.clock) if few else None,
    )


def code_table(messages: Decisions, by: Sequence[str]) -> CodeTable:
    """Count messages by their sender's situation; the values of the last feature of ``by`` are the columns."""
    situations, pairs = messages.pairs_by_known(by)
    rows, row = np.unique(situations[:, :-1], axis=0, return_inverse=True)
    times, column = np.unique(situations[:, -1], return_inverse=True)
    places = list(zip(row.ravel().tolist(), column.ravel().tolist(), strict=True))
    sent: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for situation, symbol, often in pairs.tolist():
        sent.setdefault(places[situation], []).append((symbol, often))
    cells = {place: tuple(sorted(cell, key=lambda pair: -pair[1])) for place, cell in sent.items()}
    words = [tuple(messages.known[name].text(v) for name, v in zip(by, r, strict=False)) for r in rows.tolist()]
    return CodeTable(tuple(by), tuple(words), tuple(times.tolist()), cells)
