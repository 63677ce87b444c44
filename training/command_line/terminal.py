"""The study of a run for a terminal: sections of at most one screen, which state where the rest is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.markup import escape
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from ...protocols.analysis.language import percent
from ...protocols.analysis.trees import Tree, to_words
from ..reports import compositionality
from ..reports.rendering import number
from ..reports.report import headline
from ..reports.report_data import ReportData
from ..reports.study import CODE_FILE, NO_MESSAGES, Study

LINES, COLUMNS = 40, 100
"""Maximum size of a section."""
ROWS = 30
"""Maximum number of rows of a table."""
NO_SYMBOLS = "There is no table of meanings, because messages are continuous or the game does not define `knowledge`."


@dataclass(frozen=True)
class Screen:
    """A section that is cut to one screen.

    Attributes:
        content: the section.
        rest: where the whole section is, for the line that replaces what was cut.
    """

    content: RenderableType
    rest: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType | Segment]:
        options = options.update(width=min(options.max_width, COLUMNS), height=None)
        lines = console.render_lines(self.content, options, pad=False)
        shown = lines if len(lines) <= LINES else lines[: LINES - 1]
        for line in shown:
            yield from line
            yield Segment.line()
        if len(lines) > LINES:
            yield Text(f"... {len(lines) - len(shown):,} more lines: {self.rest}", style="dim")


def screens(data: ReportData, report: Path) -> Iterator[Screen]:
    """The sections of a study, to be printed one after the other.

    Args:
        data: the data of the report.
        report: the path of the report, which contains all sections in full.
    """
    code, metrics = report.with_name(CODE_FILE), report.with_name("study.json")
    yield Screen(Text(f"{headline(data.result)}\n"), str(report))
    study = data.study
    if study is None and not data.measured.values.get("measures"):
        yield Screen(Text(NO_SYMBOLS), str(report))
    if study is not None:
        yield Screen(_meanings(study), str(report))
        if study.messages:
            yield Screen(_code_table(study, code), str(code))
        for name, tree, summary in study.trees:
            yield Screen(_tree(name, tree, summary), str(report))
    if "compositionality" in data.measured.values:
        measures = data.measured.values["compositionality"]
        head, *rows = compositionality.rows(measures)
        table = _table("", head, rows, str(report))
        caption = Text(f"\n{compositionality.CAPTION}", style="bold")
        yield Screen(Group(Text(f"\n{compositionality.sentence(measures)}"), caption, table), str(report))
    scalars = [(name, number(value)) for name, value in data.measured.scalars()]
    yield Screen(_table("\nMetrics", ("metric", "value"), scalars, str(metrics)), str(metrics))


def _meanings(study: Study) -> Group:
    based = Text(f"Based on {study.population}.")
    if not study.messages:
        return Group(based, Text(NO_MESSAGES))
    hearing = [Text(study.hearing, style="yellow")] if study.hearing else []
    sentences = [Text(f"  {line}") for line in study.sentences]
    used = [Text(f"  {study.used}")] if study.used else []
    return Group(based, *hearing, Text("Meanings of the symbols", style="bold"), *used, *sentences)


def _code_table(study: Study, file: Path) -> Group:
    code = study.code
    cells = [
        [cell_text(code.shares(row, column, study.symbols)) for column in range(len(code.times))]
        for row in range(min(len(code.rows), ROWS))
    ]
    heads = [f"{study.clock} {time}" for time in code.times]
    words = [to_words(name) for name in code.by[:-1]]
    room = COLUMNS - 1 - sum(_width(column) for column in zip(words, *code.rows, strict=True))
    columns = 0
    for column in zip(heads, *cells, strict=True):
        room -= _width(column)
        columns += room >= 0
    columns = max(1, columns)
    rows = [(*words, *row[:columns]) for words, row in zip(code.rows, cells, strict=False)]
    table = _table("\nMessages by the sender's knowledge", (*words, *heads[:columns]), rows, "")
    cut = [f"The first {ROWS} of {len(code.rows):,} situations"] if len(code.rows) > ROWS else []
    cut += [f"the first {columns} of {len(heads)} values of {study.clock}"] if columns < len(heads) else []
    note = [Text(f"{' and '.join(cut)}. All: {file}", style="dim")] if cut else []
    return Group(table, *note)


def _width(words: Sequence[str]) -> int:
    """The width of a column with its padding and line."""
    return max(map(cell_len, words)) + 3


def _tree(name: str, tree: Tree | None, summary: str) -> Group:
    title = Text(f"\nDecision tree for the {name}", style="bold")
    drawn = [Text(tree.text(), no_wrap=True, overflow="ellipsis")] if tree else []
    return Group(title, Text(summary), *drawn)


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]], rest: str) -> Group:
    """A table of at most ``ROWS`` rows, which states where the others are."""
    table = Table(*map(escape, head))
    for row in rows[:ROWS]:
        table.add_row(*map(Text, row))
    parts: list[RenderableType] = [Text(title, style="bold")] if title else []
    if rest and len(rows) > ROWS:
        parts.append(table)
        return Group(*parts, Text(f"The first {ROWS} of {len(rows):,} rows. All: {rest}", style="dim"))
    return Group(*parts, table)


def cell_text(cell: Sequence[tuple[str, float]]) -> str:
    """Format a cell of the code table: a symbol, symbols with shares, or a dot if the situation never occurred.

    Of more than two symbols, only the number of the others is given.
    """
    if len(cell) == 1:
        return cell[0][0]
    shown = ", ".join(f"{symbol} {percent(share)}" for symbol, share in cell[:2])
    return f"{shown} (+{len(cell) - 2})" if len(cell) > 2 else shown or "·"
