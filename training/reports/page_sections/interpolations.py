"""The section on pictures between those that a painter sends in two episodes of forgery."""

import torch

from ....agents import Agent
from ....envs.core.registry import make_core
from ....envs.forgery.rules import Forgery
from ....envs.forgery.sources import Mixture
from ..charts import figure_svg
from ..picture_grids import picture_grid
from ..rendering import render
from ..report_data import ReportData, Section

ROWS, COLUMNS = 6, 9
"""Number of pairs of episodes, and of pictures from one to the other."""


def interpolations(data: ReportData) -> Section | None:
    """Pictures that the first painter sends while its observation changes from that of one episode to that of another.

    None for other games, for points in the plane, and for painters that are not graphs.
    """
    if data.run is None or data.run.settings.game != "forgery_v0" or not isinstance(data.run.team.agents[0], Agent):
        return None
    settings, team = data.run.settings, data.run.team
    core = make_core(settings.game, settings.agents, 2 * ROWS, 0, **settings.options())
    assert isinstance(core, Forgery)
    if isinstance(core.source, Mixture):
        return None
    observed = torch.from_numpy(core.reset().observation[:, 0])
    share = torch.linspace(0, 1, COLUMNS)[:, None]
    between = [torch.lerp(first, last, share) for first, last in zip(observed[::2], observed[1::2], strict=True)]
    with torch.no_grad():
        rows = [team.channel.send(team.agents[0](each, None)[0]["emit"]).numpy() for each in between]
    labels = None
    if core.conditions:
        names = [core.source.caption(kind) for kind in core.kind.tolist()]
        labels = [f"{first} to {last}" for first, last in zip(names[::2], names[1::2], strict=True)]
    svg = figure_svg(picture_grid(rows, core.source.shape, labels), "Interpolations", "interpolated")
    caption = "From left to right, the painter's observation changes linearly from that of one episode to another."
    return Section("Interpolations", render("figure.html", svg=svg, caption=caption))
