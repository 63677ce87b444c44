"""Drawings of the relay: the pictures, the chain, the message, and the answer."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from jaxtyping import UInt8

from ..adapters.render_state import RenderState
from ..drawing.ascii_art import ascii_images
from ..drawing.canvas import FAINT, HEIGHT, INK, LINE, LIT, LOST, PAPER, WIDTH, WON, Canvas
from .chains import PADDING
from .rules import Relay

QUESTIONS = {"count": "how many digits of the chain are odd?", "spell": "which of the last three digits are odd?"}
PASSED = "#3d7ea6"


def ansi(render_state: RenderState) -> str:
    """The state as text: the task, the chain, the message received, the pictures, and the outcome."""
    core = _relay(render_state)
    place = _place(render_state)
    names = [f"[{name}]" if number == place else name for number, name in enumerate(_chain(core))]
    lines = [
        f"Relay, {_step(render_state)}: {QUESTIONS[core.task]}",
        f"chain: {' > '.join(names)}",
        f"heard: {_heard(render_state)}",
    ]
    lines += ["", *ascii_images(core.possible_agents, core.pictures.image[core.picture[0]])]
    outcome = _outcome(render_state)
    return "\n".join([*lines, *(["", outcome] if outcome else [])])


def rgb_array(render_state: RenderState) -> UInt8[np.ndarray, "height width 3"]:
    """The state as an image of HEIGHT x WIDTH pixels."""
    core, canvas = _relay(render_state), Canvas()
    canvas.text(28, 30, f"Relay: {QUESTIONS[core.task]}", 18, INK)
    canvas.text(WIDTH - 28, 30, _step(render_state), 16, FAINT, "rm")
    _draw_chain(canvas, render_state)
    _draw_pictures(canvas, render_state)
    outcome = _outcome(render_state)
    color = (WON if render_state.step.reward[0, 0] > 0 else LOST) if outcome else INK
    canvas.text(WIDTH / 2, HEIGHT - 26, outcome or f"heard: {_heard(render_state)}", 16, color, "mm")
    return canvas.picture()


DRAWINGS: dict[str, Callable[[RenderState], Any]] = {"ansi": ansi, "rgb_array": rgb_array}


def _relay(render_state: RenderState) -> Relay:
    return cast(Relay, render_state.core)


def _members(core: Relay) -> list[int]:
    return [agent for agent in core.chain[0].tolist() if agent != PADDING]


def _chain(core: Relay) -> list[str]:
    return [core.possible_agents[agent] for agent in _members(core)]


def _place(render_state: RenderState) -> int | None:
    """The place of the active agent, counted from 0; None after the end."""
    return None if render_state.step.ended[0] else int(render_state.core.time[0])


def _step(render_state: RenderState) -> str:
    place, places = _place(render_state), len(_members(_relay(render_state)))
    return f"over after step {places}" if place is None else f"step {place + 1} of {places}"


def _heard(render_state: RenderState) -> str:
    """The message received, its receiver and sender, and the message that was sent if the link changed it."""
    if render_state.channel is None:
        return "nothing (there is no channel)"
    pairs = np.argwhere(render_state.step.hears[0])
    if not len(pairs):
        return "nothing"
    receiver, sender = pairs[0].tolist()
    got, said = render_state.heard_text(receiver, sender), render_state.sent_text(sender)
    names = render_state.core.possible_agents
    changed = "" if got == said else f", who sent {said}"
    return f"{got or 'nothing arrived'}, by {names[receiver]} from {names[sender]}{changed}"


def _outcome(render_state: RenderState) -> str:
    if render_state.action is None or not render_state.step.ended[0]:
        return ""
    core = _relay(render_state)
    last, answer = _members(core)[-1], int(core.answer[0])
    named, name = int(render_state.action[last]) - 1, core.possible_agents[last]
    return f"{name} named {named}, and was right: +1" if named == answer else f"{name} named {named}, not {answer}: 0"


def _draw_chain(canvas: Canvas, render_state: RenderState) -> None:
    members, place = _members(_relay(render_state)), _place(render_state)
    gap = min(70.0, (WIDTH - 56) / len(members))
    radius = min(16.0, 0.36 * gap)
    for number, agent in enumerate(members):
        x = WIDTH / 2 + gap * (number - (len(members) - 1) / 2)
        if number:
            canvas.box(x - gap + radius, 75, gap - 2 * radius, 3, LINE, LINE, 0)
        passed = place is None or number < place
        canvas.circle(x, 76, radius, PASSED if passed else LIT if number == place else PAPER)
        canvas.text(x, 76, str(agent), int(max(8, radius)), PAPER if passed else INK, "mm")


def _draw_pictures(canvas: Canvas, render_state: RenderState) -> None:
    core, place = _relay(render_state), _place(render_state)
    holder = None if place is None else _members(core)[place]
    columns = min(core.agents, max(6, round((3 * core.agents) ** 0.5)))
    rows = -(-core.agents // columns)
    across, down = (WIDTH - 56) / columns, 206 / rows
    size = max(8, min(across - 12, down - 24))
    for agent, name in enumerate(core.possible_agents):
        x = 28 + across * (agent % columns + 0.5) - size / 2
        y = 108 + down * (agent // columns)
        edge = LIT if agent == holder else LINE
        canvas.box(x - 4, y - 4, size + 8, size + 8, edge, edge, 4)
        canvas.pixels(x, y, size, core.pictures.image[core.picture[0, agent]].reshape(8, 8))
        canvas.text(x + size / 2, y + size + 13, name if columns <= 4 else str(agent), 12, INK, "mm")
