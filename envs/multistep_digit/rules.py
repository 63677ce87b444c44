"""Multi-step digits (Foerster et al. 2016, section 6.2): each of two agents names the digit that the other one sees.

A digit does not fit into one bit, but it fits into four bits sent over four steps.
"""

from typing import ClassVar

import numpy as np
from jaxtyping import Float32, Float64, Int64

from ..pairs.rules import Pair
from ..pictures.images import CLASSES

DIGITS = tuple(map(str, range(CLASSES)))


def _payoff() -> Float64[np.ndarray, "10 10 10"]:
    """0.5 if the named digit is the other agent's."""
    _, answer, partner = np.indices((CLASSES, CLASSES, CLASSES))
    payoff: np.ndarray = np.where(answer == partner, 0.5, 0.0)
    return payoff


class MultistepDigit(Pair):
    """The rules, over B lanes; see ``Pair``.

    A view is a picture whose class is drawn uniformly. Its label is its digit. Both agents communicate at steps 1 to 4,
    and name the other agent's digit at step 5.
    """

    role = "guesser"
    horizon = 5
    action_names = ("wait", *DIGITS)
    planes = 1
    parts: ClassVar[dict[str, int]] = {"digit": CLASSES}
    label_names = DIGITS
    payoff = _payoff()

    @property
    def chance(self) -> Float64[np.ndarray, "V"]:
        return self.pictures.chance

    def observation_of(self, view: Int64[np.ndarray, "*rows"]) -> Float32[np.ndarray, "*rows D"]:
        seen: np.ndarray = self.pictures.image[view]
        return seen

    def view_of(self, observation: Float32[np.ndarray, "K D"]) -> Int64[np.ndarray, "K"]:
        return self.pictures.number(observation)

    def labels_for(self, digit: Int64[np.ndarray, "P"]) -> Int64[np.ndarray, "V"]:
        return digit

    def part(self, name: str) -> Int64[np.ndarray, "B N"]:
        return self.digit

    def _draw(self, lane: Int64[np.ndarray, "K"], agent: Int64[np.ndarray, "K"]) -> Int64[np.ndarray, "K"]:
        return self.pictures.draw(self.draws.bits(agent, lanes=lane))
