"""Color-digit (Foerster et al. 2016, section 6.2): two agents see one colored digit each, communicate, and choose.

The reward of a choice depends on the agent's own color and the parity of the other agent's digit. It depends half as
much on the agent's own parity and the other agent's color. So one bit per agent is enough if it encodes the parity.
"""

from typing import ClassVar

import numpy as np
from jaxtyping import Float32, Float64, Int64

from ...protocols.common.draws import below, halves
from ...protocols.common.errors import invalid
from ..pairs.rules import Pair
from ..pictures.images import CLASSES, PARITIES

COLORS = ("red", "blue")


def _payoff() -> Float64[np.ndarray, "4 2 4"]:
    """``2 (-1)^(u + c + d') + (-1)^(u + d + c')`` for choice u, own color c and parity d, and the other's c' and d'."""
    label, choice, other = np.indices((4, 2, 4))
    color, parity, others_color, others_parity = label // 2, label % 2, other // 2, other % 2
    payoff: np.ndarray = 2.0 * (-1.0) ** (choice + color + others_parity) + (-1.0) ** (choice + parity + others_color)
    return payoff


class ColorDigit(Pair):
    """The rules, over B lanes; see ``Pair``.

    A view is a picture in one of two colors, numbered color x P + picture; class and color are drawn uniformly. It is
    observed as two planes, one per color: the picture is in the plane of its color, and the other plane is zero. Its
    label is 2 color + parity. Both agents communicate at step 1, and choose zero or one at step 2.
    """

    role = "viewer"
    horizon = 2
    action_names = ("wait", "zero", "one")
    planes = len(COLORS)
    parts: ClassVar[dict[str, int]] = {"digit": CLASSES, "color": len(COLORS)}
    label_names = tuple(f"{color}, {parity}" for color in COLORS for parity in PARITIES)
    payoff = _payoff()

    @property
    def color(self) -> Int64[np.ndarray, "B N"]:
        """The color that each agent sees."""
        color: np.ndarray = self._view // len(self.pictures.digit)
        return color

    @property
    def chance(self) -> Float64[np.ndarray, "V"]:
        return np.tile(self.pictures.chance / len(COLORS), len(COLORS))

    def observation_of(self, view: Int64[np.ndarray, "*rows"]) -> Float32[np.ndarray, "*rows D"]:
        color, picture = np.divmod(view, len(self.pictures.digit))
        plane = (color[..., None] == np.arange(len(COLORS)))[..., None]
        seen: np.ndarray = (plane * self.pictures.image[picture][..., None, :]).reshape(*view.shape, -1)
        return seen

    def view_of(self, observation: Float32[np.ndarray, "K D"]) -> Int64[np.ndarray, "K"]:
        planes = observation.reshape(len(observation), len(COLORS), -1)
        used = planes.any(axis=2)
        count = used.sum(axis=1)
        if (count != 1).any():
            rule = "A picture must occupy the plane of one color"
            raise invalid(rule, f"{count[count != 1][0]} planes", "Set all other planes to zero.")
        view: np.ndarray = used.argmax(axis=1) * len(self.pictures.digit) + self.pictures.number(planes.sum(axis=1))
        return view

    def labels_for(self, digit: Int64[np.ndarray, "P"]) -> Int64[np.ndarray, "V"]:
        labels: np.ndarray = (2 * np.arange(len(COLORS))[:, None] + digit % 2).reshape(-1)
        return labels

    def part(self, name: str) -> Int64[np.ndarray, "B N"]:
        return self.digit if name == "digit" else self.color

    def _draw(self, lane: Int64[np.ndarray, "K"], agent: Int64[np.ndarray, "K"]) -> Int64[np.ndarray, "K"]:
        picture = self.pictures.draw(self.draws.bits(agent, lanes=lane))
        color = below(halves(self.draws.bits(2 + agent, lanes=lane))[0], len(COLORS))
        view: np.ndarray = color * len(self.pictures.digit) + picture
        return view
