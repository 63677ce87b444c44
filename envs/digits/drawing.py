"""Drawings of naming digits: the picture that each agent sees, and the agent's answer."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from jaxtyping import UInt8

from ..adapters.render_state import RenderState
from ..drawing.ascii_art import ascii_images
from ..drawing.canvas import FAINT, HEIGHT, INK, LINE, LOST, WIDTH, WON, Canvas
from .rules import Digits

TITLE = "Naming digits: each agent names the digit that it sees"


def ansi(render_state: RenderState) -> str:
    """The state as text: the pictures, and the agents' answers."""
    core = cast(Digits, render_state.core)
    lines = [TITLE, "", *ascii_images(core.possible_agents, core.pictures.image[core.picture[0]])]
    return "\n".join([*lines, *([""] if _answer_lines(render_state) else []), *_answer_lines(render_state)])


def rgb_array(render_state: RenderState) -> UInt8[np.ndarray, "height width 3"]:
    """The state as an image of HEIGHT x WIDTH pixels."""
    core, canvas = cast(Digits, render_state.core), Canvas()
    canvas.text(28, 30, TITLE, 18, INK)
    columns = min(core.agents, max(6, round((3 * core.agents) ** 0.5)))
    across, down = (WIDTH - 56) / columns, 250 / -(-core.agents // columns)
    size = max(8, min(across - 12, down - 24))
    for agent in range(core.agents):
        x = 28 + across * (agent % columns + 0.5) - size / 2
        y = 66 + down * (agent // columns)
        edge, words = LINE, core.possible_agents[agent] if columns <= 4 else str(agent)
        if render_state.action is not None:
            edge = WON if render_state.step.reward[0, agent] > 0 else LOST
            words = str(render_state.action[agent])
        canvas.box(x - 4, y - 4, size + 8, size + 8, edge, edge, 4)
        canvas.pixels(x, y, size, core.pictures.image[core.picture[0, agent]].reshape(8, 8))
        canvas.text(x + size / 2, y + size + 13, words, 12, INK, "mm")
    result = (
        "not yet named"
        if render_state.action is None
        else f"{int(render_state.step.reward.sum())} of {core.agents} right"
    )
    canvas.text(WIDTH / 2, HEIGHT - 22, result, 16, FAINT, "mm")
    return canvas.picture()


DRAWINGS: dict[str, Callable[[RenderState], Any]] = {"ansi": ansi, "rgb_array": rgb_array}


def _answer_lines(render_state: RenderState) -> list[str]:
    """The answer of each agent, after the step."""
    if render_state.action is None:
        return []
    core = cast(Digits, render_state.core)
    rows = zip(core.possible_agents, render_state.action.tolist(), core.digit[0].tolist(), strict=True)
    return [f"{name} named {a}, {'and was right: +1' if a == digit else f'not {digit}: 0'}" for name, a, digit in rows]
