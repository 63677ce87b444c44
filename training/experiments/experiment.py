"""Run an experiment over seeds; print a table with confidence intervals, and write it as JSON."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import torch
import tyro
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy import stats

from ...protocols.common.errors import invalid
from ...protocols.common.files import write_json
from ..runs.seeds import parse_seeds

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MAX_COLUMNS = 8
"""Tables with more columns show means without intervals; the JSON file contains both."""
Rows: TypeAlias = Mapping[str, Mapping[str, float]]
"""Results of one seed, by row and column of the table."""
Summary: TypeAlias = Mapping[str, Mapping[str, Sequence[float]]]
"""[mean, low, high] over seeds, or [mean] for a single seed, by row and column of the table."""


@dataclass(frozen=True)
class Arguments:
    """Command-line arguments of an experiment."""

    out: Path
    """Path of the JSON file."""
    seeds: str = "0-9"
    """Seeds, such as 0-9 or 0,3,7; settings were tuned on other seeds, from 100 on."""


def experiment(
    title: str, name: str, run: Callable[[int], Rows], draw: Callable[[Summary], "Figure"] | None = None
) -> None:
    """Command line of an experiment: run it, print its tables and write its JSON file.

    Args:
        title: title of the table.
        name: name of the default output file, ``runs/NAME.json``.
        run: function that returns the results of one seed.
        draw: function that plots the summary; the figure is written next to the JSON file as SVG.
    """
    arguments = tyro.cli(Arguments, default=Arguments(Path("runs") / f"{name}.json"), description=title)
    torch.set_num_threads(1)
    console = Console(width=max(160, Console().width))
    seeds = parse_seeds(arguments.seeds)
    rows = [run(seed) for seed in track(seeds, description=name, console=console)]
    summary = summarize(rows)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    by_seed = {str(seed): row for seed, row in zip(seeds, rows, strict=True)}
    write_json(arguments.out, {"title": title, "seeds": seeds, "mean_95": summary, "by_seed": by_seed})
    for columns in dict.fromkeys(tuple(row) for row in summary.values()):
        same_columns = {name: row for name, row in summary.items() if tuple(row) == columns}
        console.print(_table(title, same_columns, len(seeds)))
    if draw:
        draw(summary).savefig(arguments.out.with_suffix(".svg"))
    console.print(f"{arguments.out}", markup=False, highlight=False)


def difference(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    """Difference of two rows by column; averaged over seeds, it is a paired comparison."""
    return {column: value - other[column] for column, value in one.items()}


def summarize(rows: Sequence[Rows]) -> dict[str, dict[str, list[float]]]:
    """Compute the mean over seeds and its 95% t-interval by row and column: [mean, low, high], or [mean] for one seed.

    Raises:
        ValueError: if seeds differ in their rows or columns.
    """
    shape = {row: list(columns) for row, columns in rows[0].items()}
    for other in rows:
        received = {row: list(columns) for row, columns in other.items()}
        if received != shape:
            raise invalid("All seeds must have the same rows and columns", received, f"Pass {shape}.")
    return {
        row: {column: interval([seed[row][column] for seed in rows]) for column in columns}
        for row, columns in shape.items()
    }


def interval(values: Sequence[float]) -> list[float]:
    """Mean of independent values and its 95% t-interval, [mean, low, high]; [mean] for a single value."""
    array = np.asarray(values, dtype=np.float64)
    mean = float(array.mean())
    if len(array) < 2:
        return [mean]
    error = stats.sem(array)
    low, high = stats.t.interval(0.95, len(array) - 1, loc=mean, scale=error) if error else (mean, mean)
    return [mean, float(low), float(high)]


def _table(title: str, summary: Summary, seeds: int) -> Table:
    columns = list(next(iter(summary.values())))
    table = Table(title=f"{title}; {seeds} seeds, mean ± half the width of a 95% t-interval", title_justify="left")
    for column in ("", *columns):
        table.add_column(column, justify="right" if column else "left", no_wrap=not column)
    for row, values in summary.items():
        table.add_row(row, *(_cell(value, len(columns) <= MAX_COLUMNS) for value in values.values()))
    return table


def _cell(value: Sequence[float], interval: bool) -> str:
    return f"{value[0]:.3f}" + (f" ±{value[2] - value[0]:.3f}" if interval and len(value) > 1 else "")
