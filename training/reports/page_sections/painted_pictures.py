"""The section on the pictures that painters sent in forgery, beside genuine ones."""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32

from ....envs.core.registry import make_core
from ....envs.forgery.rules import Forgery
from ....envs.forgery.sources import Mixture
from ..charts import ACCENT, SOFT, figure_svg, plain_figure
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
        body, caption = _scatter(genuine[:POINTS], painted[:POINTS]), "Genuine points are gray, painted points colored."
        label = f"{min(POINTS, len(painted))} painted points beside genuine ones"
    else:
        kind = core.kind.repeat(core.painters) if core.conditions else None
        body, caption = (
            _pictures(painted, kind),
            "One row per digit that the painter observed." if core.conditions else "",
        )
        label = f"{ROWS * COLUMNS} painted pictures"
    return Section("Painted pictures", render("figure.html", svg=figure_svg(body, label, "painted"), caption=caption))


def _scatter(genuine: Float32[np.ndarray, "n 2"], painted: Float32[np.ndarray, "n 2"]) -> "Figure":
    figure, axes = plain_figure(4.0)
    for points, color in ((genuine, SOFT), (painted, ACCENT)):
        axes.scatter(*points.T, s=4, color=color, alpha=0.5, linewidths=0)
    axes.set(xlim=(-1, 1), ylim=(-1, 1), aspect="equal")
    drawn: Figure = figure
    return drawn


def _pictures(painted: Float32[np.ndarray, "n D"], kind: "np.ndarray | None") -> "Figure":
    figure, axes = plain_figure(5.4)
    side = round(painted.shape[1] ** 0.5)
    order = np.arange(ROWS * COLUMNS)
    if kind is not None:
        order = np.concatenate([np.flatnonzero(kind == row)[:COLUMNS] for row in range(ROWS)])
    canvas = np.full((ROWS * (side + 1), COLUMNS * (side + 1)), np.nan)
    for place, number in enumerate(order):
        row, column = (side + 1) * (place // COLUMNS), (side + 1) * (place % COLUMNS)
        canvas[row : row + side, column : column + side] = painted[number].reshape(side, side)
    axes.imshow(canvas, cmap="gray_r", vmin=-1, vmax=1, interpolation="nearest")
    axes.set_axis_off()
    drawn: Figure = figure
    return drawn
