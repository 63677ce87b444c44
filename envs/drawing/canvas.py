"""A canvas for the drawings of games: shapes, text and small pictures, drawn with Pillow."""

from typing import Any

import numpy as np
from jaxtyping import Float32, UInt8

WIDTH, HEIGHT, SUPERSAMPLING = 640, 360, 2
"""The size of an image in pixels, and the factor by which it is drawn larger before it is scaled down."""

Pixels = float | int

PAPER, INK, FAINT, LINE = "#fbfaf6", "#2b2d33", "#8b8d94", "#d9d6cc"
LIT, WON, LOST = "#f2b632", "#3f8f5b", "#b5483c"


class Canvas:
    """A canvas in pixel coordinates of the final image. (x, y) is a center, or the upper left corner of a box."""

    def __init__(self) -> None:
        from PIL import Image, ImageDraw

        self._image = Image.new("RGB", (WIDTH * SUPERSAMPLING, HEIGHT * SUPERSAMPLING), PAPER)
        self._draw: Any = ImageDraw.Draw(self._image)

    def picture(self) -> UInt8[np.ndarray, "height width 3"]:
        """The image drawn so far."""
        from PIL import Image

        return np.asarray(self._image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS), dtype=np.uint8)

    def text(self, x: Pixels, y: Pixels, text: str, size: int, color: str, anchor: str = "lm") -> None:
        from PIL import ImageFont

        font = ImageFont.load_default(size * SUPERSAMPLING)
        self._draw.text((x * SUPERSAMPLING, y * SUPERSAMPLING), text, fill=color, font=font, anchor=anchor)

    def circle(self, x: Pixels, y: Pixels, radius: Pixels, fill: str, edge: str = INK, width: Pixels = 1.5) -> None:
        box = [SUPERSAMPLING * v for v in (x - radius, y - radius, x + radius, y + radius)]
        self._draw.ellipse(box, fill=fill, outline=edge, width=round(width * SUPERSAMPLING))

    def box(self, x: Pixels, y: Pixels, w: Pixels, h: Pixels, fill: str, edge: str = INK, radius: Pixels = 6) -> None:
        corners = [SUPERSAMPLING * v for v in (x, y, x + w, y + h)]
        self._draw.rounded_rectangle(corners, radius * SUPERSAMPLING, fill=fill, outline=edge, width=3)

    def person(self, x: Pixels, y: Pixels, size: Pixels, fill: str, edge: str = INK) -> None:
        """A person whose head is at (x, y)."""
        body = [SUPERSAMPLING * v for v in (x - size, y + 0.75 * size, x + size, y + 3.4 * size)]
        self._draw.pieslice(body, 180, 360, fill=fill, outline=edge, width=3)
        self.circle(x, y, 0.62 * size, fill, edge)

    def pixels(
        self, x: Pixels, y: Pixels, size: Pixels, gray: Float32[np.ndarray, "rows columns"], ink: str = "#000000"
    ) -> None:
        """A picture of width ``size``, with values from 0 (white) to 1 (``ink``)."""
        from PIL import ImageColor

        full = ImageColor.getrgb(ink)
        step = size * SUPERSAMPLING / gray.shape[1]
        for (row, column), value in np.ndenumerate(gray):
            left, top = x * SUPERSAMPLING + column * step, y * SUPERSAMPLING + row * step
            shade = tuple(round(255 - value * (255 - part)) for part in full)
            self._draw.rectangle([left, top, left + step - 1, top + step - 1], fill=shade)
