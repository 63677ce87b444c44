"""The section on the pictures that painters sent in forgery, beside genuine ones."""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32

from ....envs.core.registry import make_core
from ....envs.forgery.rules import Forgery
from ....envs.forgery.sources import Mixture
from ..charts import ACCENT, SOFT, figure_svg, plain_figure
from ..picture_grids import picture_grid
from ..rendering import render
from ..report_data import ReportData, Section

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POINTS = 1000
"""Maximum number of points of each sort."""
ROWS, COLUMNS = 10, 10
"""Rows and columns of pictures: one row per kind, or ten rows of any kind."""


def painted_pictures(data: ReportData) -> Section | None:
    """A sample of the painted pictures. None for other games."""
    if data.run is None or data.run.settings.game != "forgery_v0":
        return None
    run = data.run
    core = make_core(run.settings.game, run.settings.agents, run.transcript.live.shape[1], 0, **run.settings.options())
    assert isinstance(core, Forgery)
    core.reset()
    painted = run.transcript.sent[0, :, : core.painters].reshape(-1, core.source.size)
    if isinstance(core.source, Mixture):
        genuine = core.genuine_picture.reshape(-1, core.source.size)
        body = _scatter(genuine[:POINTS], painted[:POINTS], core.painters)
        several = "those of each painter have a color" if core.painters > 1 else "painted points colored"
        caption = f"Genuine points are gray, {several}."
        label = f"{min(POINTS, len(painted))} painted points beside genuine ones"
    else:
        rows = {name: painted[numbers] for name, numbers in _rows(core, len(painted)).items()}
        body = picture_grid(list(rows.values()), core.source.shape, list(rows) if core.conditions else None)
        caption = "Each row shows pictures of one kind." if core.conditions else ""
        label = "Painted pictures"
    return Section("Painted pictures", render("figure.html", svg=figure_svg(body, label, "painted"), caption=caption))


def _scatter(genuine: Float32[np.ndarray, "n 2"], painted: Float32[np.ndarray, "n 2"], painters: int) -> "Figure":
    """Genuine points, and painted points in the order of lanes, and of painters within a lane."""
    figure, axes = plain_figure(4.0)
    colors = [ACCENT] if painters == 1 else [f"C{painter % 10}" for painter in range(painters)]
    for points, color in ((genuine, SOFT), *((painted[i::painters], color) for i, color in enumerate(colors))):
        axes.scatter(*points.T, s=4, color=color, alpha=0.5, linewidths=0)
    axes.set(xlim=(-1, 1), ylim=(-1, 1), aspect="equal")
    drawn: Figure = figure
    return drawn


def _rows(core: Forgery, count: int) -> dict[str, "np.ndarray"]:
    """The numbers of the pictures of each row, by the caption of their kind or by the number of the row."""
    if core.condition == "none":
        return {str(row): np.arange(count)[row * COLUMNS : (row + 1) * COLUMNS] for row in range(ROWS)}
    kind = core.kind.repeat(core.painters)[:count]
    kinds = np.unique(np.linspace(0, core.source.kinds - 1, ROWS).round().astype(np.int64))
    return {core.source.caption(number): np.flatnonzero(kind == number)[:COLUMNS] for number in kinds.tolist()}
