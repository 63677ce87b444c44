"""Pictures of naming digits: what everybody sees, and how it was named."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from jaxtyping import UInt8

from ..brush import FAINT, HEIGHT, INK, LINE, LOST, WIDTH, WON, Brush
from ..faces.moment import Moment
from ..shades import shades
from .rules import Digits

TITLE = "Naming digits: everybody sees one, and nobody hears anybody"


def ansi(moment: Moment) -> str:
    """The moment as lines of text: the pictures, and how each was named."""
    core = cast(Digits, moment.core)
    lines = [TITLE, "", *shades(core.possible_agents, core.pictures.image[core.picture[0]])]
    return "\n".join([*lines, *([""] if _named(moment) else []), *_named(moment)])


def rgb_array(moment: Moment) -> UInt8[np.ndarray, "height width 3"]:
    """The moment as a picture of HEIGHT x WIDTH pixels."""
    core, brush = cast(Digits, moment.core), Brush()
    brush.text(28, 30, TITLE, 18, INK)
    columns = min(core.agents, max(6, round((3 * core.agents) ** 0.5)))
    across, down = (WIDTH - 56) / columns, 250 / -(-core.agents // columns)
    size = max(8, min(across - 12, down - 24))
    for agent in range(core.agents):
        x = 28 + across * (agent % columns + 0.5) - size / 2
        y = 66 + down * (agent // columns)
        edge, words = LINE, core.possible_agents[agent] if columns <= 4 else str(agent)
        if moment.action is not None:
            edge = WON if moment.step.reward[0, agent] > 0 else LOST
            words = str(moment.action[agent])
        brush.box(x - 4, y - 4, size + 8, size + 8, edge, edge, 4)
        brush.pixels(x, y, size, core.pictures.image[core.picture[0, agent]].reshape(8, 8))
        brush.text(x + size / 2, y + size + 13, words, 12, INK, "mm")
    said = "not yet named" if moment.action is None else f"{int(moment.step.reward.sum())} of {core.agents} right"
    brush.text(WIDTH / 2, HEIGHT - 22, said, 16, FAINT, "mm")
    return brush.picture()


DRAWINGS: dict[str, Callable[[Moment], Any]] = {"ansi": ansi, "rgb_array": rgb_array}


def _named(moment: Moment) -> list[str]:
    """What each agent named, after the step."""
    if moment.action is None:
        return []
    core = cast(Digits, moment.core)
    rows = zip(core.possible_agents, moment.action.tolist(), core.digit[0].tolist(), strict=True)
    return [f"{name} named {a}, {'and was right: +1' if a == digit else f'not {digit}: 0'}" for name, a, digit in rows]
