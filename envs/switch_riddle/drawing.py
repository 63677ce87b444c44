"""Pictures of the switch riddle: the room, the switch, who has visited, and what was said."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from jaxtyping import UInt8

from ..brush import FAINT, HEIGHT, INK, LINE, LIT, LOST, PAPER, WIDTH, WON, Brush
from ..faces.moment import Moment
from .rules import TELL, SwitchRiddle

WALL, DARK, VISITED, ABSENT = "#efece2", "#b9bbc2", "#3d7ea6", "#ffffff"


def ansi(moment: Moment) -> str:
    """The moment as five or more lines of text."""
    core = _riddle(moment)
    occupant = _occupant(moment)
    lines = [f"Switch riddle, {_day(moment)}", f"switch: {_switch(moment)}"]
    for agent, name in enumerate(core.possible_agents):
        marks = "visited" if core.visited[0, agent] else "not yet"
        lines.append(f"{'>' if agent == occupant else ' '} {name}  {marks}{'  in the room' * (agent == occupant)}")
    return "\n".join([*lines, *[line for line in (_outcome(moment),) if line]])


def rgb_array(moment: Moment) -> UInt8[np.ndarray, "height width 3"]:
    """The moment as a picture of HEIGHT x WIDTH pixels."""
    core, brush = _riddle(moment), Brush()
    brush.text(28, 30, "Switch riddle", 20, INK)
    brush.text(WIDTH - 28, 30, _day(moment), 16, FAINT, "rm")
    _calendar(brush, moment)
    _room(brush, moment)
    _prisoners(brush, moment, core)
    outcome = _outcome(moment)
    color = {1.0: WON, -1.0: LOST}.get(float(moment.step.reward[0, 0]), FAINT)
    brush.text(WIDTH / 2, HEIGHT - 26, outcome or f"switch: {_switch(moment)}", 16, color if outcome else INK, "mm")
    return brush.picture()


DRAWINGS: dict[str, Callable[[Moment], Any]] = {"ansi": ansi, "rgb_array": rgb_array}


def _riddle(moment: Moment) -> SwitchRiddle:
    return cast(SwitchRiddle, moment.core)


def _occupant(moment: Moment) -> int | None:
    in_room = moment.step.observation[0]
    return int(in_room.argmax()) if in_room.any() else None


def _day(moment: Moment) -> str:
    played, days = int(moment.core.time[0]), moment.core.horizon
    return f"over after day {played} of {days}" if moment.step.ended[0] else f"day {played + 1} of {days}"


def _switch(moment: Moment) -> str:
    """What the switch shows, who left it, and what they had sent if that is not what arrived."""
    if moment.channel is None:
        return "none (there is no channel)"
    pairs = np.argwhere(moment.step.hears[0])
    if not len(pairs):
        return "nothing to read"
    receiver, sender = pairs[0].tolist()
    got, said = moment.got(receiver, sender), moment.said(sender)
    changed = "" if got == said else f" as {said}"
    return f"{got or 'nothing arrived'}, left by {moment.core.possible_agents[sender]}{changed}"


def _outcome(moment: Moment) -> str:
    if not moment.step.ended[0]:
        return ""
    if moment.step.truncated[0] or moment.action is None:
        return "The days are over, and nobody has told: 0"
    name = moment.core.possible_agents[int((moment.action == TELL).argmax())]
    if moment.step.reward[0, 0] > 0:
        return f"{name} told that all have visited, and was right: +1"
    return f"{name} told that all have visited, and was wrong: -1"


def _calendar(brush: Brush, moment: Moment) -> None:
    days, played = moment.core.horizon, int(moment.core.time[0])
    gap = (WIDTH - 56) / days
    for day in range(days):
        today = day == played and not moment.step.ended[0]
        brush.box(28 + day * gap, 54, gap - 4, 7, INK if day < played else LIT if today else LINE, PAPER, 3)


def _room(brush: Brush, moment: Moment) -> None:
    brush.box(28, 84, 250, 220, WALL)
    occupant = _occupant(moment)
    pairs = np.argwhere(moment.step.hears[0])
    got = moment.got(*pairs[0].tolist()) if len(pairs) else ""
    lit = any(part.strip("-0. ") for part in got.split())
    brush.box(200, 128, 46, 72, PAPER)
    brush.text(223, 164, got if len(got) < 5 else "...", 24 if len(got) < 2 else 14, INK, "mm")
    brush.text(223, 214, "switch", 13, FAINT, "mm")
    brush.box(150, 84, 3, 22, INK, INK, 0)
    brush.circle(151.5, 118, 13, LIT if lit else DARK)
    if occupant is None:
        brush.text(120, 230, "empty", 16, FAINT, "mm")
        return
    brush.person(100, 200, 26, VISITED)
    brush.text(100, 284, moment.core.possible_agents[occupant], 15, INK, "mm")


def _prisoners(brush: Brush, moment: Moment, core: SwitchRiddle) -> None:
    columns = min(core.agents, 4)
    rows = -(-core.agents // columns)
    across, down = 310 / columns, 220 / rows
    size = min(18, down / 5.5)
    for agent, name in enumerate(core.possible_agents):
        x, y = 302 + across * (agent % columns + 0.5), 84 + down * (agent // columns + 0.5) - 1.6 * size
        here = agent == _occupant(moment)
        visited = bool(core.visited[0, agent])
        brush.person(x, y, size, VISITED if visited else ABSENT, LIT if here else INK)
        brush.text(x, y + 3.0 * size, name if core.agents <= 4 else str(agent), 12, INK, "mm")
        if rows <= 3:
            brush.text(x, y + 3.0 * size + 15, "visited" if visited else "not yet", 11, FAINT, "mm")
