"""Train every pair of carrier and credit of a game over seeds: normalized return and cost per update."""

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from rich.table import Table

from ....protocols.channels.channel import Credit
from ....protocols.common.checks import check_integer
from ....protocols.common.disk_errors import disk_errors
from ....protocols.common.errors import argument, invalid
from ....protocols.common.files import write_bytes, write_json
from ....protocols.common.limits import MAX_WORKERS
from ...run_folders.paths import check_new
from ...run_folders.remedies import another_folder, is_several
from ...runs.figures import decimals
from ...runs.loop import Stopped
from ...runs.seeds import check_seeds, planned, resume_seeds, train_seeds
from ...runs.workers import dead_workers
from .pairs import Pair, pairs

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EndCallback = Callable[[Pair, int, dict[str, Any]], object]
"""Called with a pair, a seed, and the result of its run."""
PairResults = list[dict[str, Any]]
"""For each pair its ``carrier`` and ``credit``, and its results or the ``reason`` why there are none."""


def study_credit(
    game: str,
    seeds: Sequence[int],
    out: Path,
    updates: int | None = None,
    workers: int = 1,
    callback: EndCallback | None = None,
) -> PairResults:
    """Train every pair of a game in ``out/PAIR/seed-S``; write ``credit.json``, pair by pair, and ``credit.svg``.

    Existing runs with these settings are resumed.

    Args:
        game: a game with carriers to pair.
        seeds: the seeds of each pair.
        out: a new or empty folder, or the folder of the same study.
        updates: number of updates of each run; None for the defaults of the recipes.
        workers: number of processes that run in parallel.
        callback: called after each run with its pair, seed and result.

    Raises:
        ValueError: for an invalid game, seed, folder or number.
        Stopped, ChildProcessError, DiskError: as in ``train_seeds``; repeating the call continues the study.
    """
    check_integer("workers", workers, 1, limit=MAX_WORKERS)
    check_seeds(seeds)
    all_pairs = pairs(game, updates)
    _check_folder(out, [pair for pair in all_pairs if pair.settings], seeds)
    again = "use the same `interlect credit` again"
    with disk_errors(out, lambda: ("All complete checkpoints are kept.", another_folder(), again)):
        out.mkdir(parents=True, exist_ok=True)
        return _train_pairs(all_pairs, game, seeds, out, workers, callback)


def _train_pairs(
    all_pairs: Sequence[Pair],
    game: str,
    seeds: Sequence[int],
    out: Path,
    workers: int,
    callback: EndCallback | None,
) -> PairResults:
    results: PairResults = []
    for pair in all_pairs:
        try:
            results.append(_pair_result(pair, seeds, out, workers, callback))
        except Stopped as stop:
            command = f"the same interlect credit command, --out {out}"
            raise Stopped(stop.number, out, True, command) from stop
        write_json(out / "credit.json", {"game": game, "seeds": list(seeds), "pairs": results})
    drawing = BytesIO()
    plot(results).savefig(drawing, format="svg")
    write_bytes(out / "credit.svg", drawing.getvalue())
    return results


def table(results: PairResults) -> Table:
    """A table with one row per pair: normalized return over seeds, and CPU time per update."""
    table = Table(show_header=True)
    for column in ("carrier", "credit", "normalized return: mean", "minimum", "maximum", "CPU-ms per update"):
        table.add_column(column, justify="left" if column in ("carrier", "credit") else "right")
    for row in results:
        if "reason" in row:
            table.add_row(row["carrier"], row["credit"], "–", "–", "–", "–")
        else:
            spread = (decimals(row["normalized_return"][name]) for name in ("mean", "minimum", "maximum"))
            table.add_row(row["carrier"], row["credit"], *spread, f"{1000 * row['cpu_seconds_per_update']:.1f}")
    return table


def plot(results: PairResults) -> "Figure":
    """Heat maps of normalized return and CPU milliseconds per update, carriers by credit; blank for invalid pairs."""
    from matplotlib.figure import Figure

    carriers, credits = list(dict.fromkeys(row["carrier"] for row in results)), get_args(Credit)
    figure = Figure(figsize=(9, 1.6 + 0.6 * len(carriers)), layout="constrained")
    colors = {
        "normalized return (oracle = 1)": (
            {_cell(row): row["normalized_return"]["mean"] for row in results if "reason" not in row},
            "{:.3f}",
            1.0,
        ),
        "CPU milliseconds per update": (
            {_cell(row): 1000 * row["cpu_seconds_per_update"] for row in results if "reason" not in row},
            "{:.1f}",
            None,
        ),
    }
    for axes, (title, (values, number_format, highest)) in zip(
        figure.subplots(1, 2, sharey=True), colors.items(), strict=True
    ):
        grid = np.array([[values.get((carrier, credit), np.nan) for credit in credits] for carrier in carriers])
        axes.imshow(grid, cmap="viridis", vmin=0, vmax=highest, aspect="auto")
        axes.set(title=title, xticks=range(len(credits)), yticks=range(len(carriers)))
        axes.set_xticklabels(credits)
        axes.set_yticklabels(carriers)
        for (row, column), value in np.ndenumerate(grid):
            text = "–" if np.isnan(value) else number_format.format(value)
            light = value < 0.6 * (highest or np.nanmax(grid))
            axes.text(column, row, text, ha="center", va="center", color="white" if light else "black")
    return figure


def _check_folder(out: Path, trained: Sequence[Pair], seeds: Sequence[int]) -> None:
    """Check that a folder is new, or holds runs of these pairs with these settings and seeds."""
    existing = [pair for pair in trained if is_several(out / pair.name)]
    if not existing:
        check_new(out)
    for pair in existing:
        settings, planned_seeds = planned(out / pair.name)
        if (settings, planned_seeds) != (pair.settings, list(seeds)):
            received = f"{pair.name} of {settings.updates} updates, seeds {planned_seeds}"
            previous = f"{argument('seeds')} and {argument('updates')}"
            remedy = f"{another_folder().capitalize()}, or pass the previous {previous}."
            raise invalid("A resumed study must keep its settings and seeds", received, remedy)


def _pair_result(
    pair: Pair,
    seeds: Sequence[int],
    out: Path,
    workers: int,
    callback: EndCallback | None,
) -> dict[str, Any]:
    """Train a pair, or resume its runs; returns its results."""
    labels = {"carrier": pair.carrier, "credit": pair.credit}
    if pair.settings is None:
        return labels | {"reason": pair.reason}
    folder = out / pair.name

    results = []

    def notify(seed: int, result: dict[str, Any]) -> None:
        results.append(result)
        if callback:
            callback(pair, seed, result)

    with dead_workers("All checkpoints are kept. Use the same `interlect credit` again"):
        if is_several(folder):
            summary = resume_seeds(folder, workers, notify)
        else:
            summary = train_seeds(pair.settings, seeds, folder, workers, notify)
    measured = {
        name: summary[name]
        for name in (
            "updates",
            "batch",
            "normalized_return",
            "normalized_return_by_seed",
            "oracle",
            "no_communication",
            "how",
        )
    }
    cost = median(result["cpu_seconds"] / result["updates"] for result in results)
    return labels | {"recipe": pair.settings.recipe} | measured | {"cpu_seconds_per_update": cost}


def _cell(row: dict[str, Any]) -> tuple[str, str]:
    return row["carrier"], row["credit"]
