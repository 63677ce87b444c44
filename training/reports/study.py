"""Analysis of a learned protocol: who sends what when, what each symbol means, and trees that reproduce the team."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

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
from ...protocols.analysis.trees import Tree, smallest_tree, to_words

MAX_ROWS = 64
"""A larger code table is cut, and says so."""


@dataclass(frozen=True)
class CodeTable:
    """How often each symbol was sent in each situation of its sender.

    Attributes:
        by: the features that make a row, then the clock, whose values are the columns.
        rows: the features of each row, in words.
        times: the columns (S).
        cells: by row and column, if the situation occurred: the symbols sent and how often, most frequent first.
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


@dataclass(frozen=True)
class Study:
    """The analysis of one team's play.

    Attributes:
        population: a description of the episodes that were analyzed.
        symbols: names of all messages; if there are more than ``LISTED``, of those that were sent or heard.
        possible: how many messages there are.
        messages: Number of messages with a receiver.
        heard: how many of them were heard.
        clock: the name of the time feature.
        code: the code table.
        facts: how often each symbol was sent at each value of each fact, the most informative fact first.
        meanings: what each symbol means.
        message_tree: reproduces the messages; None if there were none, or if more than ``LISTED`` different ones occur.
        action_tree: reproduces the actions; None if more than ``LISTED`` different messages occur.
        language: the code up to renaming of symbols; see ``same_language``. None where too many symbols are in use.
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
        """What symbols mean, in words, of the ``LISTED`` sent most.

        If few messages are possible, those never sent are reported together.
        """
        sent = [meaning for meaning in self.meanings if meaning.sent]
        often = {meaning.symbol for meaning in sorted(sent, key=lambda meaning: -meaning.sent)[:LISTED]}
        said = [meaning.sentence for meaning in sent if meaning.symbol in often]
        silent = [meaning.symbol for meaning in self.meanings if not meaning.sent] if self.possible <= LISTED else []
        return (*said, *([f"{', '.join(silent)}: never sent in {self.messages:,} messages."] if silent else []))

    @property
    def used(self) -> str | None:
        """A sentence with the number of messages sent, if there are too many to list all; else None."""
        if self.possible <= LISTED:
            return None
        sent = sum(meaning.sent > 0 for meaning in self.meanings)
        cut = f" Listed are the {LISTED} sent most." if sent > LISTED else ""
        return f"{sent:,} of {self.possible:,} possible messages were sent.{cut}"

    @property
    def hearing(self) -> str | None:
        """A sentence if not every message was heard; None if all were."""
        if self.heard >= self.messages:
            return None
        share = "none" if self.heard == 0 else percent(self.heard / self.messages)
        return f"Of {self.messages:,} messages, {share} were heard: the channel was silenced, or lost them."

    def renderables(self) -> Group:
        """The study for a terminal; printing is left to the caller."""
        parts: list[RenderableType] = [Text(f"Read from {self.population}.")]
        parts += [Text(self.hearing, style="yellow")] if self.hearing else []
        parts += [Text("What each symbol means", style="bold"), *(Text(f"  {line}") for line in self.sentences)]
        parts += [Text(f"  {self.used}")] if self.used else []
        parts += [_code_table(self)]
        for title, tree in (("message", self.message_tree), ("action", self.action_tree)):
            if tree:
                parts += [
                    Text(f"\nDecision tree for the {title}", style="bold"),
                    Text(tree.summary()),
                    Text(tree.text()),
                ]
        return Group(*parts)


def study(knowledge: Knowledge, population: str, situation: Sequence[str] | None = None) -> Study:
    """Analyze the messages and actions of a team.

    Args:
        knowledge: the knowledge in its episodes, as the game's ``knowledge`` function returns it.
        population: a description of these episodes, such as "all 729 orders of visits".
        situation: the features of a sender that make a row of the code table, the game's own if None; with the clock,
            they also make the situations of the language's canonical form.

    Raises:
        ValueError: if there was no action to choose, or a feature is not known.
    """
    said = knowledge.messages
    by = (*(knowledge.situation if situation is None else situation), knowledge.clock)
    readable = len(said.names) <= LISTED
    few = len(symbols_in_use(said, by)) <= MOST_SYMBOLS
    return Study(
        population=population,
        symbols=said.names,
        possible=len(said.names) if knowledge.possible is None else knowledge.possible,
        messages=said.total,
        heard=knowledge.heard,
        clock=knowledge.clock,
        code=code_table(said, by),
        facts=fact_tables(knowledge),
        meanings=meanings(knowledge),
        message_tree=smallest_tree(said) if said.total and readable else None,
        action_tree=smallest_tree(knowledge.actions) if readable else None,
        language=canonical_form(said, by) if few else None,
        language_by_step=canonical_form_by_step(said, by, knowledge.clock) if few else None,
    )


def code_table(said: Decisions, by: Sequence[str]) -> CodeTable:
    """Count messages by their sender's situation; the last feature of ``by`` makes the columns."""
    situations, pairs = said.pairs_by_known(by)
    rows, row = np.unique(situations[:, :-1], axis=0, return_inverse=True)
    times, column = np.unique(situations[:, -1], return_inverse=True)
    places = list(zip(row.ravel().tolist(), column.ravel().tolist(), strict=True))
    sent: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for situation, symbol, often in pairs.tolist():
        sent.setdefault(places[situation], []).append((symbol, often))
    cells = {place: tuple(sorted(cell, key=lambda pair: -pair[1])) for place, cell in sent.items()}
    words = [tuple(said.known[name].text(v) for name, v in zip(by, r, strict=False)) for r in rows.tolist()]
    return CodeTable(tuple(by), tuple(words), tuple(times.tolist()), cells)


def _code_table(study: Study) -> Table:
    code = study.code
    table = Table(title="What is said, by what the sender knows", title_justify="left", title_style="bold")
    for name in code.by[:-1]:
        table.add_column(to_words(name))
    for time in code.times:
        table.add_column(f"{study.clock} {time}", justify="center")
    for r, words in enumerate(code.rows[:MAX_ROWS]):
        cells = [code.shares(r, c, study.symbols) for c in range(len(code.times))]
        table.add_row(*words, *(cell_text(cell) for cell in cells))
    if len(code.rows) > MAX_ROWS:
        table.caption = f"The first {MAX_ROWS} of {len(code.rows)} situations."
    return table


def cell_text(cell: Sequence[tuple[str, float]]) -> str:
    """One cell of the code table: a symbol, or symbols with their shares; a dot if the situation never occurred."""
    if len(cell) == 1:
        return cell[0][0]
    return ", ".join(f"{symbol} {percent(share)}" for symbol, share in cell) or "·"
