"""A brush for what games look like: shapes, words and small pictures on one sheet of paper, by Pillow."""

from typing import Any

import numpy as np
from jaxtyping import Float32, UInt8

WIDTH, HEIGHT, FINE = 640, 360, 2
"""Size of a picture in pixels, and how many times finer it is drawn before it is scaled down."""

Pixels = float | int

PAPER, INK, FAINT, LINE = "#fbfaf6", "#2b2d33", "#8b8d94", "#d9d6cc"
LIT, WON, LOST = "#f2b632", "#3f8f5b", "#b5483c"


class Canvas:
    """Draws in pixels of the finished picture, WIDTH x HEIGHT; (x, y) is a center, or a box's upper left corner."""

    def __init__(self) -> None:
        from PIL import Image, ImageDraw

        self._image = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE), PAPER)
        self._canvas: Any = ImageDraw.Draw(self._image)

    def picture(self) -> UInt8[np.ndarray, "height width 3"]:
        """What has been drawn."""
        from PIL import Image

        return np.asarray(self._image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS), dtype=np.uint8)

    def text(self, x: Pixels, y: Pixels, words: str, size: int, color: str, anchor: str = "lm") -> None:
        from PIL import ImageFont

        font = ImageFont.load_default(size * FINE)
        self._canvas.text((x * FINE, y * FINE), words, fill=color, font=font, anchor=anchor)

    def circle(self, x: Pixels, y: Pixels, radius: Pixels, fill: str, edge: str = INK, width: Pixels = 1.5) -> None:
        box = [FINE * v for v in (x - radius, y - radius, x + radius, y + radius)]
        self._canvas.ellipse(box, fill=fill, outline=edge, width=round(width * FINE))

    def box(self, x: Pixels, y: Pixels, w: Pixels, h: Pixels, fill: str, edge: str = INK, radius: Pixels = 6) -> None:
        corners = [FINE * v for v in (x, y, x + w, y + h)]
        self._canvas.rounded_rectangle(corners, radius * FINE, fill=fill, outline=edge, width=3)

    def person(self, x: Pixels, y: Pixels, size: Pixels, fill: str, edge: str = INK) -> None:
        """A person of that size, whose head is at (x, y)."""
        body = [FINE * v for v in (x - size, y + 0.75 * size, x + size, y + 3.4 * size)]
        self._canvas.pieslice(body, 180, 360, fill=fill, outline=edge, width=3)
        self.circle(x, y, 0.62 * size, fill, edge)

    def pixels(
        self, x: Pixels, y: Pixels, size: Pixels, gray: Float32[np.ndarray, "rows columns"], ink: str = "#000000"
    ) -> None:
        """A picture, 0 white to 1 ``ink``, whose width is ``size``."""
        from PIL import ImageColor

        full = ImageColor.getrgb(ink)
        step = size * FINE / gray.shape[1]
        for (row, column), value in np.ndenumerate(gray):
            left, top = x * FINE + column * step, y * FINE + row * step
            shade = tuple(round(255 - value * (255 - part)) for part in full)
            self._canvas.rectangle([left, top, left + step - 1, top + step - 1], fill=shade)
