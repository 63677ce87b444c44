"""Charts as inline SVG by matplotlib, with selectable text and with the page's colors (CSS variables)."""

import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from ..runs.figures import decimals

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, SOFT, LINE, ACCENT, SECOND, PAPER = "#010203", "#010204", "#010205", "#010206", "#010207", "#010208"
VARIABLES = {INK: "ink", SOFT: "soft", LINE: "line", ACCENT: "accent", SECOND: "second", PAPER: "paper"}
"""Colors that stand for the page's CSS variables while matplotlib draws."""
WIDTH, FONT = 5.6, 10.0
"""Width in inches and font size in points: about 400 units wide, so that text remains readable on a phone."""


@dataclass(frozen=True)
class Mark:
    """A reference return of the game, as a line in a chart.

    Attributes:
        name: name and kind of the reference return, in words.
        normalized_return: value of the reference return, divided by the oracle's.
    """

    name: str
    normalized_return: float


def learning_curve(runs: Sequence[Sequence[Mapping[str, Any]]], marks: Sequence[Mark], label: str) -> Markup | None:
    """Plot normalized return against updates: one line per run, and their median if all have the same updates.

    Args:
        runs: rows of metrics of each run; rows without a normalized return are omitted.
        marks: the reference returns to draw as lines.
        label: text alternative of the chart.

    Returns:
        The chart as SVG; None if no row has a normalized return.
    """
    curves = [
        [(row["updates"], row["normalized_return"]) for row in run if row.get("normalized_return") is not None]
        for run in runs
    ]
    curves = [curve for curve in curves if curve]
    if not curves:
        return None
    points = [np.array(curve, dtype=np.float64).T for curve in curves]
    figure, axes = plain_figure(2.8)
    for updates, normalized_return in points:
        single = len(points) == 1
        marker = "o" if len(updates) == 1 else None
        axes.plot(
            updates,
            normalized_return,
            color=ACCENT,
            linewidth=2 if single else 0.8,
            alpha=1 if single else 0.5,
            marker=marker,
        )
    if len(points) > 1 and all(np.array_equal(updates, points[0][0]) for updates, _ in points):
        axes.plot(
            points[0][0],
            np.median([normalized_return for _, normalized_return in points], axis=0),
            color=ACCENT,
            linewidth=2.4,
        )
    last = max(updates[-1] for updates, _ in points)
    lowest = min(float(normalized_return.min()) for _, normalized_return in points)
    axes.set_xlim(0, last)
    axes.set_ylim(
        min(0.0, lowest - 0.05), max(1.12, *(float(normalized_return.max()) + 0.05 for _, normalized_return in points))
    )
    low, high = axes.get_ylim()
    above = math.inf
    for mark in _merged(marks, 0.02 * (high - low)):
        axes.axhline(mark.normalized_return, color=SECOND, linewidth=1.2, linestyle=(0, (5, 3)), zorder=1)
        below = above - mark.normalized_return < 0.1 * (high - low)
        axes.annotate(
            mark.name, (last, mark.normalized_return), xytext=(-2, -3 if below else 3), textcoords="offset points",
            ha="right", va="top" if below else "bottom", color=SECOND, fontsize=FONT - 1,
        )  # fmt: skip
        above = mark.normalized_return
    axes.set_xlabel(_updates(runs))
    axes.set_ylabel("normalized return (oracle = 1)")
    return figure_svg(figure, label, "curve")


def measure_curves(runs: Sequence[Sequence[Mapping[str, Any]]], label: str, loss: str = "loss") -> Markup | None:
    """Plot the loss, and each measure that a game defines, against updates, with one chart each and one line per run.

    Args:
        runs: rows of metrics of each run.
        label: text alternative of the charts.
        loss: title of the chart of the loss.

    Returns:
        The charts as SVG; None if no row has measures.
    """
    measures = list(dict.fromkeys(name for run in runs for row in run for name in row.get("measures", {})))
    if not measures:
        return None
    names = ["loss", *measures]
    figure, charts = plain_figure(1.5 * len(names), len(names))
    for name, chart in zip(names, charts, strict=True):
        for run in runs:
            values_by_name = [(row["updates"], {"loss": row.get("loss")} | row.get("measures", {})) for row in run]
            points = [(updates, found[name]) for updates, found in values_by_name if found.get(name) is not None]
            if points:
                updates, values = zip(*points, strict=True)
                marker = "o" if len(updates) == 1 else None
                chart.plot(updates, values, color=ACCENT, linewidth=2 if len(runs) == 1 else 0.8, marker=marker)
        chart.set_title(loss if name == "loss" else name.replace("_", " "), loc="left", color=SOFT, fontsize=FONT)
        chart.set_ylim(bottom=0)
    charts[-1].set_xlabel(_updates(runs))
    return figure_svg(figure, label, "measures")


def _merged(marks: Sequence[Mark], distance: float) -> list[Mark]:
    """Marks from the highest to the lowest; those whose lines would coincide become one."""
    merged: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: -mark.normalized_return):
        if merged and merged[-1].normalized_return - mark.normalized_return < distance:
            merged[-1] = replace(merged[-1], name=f"{merged[-1].name}, {mark.name}")
        else:
            merged.append(mark)
    return merged


