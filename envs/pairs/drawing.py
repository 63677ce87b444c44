"""Pictures of the games for two: what both see, what each heard, and what their answers added."""

from collections.abc import Callable
from functools import partial
from typing import Any, cast

import numpy as np
from jaxtyping import UInt8

from ..brush import FAINT, HEIGHT, INK, LINE, LIT, LOST, WIDTH, WON, Brush
from ..faces.moment import Moment
from ..shades import shades
from .rules import Pair

SIZE, TOP = 176, 84
"""Of the pictures that are drawn, in pixels: how large, and how far from above."""
MIDDLES = (WIDTH / 4, 3 * WIDTH / 4)
"""The pictures' middles."""

Inks = Callable[[Pair], tuple[str, str]]
"""The colors, one an agent, in which the pictures are drawn."""


def drawings(title: str, inks: Inks) -> dict[str, Callable[[Moment], Any]]:
    """Both drawings of a game; to be pickled, if ``inks`` is a function of a module."""
    return {"ansi": partial(_ansi, title), "rgb_array": partial(_rgb_array, title, inks)}


def _ansi(title: str, moment: Moment) -> str:
    core = _pair(moment)
    lines = [f"{title}: {_step(moment)}", *_heard(moment), ""]
    lines += shades(_captions(core), core.pictures.image[core.picture[0]])
    outcome = _outcome(moment)
    return "\n".join([*lines, *([""] if outcome else []), *outcome])


def _rgb_array(title: str, inks: Inks, moment: Moment) -> UInt8[np.ndarray, "height width 3"]:
    core, brush = _pair(moment), Brush()
    brush.text(28, 30, title, 18, INK)
    brush.text(WIDTH - 28, 30, _step(moment), 16, FAINT, "rm")
    outcome, edge = _outcome(moment), LIT if moment.step.hears[0].any() else LINE
    below, colors = outcome[:2] or _heard(moment), [WON if added > 0 else LOST for added in _added(moment)] or [INK] * 2
    for agent, middle in enumerate(MIDDLES):
        left, image = middle - SIZE / 2, core.pictures.image[core.picture[0, agent]]
        brush.text(middle, TOP - 20, _captions(core)[agent], 15, INK, "mm")
        brush.box(left - 5, TOP - 5, SIZE + 10, SIZE + 10, edge, edge, 4)
        brush.pixels(left, TOP, SIZE, image.reshape(core.pictures.side, -1), inks(core)[agent])
        brush.text(middle, TOP + SIZE + 26, below[agent], 14, colors[agent], "mm")
    brush.text(WIDTH / 2, HEIGHT - 26, "".join(outcome[2:]), 16, FAINT, "mm")
    return brush.picture()


def _pair(moment: Moment) -> Pair:
    return cast(Pair, moment.core)


def _added(moment: Moment) -> list[float]:
    """What both answers added, after they were given."""
    if moment.action is None or not moment.step.ended[0]:
        return []
    added: list[float] = _pair(moment).added(moment.action[None])[0].tolist()
    return added


def _captions(core: Pair) -> list[str]:
    """Who sees what."""
    return [
        f"{name}: {core.label_names[label]}"
        for name, label in zip(core.possible_agents, core.label[0].tolist(), strict=True)
    ]


def _step(moment: Moment) -> str:
    played, steps = int(moment.core.time[0]), moment.core.horizon
    return f"over after step {steps}" if moment.step.ended[0] else f"step {played + 1} of {steps}"


def _heard(moment: Moment) -> list[str]:
    """What each heard, and what had been said if that is something else."""
    lines = []
    for agent, name in enumerate(moment.core.possible_agents):
        got, said = moment.got(agent, 1 - agent), moment.said(1 - agent)
        changed = moment.step.hears[0, agent].any() and got != said
        lines.append(f"{name} heard {got or 'nothing'}{f' of {said}' if changed else ''}")
    return lines


def _outcome(moment: Moment) -> list[str]:
    """What each answered and what that added; what both get."""
    if not _added(moment) or moment.action is None:
        return []
    core = _pair(moment)
    rows = zip(core.possible_agents, moment.action.tolist(), _added(moment), strict=True)
    said = [f"{name} answered {core.action_names[action]}: {added:+g}" for name, action, added in rows]
    return [*said, f"both get {moment.step.reward[0, 0]:g}"]
