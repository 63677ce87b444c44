"""Rows of pictures as one figure."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32

from .charts import FONT, INK, SOFT, WIDTH, plain_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LABEL, LINES = 20, 2
"""Maximum number of characters of a line of a label, and of lines; the rest of a longer label is omitted."""
LABEL_WIDTH, MARGIN, PAD = 1.3, 0.4, 0.12
"""Approximate width of a column of labels, height of the headings, and space around the drawing, in inches."""


def picture_grid(
    blocks: Mapping[str, Sequence[Float32[np.ndarray, "_ D"]]],
    shape: tuple[int, ...],
    left: Sequence[str] = (),
    right: Sequence[str] = (),
) -> "Figure":
    """Draw pictures in rows, which consist of one or several blocks from left to right.

    Args:
        blocks: By heading, the pictures of each row of a block, as numbers in [-1, 1]. All blocks have the same number
            of rows. A row may have fewer pictures than others.
        shape: Channels, height and width of a picture. If there are not 3 channels, their mean is drawn as ink.
        left: A label per row, to the left; empty for no labels.
        right: A label per row, to the right; empty for no labels.
    """
    drawn = [_block(rows, shape) for rows in blocks.values()]
    gap = np.ones((len(drawn[0]), max(1, shape[2] // 2), 3), dtype=np.float32)
    parts = [part for block in drawn for part in (block, gap)][:-1]
    canvas = np.concatenate(parts, axis=1)
    room = WIDTH - LABEL_WIDTH * (bool(left) + bool(right))
    figure, axes = plain_figure(room * canvas.shape[0] / canvas.shape[1] + MARGIN)
    figure.get_layout_engine().set(w_pad=PAD)
    axes.imshow(canvas, interpolation="none")
    starts = np.cumsum([0, *(part.shape[1] for part in parts)])
    centers = [start + block.shape[1] / 2 for start, block in zip(starts[::2], drawn, strict=True)]
    axes.xaxis.tick_top()
    axes.set_xticks(centers, list(blocks), color=INK, fontsize=FONT)
    rows = (shape[1] + 1) * (np.arange(len(drawn[0]) // (shape[1] + 1)) + 0.5)
    axes.set_yticks(rows, [_shortened(label) for label in left] or [""] * len(rows), fontsize=FONT - 2)
    if right:
        ends = axes.secondary_yaxis("right")
        ends.set_yticks(rows, [_shortened(label) for label in right], fontsize=FONT - 2, color=SOFT)
        ends.tick_params(length=0)
        ends.spines["right"].set_visible(False)
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    figure_of_pictures: Figure = figure
    return figure_of_pictures


def _block(rows: Sequence[Float32[np.ndarray, "_ D"]], shape: tuple[int, ...]) -> Float32[np.ndarray, "height width 3"]:
    """The pictures of a block as one, in red, green and blue from 0 to 1."""
    _, height, width = shape
    canvas = np.ones((len(rows) * (height + 1), max(map(len, rows)) * (width + 1), 3), dtype=np.float32)
    for row, pictures in enumerate(rows):
        for column, picture in enumerate(pictures):
            top, left = (height + 1) * row, (width + 1) * column
            shown = (picture.reshape(shape).transpose(1, 2, 0) + 1) / 2
            colored = shown if len(picture) == 3 * height * width else 1 - shown.mean(axis=2, keepdims=True)
            canvas[top : top + height, left : left + width] = colored.clip(0, 1)
    return canvas


def _shortened(label: str) -> str:
    return "\n".join(textwrap.wrap(label, LABEL, max_lines=LINES, placeholder=" …"))
