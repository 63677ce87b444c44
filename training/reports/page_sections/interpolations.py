"""The section on pictures between those that a painter sends in two episodes of forgery."""

import torch

from ....agents import Agent
from ....envs.forgery.sources import Mixture
from ..charts import figure_svg
from ..picture_grids import picture_grid
from ..rendering import render
from ..report_data import ReportData, Section
from .painted_pictures import painters_game

ROWS, COLUMNS = 6, 9
"""Number of pairs of episodes, and of pictures from one to the other."""


def interpolations(data: ReportData) -> Section | None:
    """Pictures that the first painter sends while its observation changes from that of one episode to that of another.

    None for games without painters, for points in the plane, and for painters that are not graphs.
    """
    core = painters_game(data.run, 2 * ROWS)
    if data.run is None or core is None or isinstance(core.source, Mixture):
        return None
    painter, channel = data.run.team.agents[0], data.run.team.channel
    if not isinstance(painter, Agent):
        return None
    observed = torch.from_numpy(core.reset().observation[:, 0])
    share = torch.linspace(0, 1, COLUMNS)[:, None]
    between = [torch.lerp(first, last, share) for first, last in zip(observed[::2], observed[1::2], strict=True)]
    with torch.no_grad():
        rows = [channel.send(painter(each, None)[0]["emit"]).numpy() for each in between]
    names = [core.source.caption(kind) for kind in core.kind.tolist()] if core.conditions else []
    grid = picture_grid({"": rows}, core.source.shape, names[::2], names[1::2])
    caption = (
        "All pictures are painted. From left to right, the painter's observation changes linearly from that of one "
        "episode to that of another."
    )
    svg = figure_svg(grid, "Interpolations", "interpolated")
    return Section("Interpolations", render("figure.html", svg=svg, caption=caption))
