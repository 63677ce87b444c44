"""Drawings of forgery: the painted pictures, those that the critics see, and their judgments."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from jaxtyping import Float32, UInt8

from ..adapters.render_state import RenderState
from ..drawing.ascii_art import ascii_images
from ..drawing.canvas import FAINT, HEIGHT, INK, LINE, LOST, WIDTH, WON, Canvas
from .rules import FAKE, REAL, Forgery
from .sources import Mixture

TITLE = "Forgery: critics judge whether a picture is genuine"


def ansi(render_state: RenderState) -> str:
    """The state as text: the pictures that the critics see, and their judgments."""
    core = cast(Forgery, render_state.core)
    seen = [(name, picture) for name, picture in _seen(render_state).items() if picture is not None]
    lines = [TITLE, ""]
    if seen and isinstance(core.source, Mixture):
        lines += [f"{name} sees ({picture[0]:.2f}, {picture[1]:.2f})" for name, picture in seen]
    elif seen:
        lines += ascii_images(
            [name for name, _ in seen], np.stack([_gray(core, picture).ravel() for _, picture in seen])
        )
    else:
        lines += ["the painters paint" if core.time[0] == 0 else "no picture arrived"]
    judgments = _judgments(render_state)
    return "\n".join([*lines, *([""] if judgments else []), *judgments])


def rgb_array(render_state: RenderState) -> UInt8[np.ndarray, "height width 3"]:
    """The state as an image of HEIGHT x WIDTH pixels."""
    core, canvas = cast(Forgery, render_state.core), Canvas()
    canvas.text(28, 30, TITLE, 18, INK)
    columns = min(core.painters, max(4, round((2 * core.painters) ** 0.5)))
    across, down = (WIDTH - 56) / columns, 250 / -(-core.painters // columns)
    size = max(8, min(across - 12, down - 24))
    for critic, (name, picture) in enumerate(_seen(render_state).items()):
        x = 28 + across * (critic % columns + 0.5) - size / 2
        y = 66 + down * (critic // columns)
        edge, words = LINE, name if columns <= 4 else str(critic)
        if _judged(render_state):
            edge = WON if render_state.step.reward[0, core.painters + critic] > 0 else LOST
            words = f"{words}: {core.action_names[_action(render_state, critic)]}" if columns <= 4 else words
        canvas.box(x - 4, y - 4, size + 8, size + 8, edge, edge, 4)
        if isinstance(core.source, Mixture):
            _points(canvas, x, y, size, core.source, picture)
        elif picture is not None:
            canvas.pixels(x, y, size, _gray(core, picture))
        canvas.text(x + size / 2, y + size + 13, words, 12, INK, "mm")
    canvas.text(WIDTH / 2, HEIGHT - 22, _caption(render_state), 16, FAINT, "mm")
    return canvas.picture()


DRAWINGS: dict[str, Callable[[RenderState], Any]] = {"ansi": ansi, "rgb_array": rgb_array}


def _points(
    canvas: Canvas, x: float, y: float, size: float, source: Mixture, picture: Float32[np.ndarray, "2"] | None
) -> None:
    """The means of the components, and the point that is judged."""
    canvas.box(x, y, size, size, "#ffffff", "#ffffff", 2)
    for mean in source.means:
        canvas.circle(x + size * (mean[0] + 1) / 2, y + size * (1 - mean[1]) / 2, max(1.0, size / 60), LINE, LINE)
    if picture is not None:
        across, up = float(picture[0]), float(picture[1])
        canvas.circle(x + size * (across + 1) / 2, y + size * (1 - up) / 2, max(2.0, size / 40), INK)


def _gray(core: Forgery, picture: Float32[np.ndarray, "D"]) -> Float32[np.ndarray, "H W"]:
    """The mean of the channels, from 0 to 1."""
    gray: np.ndarray = (picture.reshape(core.source.shape).mean(axis=0) + 1) / 2
    return gray


def _seen(render_state: RenderState) -> dict[str, Float32[np.ndarray, "D"] | None]:
    """The picture that each critic sees or saw; None if it sees none."""
    core = cast(Forgery, render_state.core)
    genuine, shown = core.genuine[0], core.time[0] > 0
    seen: dict[str, Float32[np.ndarray, D] | None] = {}
    for critic, name in enumerate(core.possible_agents[core.painters :]):
        heard = _heard(render_state, critic)
        seen[name] = core.genuine_picture[0, critic] if shown and genuine[critic] else heard
    return seen


def _heard(render_state: RenderState, critic: int) -> Float32[np.ndarray, "D"] | None:
    """The painted picture that arrived at a critic with the last step; None if there is none."""
    core = cast(Forgery, render_state.core)
    if render_state.heard is None or render_state.present is None:
        return None
    receiver, sender = core.painters + critic, int(core.pairing[critic])
    picture = render_state.heard[receiver, sender]
    return picture if render_state.present[receiver, sender] and len(picture) == core.source.size else None


def _judged(render_state: RenderState) -> bool:
    return render_state.action is not None and bool(render_state.step.ended[0])


def _action(render_state: RenderState, critic: int) -> int:
    assert render_state.action is not None
    return int(render_state.action[cast(Forgery, render_state.core).painters + critic])


def _judgments(render_state: RenderState) -> list[str]:
    """The judgment of each critic, after the last step."""
    if not _judged(render_state):
        return []
    core = cast(Forgery, render_state.core)
    lines = []
    for critic, name in enumerate(core.possible_agents[core.painters :]):
        truth = REAL if core.genuine[0, critic] else FAKE
        judged = _action(render_state, critic)
        words = "was right: +1" if judged == truth else f"not {core.action_names[truth]}: -1"
        lines.append(f"{name} judged {core.action_names[judged]}, {words}")
    return lines


def _caption(render_state: RenderState) -> str:
    core = cast(Forgery, render_state.core)
    if not _judged(render_state):
        return "not yet judged"
    return f"{int((render_state.step.reward[0, core.painters :] > 0).sum())} of {core.painters} critics right"
