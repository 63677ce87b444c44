"""Sections about a team's language: the meanings of symbols, the protocol, and the compositionality of the code."""

from collections.abc import Sequence
from typing import Any

from ....protocols.analysis.language import FactTable
from ....protocols.analysis.trees import to_words
from .. import compositionality
from ..drawings import tree_svg
from ..rendering import render
from ..report_data import ReportData, Section
from ..study import CODE_FILE, MAX_ROWS, NO_MESSAGES, Study

MAX_COLUMNS = 16
"""With more symbols, tables of facts would be too wide and are omitted."""


def symbols(data: ReportData) -> Section | None:
    """The meaning of each symbol, in words. None for messages that the game measures, such as pictures."""
    study, title = data.study, "Meanings of the symbols"
    if study is None and data.measured.values.get("measures"):
        return None
    if study is None:
        return Section(title, "These messages are real numbers, not symbols, so there is no table of meanings.")
    if not study.messages:
        return Section("Messages", f"Based on {study.population}. {NO_MESSAGES}")
    meanings = []
    for sentence in study.sentences:
        symbol, _, words = sentence.partition(": ")
        meanings.append((symbol, _color(study, symbol) if symbol in study.symbols else 0, words))
    return Section(title, render("symbols.html", study=study, meanings=meanings))


def protocol(data: ReportData) -> Section | None:
    """Messages by situation, decision trees, and tables of symbols and facts."""
    study = data.study
    if study is None:
        return None
    trees = []
    for name, tree, summary in study.trees:
        label = f"Decision tree for the {name}. {summary} The same tree follows as text."
        trees.append((name, tree, summary, tree_svg(tree, label) if tree else None))
    body = render(
        "protocol.html",
        study=study,
        rows=_code_rows(study),
        trees=trees,
        facts=[_fact_table(table, study.symbols) for table in study.facts]
        if study.messages and len(study.symbols) <= MAX_COLUMNS
        else [],
        code_file=CODE_FILE,
    )
    return Section("The protocol" if study.messages else "Actions", body)


def compositional_code(data: ReportData) -> Section | None:
    """The compositionality of a sender's code for objects."""
    measures = data.measured.values.get("compositionality")
    if measures is None:
        return None
    head, *rows = compositionality.rows(measures)
    sentence, caption = compositionality.sentence(measures), compositionality.CAPTION
    body = render("compositionality.html", sentence=sentence, caption=caption, head=head, rows=rows)
    return Section("Compositionality", body)


def _color(study: Study, symbol: str) -> int:
    return study.symbols.index(symbol) % 6


def _code_rows(study: Study) -> list[tuple[tuple[str, ...], list[tuple[int | None, list[tuple[str, float]]]]]]:
    """By situation: its features in words and, by time, the cell's color and the symbols with their shares."""
    rows = []
    for row, words in enumerate(study.code.rows[:MAX_ROWS]):
        shares = [study.code.shares(row, column, study.symbols) for column in range(len(study.code.times))]
        rows.append((words, [(_color(study, cell[0][0]) if cell else None, cell) for cell in shares]))
    return rows


def _fact_table(facts: FactTable, symbols: Sequence[str]) -> dict[str, Any]:
    name = to_words(facts.fact)
    return {
        "caption": f"{name}: {facts.bits:.2f} of {facts.of_bits:.2f} bits",
        "head": (name, *(f"sent {symbol}" for symbol in symbols)),
        "rows": [
            (str(value), *(f"{count:,}" for count in row))
            for value, row in zip(facts.values, facts.counts.tolist(), strict=True)
        ],
    }
