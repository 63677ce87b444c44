"""Rows of pictures as one figure."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32

from .charts import plain_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def picture_grid(
    rows: Sequence[Float32[np.ndarray, "_ D"]], shape: tuple[int, ...], labels: Sequence[str] | None = None
) -> "Figure":
    """Draw pictures in rows.

    Args:
        rows: The pictures of each row, as numbers in [-1, 1]. Rows may have different lengths.
        shape: Channels (1 or 3), height and width of a picture.
        labels: A label per row; None for no labels.
    """
    channels, height, width = shape
    columns = max(map(len, rows))
    canvas = np.ones((len(rows) * (height + 1), columns * (width + 1), channels), dtype=np.float32)
    for row, pictures in enumerate(rows):
        for column, picture in enumerate(pictures):
            top, left = (height + 1) * row, (width + 1) * column
            shown = (picture.reshape(shape).transpose(1, 2, 0) + 1) / 2
            canvas[top : top + height, left : left + width] = 1 - shown if channels == 1 else shown
    figure, axes = plain_figure(5.4 * min(1.0, len(rows) / columns))
    axes.imshow(canvas.squeeze(2) if channels == 1 else canvas, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks((height + 1) * (np.arange(len(rows)) + 0.5), labels or [""] * len(rows))
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    drawn: Figure = figure
    return drawn
