"""Drawings of the two-agent digit games: what both agents see and hear, and the rewards of their answers."""

from collections.abc import Callable
from functools import partial
from typing import Any, cast

import numpy as np
from jaxtyping import UInt8

from ..adapters.render_state import RenderState
from ..drawing.ascii_art import ascii_images
from ..drawing.canvas import FAINT, HEIGHT, INK, LINE, LIT, LOST, WIDTH, WON, Canvas
from .rules import Pair

SIZE, TOP = 176, 84
"""The size of the drawn pictures, and their distance from the upper edge, in pixels."""
MIDDLES = (WIDTH / 4, 3 * WIDTH / 4)
"""The horizontal centers of the pictures."""

Inks = Callable[[Pair], tuple[str, str]]
"""A function that returns the color of each agent's picture."""


def drawings(title: str, inks: Inks) -> dict[str, Callable[[RenderState], Any]]:
    """Both drawings of a game. They can be pickled if ``inks`` is a module-level function."""
    return {"ansi": partial(_ansi, title), "rgb_array": partial(_rgb_array, title, inks)}


def _ansi(title: str, render_state: RenderState) -> str:
    core = _pair(render_state)
    lines = [f"{title}: {_step(render_state)}", *_heard(render_state), ""]
    lines += ascii_images(_captions(core), core.pictures.image[core.picture[0]])
    outcome = _outcome(render_state)
    return "\n".join([*lines, *([""] if outcome else []), *outcome])


def _rgb_array(title: str, inks: Inks, render_state: RenderState) -> UInt8[np.ndarray, "height width 3"]:
    core, canvas = _pair(render_state), Canvas()
    canvas.text(28, 30, title, 18, INK)
    canvas.text(WIDTH - 28, 30, _step(render_state), 16, FAINT, "rm")
    outcome, edge = _outcome(render_state), LIT if render_state.step.hears[0].any() else LINE
    captions = outcome[:2] or _heard(render_state)
    colors = [WON if added > 0 else LOST for added in _payoffs(render_state)] or [INK] * 2
    for agent, middle in enumerate(MIDDLES):
        left, image = middle - SIZE / 2, core.pictures.image[core.picture[0, agent]]
        canvas.text(middle, TOP - 20, _captions(core)[agent], 15, INK, "mm")
        canvas.box(left - 5, TOP - 5, SIZE + 10, SIZE + 10, edge, edge, 4)
        canvas.pixels(left, TOP, SIZE, image.reshape(core.pictures.side, -1), inks(core)[agent])
        canvas.text(middle, TOP + SIZE + 26, captions[agent], 14, colors[agent], "mm")
    canvas.text(WIDTH / 2, HEIGHT - 26, "".join(outcome[2:]), 16, FAINT, "mm")
    return canvas.picture()


def _pair(render_state: RenderState) -> Pair:
    return cast(Pair, render_state.core)


def _payoffs(render_state: RenderState) -> list[float]:
    """What each answer added to the reward, at the end of the episode."""
    if render_state.action is None or not render_state.step.ended[0]:
        return []
    added: list[float] = _pair(render_state).payoffs(render_state.action[None])[0].tolist()
    return added


def _captions(core: Pair) -> list[str]:
    """What each agent sees."""
    return [
        f"{name}: {core.label_names[label]}"
        for name, label in zip(core.possible_agents, core.label[0].tolist(), strict=True)
    ]


def _step(render_state: RenderState) -> str:
    played, steps = int(render_state.core.time[0]), render_state.core.horizon
    return f"over after step {steps}" if render_state.step.ended[0] else f"step {played + 1} of {steps}"


def _heard(render_state: RenderState) -> list[str]:
    """The message that each agent received, and the message that was sent if the link changed it."""
    lines = []
    for agent, name in enumerate(render_state.core.possible_agents):
        got, said = render_state.heard_text(agent, 1 - agent), render_state.sent_text(1 - agent)
        changed = render_state.step.hears[0, agent].any() and got != said
        lines.append(f"{name} heard {got or 'nothing'}{f' of {said}' if changed else ''}")
    return lines


def _outcome(render_state: RenderState) -> list[str]:
    """The answer of each agent and what it added to the reward, and the reward of both."""
    if not _payoffs(render_state) or render_state.action is None:
        return []
    core = _pair(render_state)
    rows = zip(core.possible_agents, render_state.action.tolist(), _payoffs(render_state), strict=True)
    answers = [f"{name} answered {core.action_names[action]}: {added:+g}" for name, action, added in rows]
    return [*answers, f"both get {render_state.step.reward[0, 0]:g}"]
