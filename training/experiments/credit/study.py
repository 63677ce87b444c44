"""Train every pair of carrier and credit of a game over seeds: normalized return and cost per update."""

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from rich.table import Table

from ....protocols.channels.channel import Credit
from ....protocols.common.errors import invalid
from ....protocols.common.files import write_json
from ...runs.aggregate import aggregate
from ...runs.figures import decimals
from ...runs.loop import Run, Stopped
from ...runs.run_folder import PLAN, check_new
from ...runs.seeds import planned, resume_seeds, runs_of, train_seeds
from .pairs import Pair, pairs

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Found = list[dict[str, Any]]
"""Each pair's ``carrier`` and ``credit``; and its figures, or the ``reason`` why there are none."""


def study_credit(
    game: str,
    seeds: Sequence[int],
    out: Path,
    updates: int | None = None,
    workers: int = 1,
    callback: Callable[[Pair, Run], object] | None = None,
) -> Found:
    """Train every pair of a game in ``out/PAIR/seed-S``; write ``credit.json``, pair by pair, and ``credit.svg``.

    Existing runs with these settings are resumed.

    Args:
        game: a game with carriers to pair.
        seeds: the seeds of each pair.
        out: a new or empty folder, or one of the same study.
        updates: the number of updates of each run; None for the defaults of the recipes.
        workers: the number of processes at the same time.
        callback: called as each run ends.

    Raises:
        ValueError: for an invalid game, seed, folder or number.
        Stopped, ChildProcessError: as ``train_seeds``; repeating the call continues the study.
    """
    every = pairs(game, updates)
    _check_folder(out, [pair for pair in every if pair.settings], seeds)
    out.mkdir(parents=True, exist_ok=True)
    found: Found = []
    for pair in every:
        try:
            found.append(_learned(pair, seeds, out, workers, callback))
        except Stopped as stop:
            again = f"the same interlect credit command, --out {out}"
            raise Stopped(stop.number, out, True, again) from stop
        write_json(out / "credit.json", {"game": game, "seeds": list(seeds), "pairs": found})
    plot(found).savefig(out / "credit.svg")
    return found


def table(found: Found) -> Table:
    """One row per pair: normalized return over seeds, and CPU time per update."""
    shown = Table(show_header=True)
    for column in ("carrier", "credit", "normalized return: mean", "minimum", "maximum", "CPU-ms per update"):
        shown.add_column(column, justify="left" if column in ("carrier", "credit") else "right")
    for row in found:
        if "reason" in row:
            shown.add_row(row["carrier"], row["credit"], "–", "–", "–", "–")
        else:
            spread = (decimals(row["normalized_return"][name]) for name in ("mean", "minimum", "maximum"))
            shown.add_row(row["carrier"], row["credit"], *spread, f"{1000 * row['cpu_seconds_per_update']:.1f}")
    return shown


def plot(found: Found) -> "Figure":
    """Heat maps of normalized return and CPU milliseconds per update, carriers by credit; blank for invalid pairs."""
    from matplotlib.figure import Figure

    carriers, credits = list(dict.fromkeys(row["carrier"] for row in found)), get_args(Credit)
    figure = Figure(figsize=(9, 1.6 + 0.6 * len(carriers)), layout="constrained")
    colors = {
        "normalized return (oracle = 1)": (
            {_cell(row): row["normalized_return"]["mean"] for row in found if "reason" not in row},
            "{:.3f}",
            1.0,
        ),
        "CPU milliseconds per update": (
            {_cell(row): 1000 * row["cpu_seconds_per_update"] for row in found if "reason" not in row},
            "{:.1f}",
            None,
        ),
    }
    for axes, (title, (values, style, most)) in zip(figure.subplots(1, 2, sharey=True), colors.items(), strict=True):
        grid = np.array([[values.get((carrier, credit), np.nan) for credit in credits] for carrier in carriers])
        axes.imshow(grid, cmap="viridis", vmin=0, vmax=most, aspect="auto")
        axes.set(title=title, xticks=range(len(credits)), yticks=range(len(carriers)))
        axes.set_xticklabels(credits)
        axes.set_yticklabels(carriers)
        for (row, column), value in np.ndenumerate(grid):
            text = "–" if np.isnan(value) else style.format(value)
            light = value < 0.6 * (most or np.nanmax(grid))
            axes.text(column, row, text, ha="center", va="center", color="white" if light else "black")
    return figure


def _check_folder(out: Path, trained: Sequence[Pair], seeds: Sequence[int]) -> None:
    """Check that a folder is new, or holds runs of these pairs with these settings and seeds."""
    initial_agents = [pair for pair in trained if (out / pair.name / PLAN).is_file()]
    if not initial_agents:
        check_new(out)
    for pair in initial_agents:
        settings, planned_seeds = planned(out / pair.name)
        if (settings, planned_seeds) != (pair.settings, list(seeds)):
            received = f"{pair.name} of {settings.updates} updates, seeds {planned_seeds}"
            remedy = "Choose another --out, or the previous --seeds and --updates."
            raise invalid("A resumed study must keep its settings and seeds", received, remedy)


def _learned(
    pair: Pair, seeds: Sequence[int], out: Path, workers: int, callback: Callable[[Pair, Run], object] | None
) -> dict[str, Any]:
    """A pair's row in the table."""
    line = {"carrier": pair.carrier, "credit": pair.credit}
    if pair.settings is None:
        return line | {"reason": pair.reason}
    folder = out / pair.name

    def ended(run: Run) -> None:
        if callback:
            callback(pair, run)

    if (folder / PLAN).is_file():
        resume_seeds(folder, workers, ended)
    else:
        train_seeds(pair.settings, seeds, folder, workers, ended)
    results = [Run.load(run).result for run in runs_of(folder).values()]
    summary = aggregate(results)
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
    return line | {"recipe": pair.settings.recipe} | measured | {"cpu_seconds_per_update": cost}


def _cell(row: dict[str, Any]) -> tuple[str, str]:
    return row["carrier"], row["credit"]
