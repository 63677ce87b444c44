"""A learned protocol, studied: who says what when, what each symbol means, and trees that do what the team does."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..protocols.canonical import MOST_SYMBOLS, Language, canonical, canonical_by_step, symbols_in_use
from ..protocols.knowledge import Decisions, Knowledge
from ..protocols.language import FactTable, Meaning, fact_tables, meanings, percent
from ..protocols.trees import Tree, smallest_tree, spoken

MOST_ROWS = 64
"""A larger code table is cut, and says so."""


@dataclass(frozen=True)
class CodeTable:
    """How often each symbol was sent in each situation of its sender.

    Attributes:
        by: the features that make a row, then the clock, whose values are the columns.
        rows: what each row's features are, in words.
        times: the columns (S).
        counts: how often each symbol (V) was sent.
    """

    by: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    times: tuple[int, ...]
    counts: Int64[np.ndarray, "R S V"]

    def said(self, row: int, column: int, symbols: Sequence[str]) -> list[tuple[str, float]]:
        """The symbols of one cell with their shares, the most frequent first; empty if it never came to this."""
        counts = self.counts[row, column]
        order = np.argsort(-counts, kind="stable")
        return [(symbols[symbol], float(counts[symbol] / counts.sum())) for symbol in order if counts[symbol]]


@dataclass(frozen=True)
class Study:
    """What there is to read in one team's play.

    Attributes:
        population: the episodes it was read from, in words.
        symbols: names of all messages.
        messages: how many messages somebody could hear.
        heard: how many of them were heard.
        clock: the name of the time.
        code: the code table.
        facts: how often each symbol was sent at each value of each fact, the most informative fact first.
        meanings: what each symbol means.
        message_tree: reproduces what is said; None if nothing was.
        action_tree: reproduces what is done.
        language: the code up to renaming of symbols; see ``same_language``. None where too many symbols are in use.
        language_by_step: the same, renaming anew at every step.
    """

    population: str
    symbols: tuple[str, ...]
    messages: int
    heard: int
    clock: str
    code: CodeTable
    facts: tuple[FactTable, ...]
    meanings: tuple[Meaning, ...]
    message_tree: Tree | None
    action_tree: Tree
    language: Language | None
    language_by_step: Language | None

    @property
    def sentences(self) -> tuple[str, ...]:
        """What each symbol means, in words; symbols never sent are told together."""
        silent = [meaning.symbol for meaning in self.meanings if not meaning.sent]
        said = [meaning.sentence for meaning in self.meanings if meaning.sent]
        return (*said, *([f"{', '.join(silent)}: never sent in {self.messages:,} messages."] if silent else []))

    @property
    def hearing(self) -> str | None:
        """Says so if not every message was heard; None if all were."""
        if self.heard >= self.messages:
            return None
        share = "none" if self.heard == 0 else percent(self.heard / self.messages)
        return f"Of {self.messages:,} messages, {share} were heard: the channel was silenced, or lost them."

    def renderables(self) -> Group:
        """The study for a terminal; printing is the caller's."""
        parts: list[RenderableType] = [Text(f"Read from {self.population}.")]
        parts += [Text(self.hearing, style="yellow")] if self.hearing else []
        parts += [Text("What each symbol means", style="bold"), *(Text(f"  {line}") for line in self.sentences)]
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
    """Study what a team said and did.

    Args:
        knowledge: of its episodes, as the game's own ``knowledge`` function tells it.
        population: which episodes these are, in words: "all 729 orders of visits".
        situation: the features of a sender that make a row of the code table, the game's own if None; with the clock,
            they also make the situations of the language's canonical form.

    Raises:
        ValueError: if there was no action to choose, or a feature is not known.
    """
    said = knowledge.messages
    by = (*(knowledge.situation if situation is None else situation), knowledge.clock)
    few = len(symbols_in_use(said, by)) <= MOST_SYMBOLS
    return Study(
        population=population,
        symbols=said.names,
        messages=said.total,
        heard=knowledge.heard,
        clock=knowledge.clock,
        code=code_table(said, by),
        facts=fact_tables(knowledge),
        meanings=meanings(knowledge),
        message_tree=smallest_tree(said) if said.total else None,
        action_tree=smallest_tree(knowledge.actions),
        language=canonical(said, by) if few else None,
        language_by_step=canonical_by_step(said, by, knowledge.clock) if few else None,
    )


def code_table(said: Decisions, by: Sequence[str]) -> CodeTable:
    """Count messages by their sender's situation; the last feature of ``by`` makes the columns."""
    situations, counts = said.by_known(by)
    rows, row = np.unique(situations[:, :-1], axis=0, return_inverse=True)
    times, column = np.unique(situations[:, -1], return_inverse=True)
    table = np.zeros((len(rows), len(times), len(said.names)), dtype=np.int64)
    table[row.ravel(), column.ravel()] = counts
    words = [tuple(said.known[name].say(v) for name, v in zip(by, r, strict=False)) for r in rows.tolist()]
    return CodeTable(tuple(by), tuple(words), tuple(times.tolist()), table)


def _code_table(study: Study) -> Table:
    code = study.code
    table = Table(title="What is said, by what the sender knows", title_justify="left", title_style="bold")
    for name in code.by[:-1]:
        table.add_column(spoken(name))
    for time in code.times:
        table.add_column(f"{study.clock} {time}", justify="center")
    for r, words in enumerate(code.rows[:MOST_ROWS]):
        cells = [code.said(r, c, study.symbols) for c in range(len(code.times))]
        table.add_row(*words, *(cell_text(cell) for cell in cells))
    if len(code.rows) > MOST_ROWS:
        table.caption = f"The first {MOST_ROWS} of {len(code.rows)} situations."
    return table


def cell_text(cell: Sequence[tuple[str, float]]) -> str:
    """One cell of the code table: a symbol, or symbols with their shares; a dot where it never came to this."""
    if len(cell) == 1:
        return cell[0][0]
    return ", ".join(f"{symbol} {percent(share)}" for symbol, share in cell) or "·"
