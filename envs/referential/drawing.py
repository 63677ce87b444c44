"""Drawings of the referential game: the object, the message, the candidates or answers, and the outcome."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from jaxtyping import UInt8

from ..adapters.render_state import RenderState
from ..drawing.ascii_art import ascii_images
from ..drawing.canvas import FAINT, HEIGHT, INK, LINE, LIT, LOST, PAPER, WIDTH, WON, Canvas, Pixels
from .objects import DigitObjects
from .rules import RECEIVER, SENDER, WAIT, Referential

QUESTIONS = {"discriminate": "which one does the sender see?", "reconstruct": "what does the sender see?"}


def ansi(render_state: RenderState) -> str:
    """The state as text: the task, the message received, object and candidates, and the outcome."""
    core = _game(render_state)
    lines = [f"Referential, {_step(render_state)}: {QUESTIONS[core.task]}", f"heard: {_heard(render_state)}", ""]
    if isinstance(core.objects, DigitObjects):
        names = ["sender_0 sees", *[f"candidate {i}" for i in range(core.candidates)]]
        views = np.concatenate([core.sender_view, core.candidate_views[0]])
        lines += ascii_images(names, core.objects.image[views])
    else:
        lines.append(f"sender_0 sees {_words(core, int(core.sender_view[0]))}")
        candidates = core.candidate_views[0].tolist() if core.discriminates else []
        lines += [f"candidate {i}: {_words(core, view)}" for i, view in enumerate(candidates)]
    outcome = _outcome(render_state)
    return "\n".join([*lines, *(["", outcome] if outcome else [])])


def rgb_array(render_state: RenderState) -> UInt8[np.ndarray, "height width 3"]:
    """The state as an image of HEIGHT x WIDTH pixels."""
    core, canvas = _game(render_state), Canvas()
    canvas.text(28, 30, f"Referential: {QUESTIONS[core.task]}", 18, INK)
    canvas.text(WIDTH - 28, 30, _step(render_state), 16, FAINT, "rm")
    canvas.text(28, 68, "sender_0 sees", 13, FAINT)
    _draw_object(canvas, core, int(core.sender_view[0]), 28, 84, 84, LIT if core.time[0] == 0 else LINE)
    canvas.text(WIDTH / 2, 126, f"heard: {_heard(render_state)}", 15, INK, "mm")
    if core.discriminates:
        _draw_candidates(canvas, render_state)
    else:
        _draw_answers(canvas, render_state)
    outcome = _outcome(render_state)
    color = (WON if render_state.step.reward[0, RECEIVER] == 1 else LOST) if render_state.step.ended[0] else INK
    canvas.text(WIDTH / 2, HEIGHT - 22, outcome, 16, color, "mm")
    return canvas.picture()


DRAWINGS: dict[str, Callable[[RenderState], Any]] = {"ansi": ansi, "rgb_array": rgb_array}


def _game(render_state: RenderState) -> Referential:
    return cast(Referential, render_state.core)


def _step(render_state: RenderState) -> str:
    core, time = _game(render_state), int(render_state.core.time[0])
    return f"over after step {time}" if render_state.step.ended[0] else f"step {time + 1} of {core.horizon}"


def _words(core: Referential, view: int) -> str:
    return " ".join(map(str, core.objects.attributes(np.array(view)).tolist()))


def _heard(render_state: RenderState) -> str:
    """The message that the receiver heard, and the message that was sent if the link changed it."""
    if render_state.channel is None:
        return "nothing (there is no channel)"
    if not render_state.step.hears[0, RECEIVER, SENDER]:
        return "nothing"
    got, said = render_state.heard_text(RECEIVER, SENDER), render_state.sent_text(SENDER)
    return got if got == said else f"{got or 'nothing arrived'}; sent was {said}"


def _outcome(render_state: RenderState) -> str:
    """The receiver's last action and, at the end of the episode, the reward."""
    core = _game(render_state)
    action = WAIT if render_state.action is None else int(render_state.action[RECEIVER])
    if action == WAIT:
        return ""
    place = 0 if core.discriminates else int(core.time[0]) - 2
    correct = bool(core.correct[0, place])
    did = f"picked candidate {action - 1}" if core.discriminates else f"named {action - 1} for attribute {place}"
    paid = f": {render_state.step.reward[0, RECEIVER]:+.3g}" if render_state.step.ended[0] else ""
    return f"receiver_0 {did}, and was {'right' if correct else 'wrong'}{paid}"


def _draw_object(canvas: Canvas, core: Referential, view: int, x: Pixels, y: Pixels, size: Pixels, edge: str) -> None:
    """Draw a picture, or the attributes from top to bottom."""
    canvas.box(x - 4, y - 4, size + 8, size + 8, edge if edge != LINE else PAPER, edge, 4)
    if isinstance(core.objects, DigitObjects):
        canvas.pixels(x, y, size, core.objects.image[view].reshape(8, 8))
        return
    canvas.box(x, y, size, size, PAPER, PAPER, 2)
    values = core.objects.attributes(np.array(view)).tolist()
    high = size / len(values)
    for place, value in enumerate(values):
        canvas.text(x + size / 2, y + high * (place + 0.5), str(value), max(6, int(min(20, 0.7 * high))), INK, "mm")


def _draw_candidates(canvas: Canvas, render_state: RenderState) -> None:
    core = _game(render_state)
    picked = None if render_state.action is None else int(render_state.action[RECEIVER]) - 1
    columns = min(core.candidates, max(6, round((3 * core.candidates) ** 0.5)))
    across, down = (WIDTH - 56) / columns, 126 / -(-core.candidates // columns)
    size = max(6, min(across - 12, down - 22))
    for number, view in enumerate(core.candidate_views[0].tolist()):
        x = 28 + across * (number % columns + 0.5) - size / 2
        y = 186 + down * (number // columns)
        edge = LINE if picked != number else WON if number == core.position[0] else LOST
        _draw_object(canvas, core, view, x, y, size, edge)
        canvas.text(x + size / 2, y + size + 12, str(number), 11, INK, "mm")


def _draw_answers(canvas: Canvas, render_state: RenderState) -> None:
    """Draw the attributes named so far, and the attribute that is requested next."""
    core, requested = _game(render_state), int(render_state.core.time[0]) - 1
    count = len(core.objects.values)
    across = (WIDTH - 56) / count
    radius = min(24.0, 0.36 * across)
    for place in range(count):
        x = 28 + across * (place + 0.5)
        named = place < requested
        fill = (WON if core.correct[0, place] else LOST) if named else LIT if place == requested else PAPER
        canvas.circle(x, 230, radius, fill)
        canvas.text(x, 230 + radius + 14, str(place), 12, INK, "mm")
