"""Drawings of the switch riddle: the room, the switch, the visitors, and the outcome."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from jaxtyping import UInt8

from ..adapters.render_state import RenderState
from ..drawing.canvas import FAINT, HEIGHT, INK, LINE, LIT, LOST, PAPER, WIDTH, WON, Canvas
from .rules import TELL, SwitchRiddle

WALL, DARK, VISITED, ABSENT = "#efece2", "#b9bbc2", "#3d7ea6", "#ffffff"


def ansi(render_state: RenderState) -> str:
    """The state as five or more lines of text."""
    core = _riddle(render_state)
    occupant = _occupant(render_state)
    lines = [f"Switch riddle, {_day(render_state)}", f"switch: {_switch(render_state)}"]
    for agent, name in enumerate(core.possible_agents):
        marks = "visited" if core.visited[0, agent] else "not yet"
        lines.append(f"{'>' if agent == occupant else ' '} {name}  {marks}{'  in the room' * (agent == occupant)}")
    return "\n".join([*lines, *[line for line in (_outcome(render_state),) if line]])


def rgb_array(render_state: RenderState) -> UInt8[np.ndarray, "height width 3"]:
    """The state as an image of HEIGHT x WIDTH pixels."""
    core, canvas = _riddle(render_state), Canvas()
    canvas.text(28, 30, "Switch riddle", 20, INK)
    canvas.text(WIDTH - 28, 30, _day(render_state), 16, FAINT, "rm")
    _calendar(canvas, render_state)
    _room(canvas, render_state)
    _prisoners(canvas, render_state, core)
    outcome = _outcome(render_state)
    color = {1.0: WON, -1.0: LOST}.get(float(render_state.step.reward[0, 0]), FAINT)
    canvas.text(
        WIDTH / 2, HEIGHT - 26, outcome or f"switch: {_switch(render_state)}", 16, color if outcome else INK, "mm"
    )
    return canvas.picture()


DRAWINGS: dict[str, Callable[[RenderState], Any]] = {"ansi": ansi, "rgb_array": rgb_array}


def _riddle(render_state: RenderState) -> SwitchRiddle:
    return cast(SwitchRiddle, render_state.core)


def _occupant(render_state: RenderState) -> int | None:
    in_room = render_state.step.observation[0]
    return int(in_room.argmax()) if in_room.any() else None


def _day(render_state: RenderState) -> str:
    played, days = int(render_state.core.time[0]), render_state.core.horizon
    return f"over after day {played} of {days}" if render_state.step.ended[0] else f"day {played + 1} of {days}"


def _switch(render_state: RenderState) -> str:
    """What the switch shows, the agent that left this message, and the message sent if the link changed it."""
    if render_state.channel is None:
        return "none (there is no channel)"
    pairs = np.argwhere(render_state.step.hears[0])
    if not len(pairs):
        return "nothing to read"
    receiver, sender = pairs[0].tolist()
    got, said = render_state.heard_text(receiver, sender), render_state.sent_text(sender)
    changed = "" if got == said else f" as {said}"
    return f"{got or 'nothing arrived'}, left by {render_state.core.possible_agents[sender]}{changed}"


def _outcome(render_state: RenderState) -> str:
    if not render_state.step.ended[0]:
        return ""
    if render_state.action is None or not (render_state.action == TELL).any():
        return "The days are over, and no prisoner has told: 0"
    name = render_state.core.possible_agents[int((render_state.action == TELL).argmax())]
    if render_state.step.reward[0, 0] > 0:
        return f"{name} told that all have visited, and was right: +1"
    return f"{name} told that all have visited, and was wrong: -1"


def _calendar(canvas: Canvas, render_state: RenderState) -> None:
    days, played = render_state.core.horizon, int(render_state.core.time[0])
    gap = (WIDTH - 56) / days
    for day in range(days):
        today = day == played and not render_state.step.ended[0]
        canvas.box(28 + day * gap, 54, gap - 4, 7, INK if day < played else LIT if today else LINE, PAPER, 3)


def _room(canvas: Canvas, render_state: RenderState) -> None:
    canvas.box(28, 84, 250, 220, WALL)
    occupant = _occupant(render_state)
    pairs = np.argwhere(render_state.step.hears[0])
    got = render_state.heard_text(*pairs[0].tolist()) if len(pairs) else ""
    lit = any(part.strip("-0. ") for part in got.split())
    canvas.box(200, 128, 46, 72, PAPER)
    canvas.text(223, 164, got if len(got) < 5 else "...", 24 if len(got) < 2 else 14, INK, "mm")
    canvas.text(223, 214, "switch", 13, FAINT, "mm")
    canvas.box(150, 84, 3, 22, INK, INK, 0)
    canvas.circle(151.5, 118, 13, LIT if lit else DARK)
    if occupant is None:
        canvas.text(120, 230, "empty", 16, FAINT, "mm")
        return
    canvas.person(100, 200, 26, VISITED)
    canvas.text(100, 284, render_state.core.possible_agents[occupant], 15, INK, "mm")


def _prisoners(canvas: Canvas, render_state: RenderState, core: SwitchRiddle) -> None:
    columns = min(core.agents, 4)
    rows = -(-core.agents // columns)
    across, down = 310 / columns, 220 / rows
    size = min(18, down / 5.5)
    for agent, name in enumerate(core.possible_agents):
        x, y = 302 + across * (agent % columns + 0.5), 84 + down * (agent // columns + 0.5) - 1.6 * size
        here = agent == _occupant(render_state)
        visited = bool(core.visited[0, agent])
        canvas.person(x, y, size, VISITED if visited else ABSENT, LIT if here else INK)
        canvas.text(x, y + 3.0 * size, name if core.agents <= 4 else str(agent), 12, INK, "mm")
        if rows <= 3:
            canvas.text(x, y + 3.0 * size + 15, "visited" if visited else "not yet", 11, FAINT, "mm")
