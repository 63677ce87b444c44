"""Pictures of the relay: what everybody sees, the chain, what was heard, and the answer."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from jaxtyping import UInt8

from ..brush import FAINT, HEIGHT, INK, LINE, LIT, LOST, PAPER, WIDTH, WON, Brush
from ..faces.moment import Moment
from ..shades import shades
from .chains import NOBODY
from .rules import Relay

QUESTIONS = {"count": "how many digits of the chain are odd?", "spell": "which of the last three digits are odd?"}
PASSED = "#3d7ea6"


def ansi(moment: Moment) -> str:
    """The moment as lines of text: the question, the chain, what was heard, the pictures, and the outcome."""
    core = _relay(moment)
    place = _place(moment)
    names = [f"[{name}]" if number == place else name for number, name in enumerate(_chain(core))]
    lines = [
        f"Relay, {_step(moment)}: {QUESTIONS[core.task]}",
        f"chain: {' > '.join(names)}",
        f"heard: {_heard(moment)}",
    ]
    lines += ["", *shades(core.possible_agents, core.pictures.image[core.picture[0]])]
    outcome = _outcome(moment)
    return "\n".join([*lines, *(["", outcome] if outcome else [])])


def rgb_array(moment: Moment) -> UInt8[np.ndarray, "height width 3"]:
    """The moment as a picture of HEIGHT x WIDTH pixels."""
    core, brush = _relay(moment), Brush()
    brush.text(28, 30, f"Relay: {QUESTIONS[core.task]}", 18, INK)
    brush.text(WIDTH - 28, 30, _step(moment), 16, FAINT, "rm")
    _draw_chain(brush, moment)
    _draw_pictures(brush, moment)
    outcome = _outcome(moment)
    color = (WON if moment.step.reward[0, 0] > 0 else LOST) if outcome else INK
    brush.text(WIDTH / 2, HEIGHT - 26, outcome or f"heard: {_heard(moment)}", 16, color, "mm")
    return brush.picture()


DRAWINGS: dict[str, Callable[[Moment], Any]] = {"ansi": ansi, "rgb_array": rgb_array}


def _relay(moment: Moment) -> Relay:
    return cast(Relay, moment.core)


def _members(core: Relay) -> list[int]:
    return [agent for agent in core.chain[0].tolist() if agent != NOBODY]


def _chain(core: Relay) -> list[str]:
    return [core.possible_agents[agent] for agent in _members(core)]


def _place(moment: Moment) -> int | None:
    """Where the message is, counted from 0; None after the end."""
    return None if moment.step.ended[0] else int(moment.core.time[0])


def _step(moment: Moment) -> str:
    place, places = _place(moment), len(_members(_relay(moment)))
    return f"over after step {places}" if place is None else f"step {place + 1} of {places}"


def _heard(moment: Moment) -> str:
    """What was heard, by whom from whom, and what had been sent if that is something else."""
    if moment.channel is None:
        return "nothing (there is no channel)"
    pairs = np.argwhere(moment.step.hears[0])
    if not len(pairs):
        return "nothing"
    receiver, sender = pairs[0].tolist()
    got, said = moment.got(receiver, sender), moment.said(sender)
    names = moment.core.possible_agents
    changed = "" if got == said else f", who said {said}"
    return f"{got or 'nothing arrived'}, by {names[receiver]} from {names[sender]}{changed}"


def _outcome(moment: Moment) -> str:
    if moment.action is None or not moment.step.ended[0]:
        return ""
    core = _relay(moment)
    last, answer = _members(core)[-1], int(core.answer[0])
    named, name = int(moment.action[last]) - 1, core.possible_agents[last]
    return f"{name} named {named}, and was right: +1" if named == answer else f"{name} named {named}, not {answer}: 0"


def _draw_chain(brush: Brush, moment: Moment) -> None:
    members, place = _members(_relay(moment)), _place(moment)
    gap = min(70.0, (WIDTH - 56) / len(members))
    radius = min(16.0, 0.36 * gap)
    for number, agent in enumerate(members):
        x = WIDTH / 2 + gap * (number - (len(members) - 1) / 2)
        if number:
            brush.box(x - gap + radius, 75, gap - 2 * radius, 3, LINE, LINE, 0)
        passed = place is None or number < place
        brush.circle(x, 76, radius, PASSED if passed else LIT if number == place else PAPER)
        brush.text(x, 76, str(agent), int(max(8, radius)), PAPER if passed else INK, "mm")


def _draw_pictures(brush: Brush, moment: Moment) -> None:
    core, place = _relay(moment), _place(moment)
    holder = None if place is None else _members(core)[place]
    columns = min(core.agents, max(6, round((3 * core.agents) ** 0.5)))
    rows = -(-core.agents // columns)
    across, down = (WIDTH - 56) / columns, 206 / rows
    size = max(8, min(across - 12, down - 24))
    for agent, name in enumerate(core.possible_agents):
        x = 28 + across * (agent % columns + 0.5) - size / 2
        y = 108 + down * (agent // columns)
        edge = LIT if agent == holder else LINE
        brush.box(x - 4, y - 4, size + 8, size + 8, edge, edge, 4)
        brush.pixels(x, y, size, core.pictures.image[core.picture[0, agent]].reshape(8, 8))
        brush.text(x + size / 2, y + size + 13, name if columns <= 4 else str(agent), 12, INK, "mm")