Curve = Sequence[tuple[int, float]]


def relearning_curves(sides: Mapping[str, Sequence[tuple[Curve, Curve]]], label: str) -> Markup | None:
    """Plot performance during re-learning: one color per folder of runs, one line per seed, and dashed controls.

    Args:
        sides: by name of the folder, the curve of each seed as (episodes, performance), and the curve of its control.
        label: text alternative of the chart.

    Returns:
        The chart as SVG; None if nothing was re-learned.
    """
    if not any(curve for seeds in sides.values() for curve, _ in seeds):
        return None
    figure, axes = plain_figure(2.8)
    for color, (side, seeds) in zip((ACCENT, SECOND, SOFT), sides.items(), strict=False):
        for number, (curve, control) in enumerate(seeds):
            for line, style in ((curve, "-"), (control, (0, (4, 3)))):
                if line:
                    name = side if line is curve and number == 0 else None
                    axes.plot(*np.array(line).T, color=color, linewidth=1.1, alpha=0.8, linestyle=style, label=name)
    axes.set_ylim(0, 1.02)
    axes.set_xlim(left=0)
    axes.set_xlabel("episodes of re-learning")
    axes.set_ylabel("performance")
    axes.legend(frameon=False, labelcolor=INK, fontsize=FONT - 1, loc="lower right")
    return figure_svg(figure, label, "relearned")


def score_bars(scores: Mapping[str, float], marks: Sequence[Mark], label: str) -> Markup:
    """Plot one horizontal bar per name with its value, and the game's reference returns as lines."""
    figure, axes = plain_figure(0.75 + 0.34 * len(scores))
    names = list(scores)
    values = [scores[name] for name in names]
    colors = [ACCENT if name == "normal" else SOFT for name in names]
    axes.barh(names, values, color=colors, height=0.62)
    axes.invert_yaxis()
    low, high = min(0.0, *values), max(1.0, *values)
    margin = 0.17 * (high - low)
    axes.set_xlim(low - (margin if low < 0 else 0), high + margin)
    for row, value in enumerate(values):
        side, end = (4, "left") if value >= 0 else (-4, "right")
        axes.annotate(
            decimals(value), (value, row), xytext=(side, 0), textcoords="offset points", ha=end, va="center",
            color=INK, fontsize=FONT - 1, bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1},
        )  # fmt: skip
    for mark in marks:
        axes.axvline(mark.normalized_return, color=SECOND, linewidth=1.2, linestyle=(0, (5, 3)), zorder=0)
    if low < 0:
        axes.axvline(0, color=SOFT, linewidth=1)
    axes.grid(visible=False)
    axes.tick_params(axis="y", labelcolor=INK, length=0)
    axes.set_xlabel("normalized return (oracle = 1)")
    return figure_svg(figure, label, "bars")


def _updates(runs: Sequence[Sequence[Mapping[str, Any]]]) -> str:
    """The label of an axis of updates, with the number of episodes per update if it is constant."""
    per = {row["episodes"] / row["updates"] for run in runs for row in run if row.get("episodes") and row["updates"]}
    return f"updates ({per.pop():g} episodes per update)" if len(per) == 1 else "updates"


def plain_figure(height: float, rows: int = 1) -> tuple[Any, Any]:
    """A transparent figure of this height in inches, and its axes; a list of them if there are several rows."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"font.size": FONT, "font.family": "DejaVu Sans"}):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        charts = [figure.add_subplot(rows, 1, row + 1) for row in range(rows)]
    figure.patch.set_visible(False)
    for axes in charts:
        axes.patch.set_visible(False)
        for side, spine in axes.spines.items():
            spine.set_visible(side == "bottom")
            spine.set_color(LINE)
        axes.tick_params(colors=SOFT, length=3)
        axes.xaxis.label.set_color(SOFT)
        axes.yaxis.label.set_color(SOFT)
        axes.grid(axis="y", color=LINE, linewidth=0.7)
        axes.set_axisbelow(True)
    return figure, charts if rows > 1 else charts[0]


def figure_svg(figure: "Figure", label: str, salt: str = "figure") -> Markup:
    """Convert a matplotlib figure to inline SVG without ids; placeholder colors become the page's CSS variables.

    Args:
        figure: the figure to draw.
        label: text alternative of the figure.
        salt: text that makes the names of clip paths unique to this figure.
    """
    import matplotlib as mpl

    text = io.StringIO()
    no_metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": salt, "font.family": "DejaVu Sans"}):
        figure.savefig(text, format="svg", metadata=no_metadata)
    svg = text.getvalue()
    svg = re.sub(r' id="[\w.]+_\d+"', "", svg[svg.index("<svg") :].strip())
    opening = Markup('<svg viewBox="{}" role="img" aria-label="{}">')
    svg = re.sub(r'<svg [^>]*?viewBox="([^"]*)"[^>]*>', lambda match: opening.format(match[1], label), svg)
    for color, variable in VARIABLES.items():
        svg = svg.replace(color, f"var(--{variable})")
    return Markup(svg)
