"""operators.html: a self-contained page that shows the scorecards of several folders side by side."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...agents.operators.measuring import CONTRAST
from ...protocols.common.files import write_bytes
from ..reports.charts import relearning_curves
from ..reports.rendering import Templates
from .graph_svg import graph_svg
from .rows import COLUMNS, Row, cell

LARGE_LOSS = 0.25
"""Losses of at least this size are shown in the stronger color."""
INTRODUCTION = (
    "Before: performance of the trained structure, scaled to what the new structure can reach. Zero-shot: performance "
    "immediately after the operator. Re-learned: performance after small interfaces were trained while all other "
    "modules were frozen. Never trained and removed are controls: the same interfaces and budget around modules that "
    "were never trained, and the structure without the changed modules. Retained: (after - control) / (before - "
    "control) with the better control, so that 1 means that all knowledge was retained, and 0 that the result "
    "requires no learned knowledge. It is undefined where the performance before is less than .05 above the control."
)


def write_page(path: Path, sides: Mapping[str, Mapping[int, Sequence[Row]]], summary: Mapping[str, Any]) -> Path:
    """Write the page.

    Args:
        path: the path of the HTML file, which is replaced as a whole.
        sides: rows by folder and seed.
        summary: the content of operators.json.

    Returns:
        ``path``.
    """
    first = next(iter(next(iter(sides.values())).values()))
    page = TEMPLATES.render(
        "operators.html",
        counted="; ".join(_counts(side, content["origins"]) for side, content in summary.items()),
        introduction=INTRODUCTION,
        evaluations=dict.fromkeys(content["evaluation"] for content in summary.values() if "evaluation" in content),
        columns=COLUMNS,
        operators=[_operator(place, row, sides, summary) for place, row in enumerate(first)],
        small_loss=CONTRAST,
        large_loss=LARGE_LOSS,
    )
    write_bytes(path, f"{page}\n".encode())
    return path


def loss_color(loss: float) -> str:
    """CSS class of a loss in a lesion matrix."""
    return "choice1" if loss >= LARGE_LOSS else "choice0" if loss >= CONTRAST else ""


def _counts(side: str, origins: Mapping[str, Mapping[str, Any]]) -> str:
    """Number of seeds of a folder, budget of re-learning, and seeds whose training was not completed."""
    unfinished = [
        f"seed {seed} after {origin['checkpoint']:,} of {origin['settings']['updates']:,} updates"
        for seed, origin in origins.items()
        if origin["checkpoint"] < origin["settings"]["updates"]
    ]
    budgets = dict.fromkeys(str(origin["relearning_updates"]) for origin in origins.values())
    counted = f"{side}: {len(origins)} seed{'s' if len(origins) > 1 else ''}"
    return ", ".join([counted, f"re-learning budget of {' or '.join(budgets)} updates", *unfinished])


def _operator(
    place: int, first: Row, sides: Mapping[str, Mapping[int, Sequence[Row]]], summary: Mapping[str, Any]
) -> dict[str, Any]:
    """Values for the section on one operator: rows by folder, claims, notes, details, curves and graphs."""
    rows = {side: content["rows"][place] for side, content in summary.items()}
    curves = {
        side: [(seed[place].curve, seed[place].control_curve) for seed in seeds.values()]
        for side, seeds in sides.items()
    }
    before, after = first.graphs or (None, None)
    return {
        "name": first.operator,
        "what": first.what,
        "rows": rows,
        "claims": dict.fromkeys(row["claim"] for row in rows.values()),
        "notes": dict.fromkeys(row["note"] for row in rows.values() if row["note"]),
        "details": dict.fromkeys(name for row in rows.values() for name in row["details"]),
        "curves": relearning_curves(curves, f"Re-learning of interfaces: {first.what}"),
        "graphs": [("before", graph_svg(before, after, "before")), ("after", graph_svg(after, before, "after"))]
        if before and after
        else [],
    }


TEMPLATES = Templates(Path(__file__).parent / "templates", cell=cell, loss_color=loss_color)
