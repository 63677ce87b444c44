"""The section on the pictures that painters sent in forgery, beside genuine ones."""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32, Int64

from ....envs.core.registry import game_spec, make_core
from ....envs.forgery.rules import Forgery
from ....envs.forgery.sources import Mixture
from ..charts import ACCENT, FONT, INK, SOFT, figure_svg, plain_figure
from ..picture_grids import picture_grid
from ..rendering import render
from ..report_data import ReportData, Section
from ..studied_run import StudiedRun

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POINTS = 1000
"""Maximum number of points of each sort."""
ROWS = 10
"""Number of rows of pictures: one row per kind, or rows of any kind."""
GENUINE, PAINTED = 4, 8
"""Number of genuine and of painted pictures in a row."""
NAMED_PAINTERS = 10
"""Maximum number of painters whose points are named in a legend, which is the number of colors."""


def painted_pictures(data: ReportData) -> Section | None:
    """A sample of the painted pictures, beside genuine ones. None for games without painters."""
    core = painters_game(data.run, None)
    if data.run is None or core is None:
        return None
    core.reset()
    painted = data.run.transcript.sent[0, :, : core.painters].reshape(-1, core.source.size)
    genuine = core.genuine_picture.reshape(-1, core.source.size)
    if isinstance(core.source, Mixture):
        body = _scatter(genuine[:POINTS], painted[:POINTS], core.painters)
        label = f"{min(POINTS, len(painted))} painted points beside genuine ones"
        caption = "Each painter's points have a color." if core.painters > 1 else ""
    else:
        rows = _rows(core, len(painted))
        blocks = {
            "genuine": [genuine[numbers[:GENUINE]] for numbers in rows.values()],
            "painted": [painted[numbers[:PAINTED]] for numbers in rows.values()],
        }
        body = picture_grid(blocks, core.source.shape, list(rows) if core.conditions else ())
        caption = "Genuine pictures are on the left, painted ones on the right."
        caption += " Each row shows pictures of one kind." if core.conditions else ""
        label = "Genuine and painted pictures"
    return Section("Painted pictures", render("figure.html", svg=figure_svg(body, label, "painted"), caption=caption))


def painters_game(run: StudiedRun | None, lanes: int | None) -> Forgery | None:
    """The game of a run, before its first episodes, if its painters send pictures.

    Args:
        run: The run; None for none.
        lanes: Number of episodes; None for those of the transcript.

    Returns:
        The rules; None for games that define no measures, or whose rules are not those of forgery.
    """
    if run is None or game_spec(run.settings.game).measures is None:
        return None
    settings, lanes = run.settings, lanes or run.transcript.live.shape[1]
    core = make_core(settings.game, settings.agents, lanes, 0, **settings.options())
    return core if isinstance(core, Forgery) else None


def _scatter(genuine: Float32[np.ndarray, "n 2"], painted: Float32[np.ndarray, "n 2"], painters: int) -> "Figure":
    """Genuine points, and painted points in the order of lanes, and of painters within a lane."""
    figure, axes = plain_figure(4.4)
    names = ["painted"] if painters == 1 else [f"painter {i}" for i in range(painters)]
    colors = [ACCENT] if painters == 1 else [f"C{i % NAMED_PAINTERS}" for i in range(painters)]
    points = {"genuine": (genuine, SOFT)}
    points |= {name: (painted[i::painters], colors[i]) for i, name in enumerate(names)}
    for name, (shown, color) in points.items():
        axes.scatter(*shown.T, s=4, color=color, alpha=0.5, linewidths=0, label=name)
    axes.set(xlim=(-1, 1), ylim=(-1, 1), aspect="equal", xlabel="first number", ylabel="second number")
    ticks = np.linspace(-1, 1, 5)
    axes.set_xticks(ticks)
    axes.set_yticks(ticks)
    if painters <= NAMED_PAINTERS:
        legend = axes.legend(
            loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, labelcolor=INK, fontsize=FONT - 1, markerscale=3
        )
        for handle in legend.legend_handles:
            handle.set_alpha(1)
    drawn: Figure = figure
    return drawn


def _rows(core: Forgery, count: int) -> dict[str, Int64[np.ndarray, "_"]]:
    """The numbers of the pictures of each row, by the caption of their kind or by the number of the row."""
    if core.condition == "none":
        return {str(row): np.arange(count)[row * PAINTED : (row + 1) * PAINTED] for row in range(ROWS)}
    kind = core.kind.repeat(core.painters)[:count]
    kinds = np.unique(np.linspace(0, core.source.kinds - 1, ROWS).round().astype(np.int64))
    return {core.source.caption(number): np.flatnonzero(kind == number) for number in kinds.tolist()}
