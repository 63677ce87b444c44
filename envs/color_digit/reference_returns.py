"""Reference returns of color-digit. Values are the reward of the team, which both agents receive."""

from typing import Any

import numpy as np

from ...protocols.channels.channel import Channel
from ...protocols.common.player import Player
from ..core.game import Game
from ..core.reference_returns import ReferenceReturn
from ..pairs import exact
from ..pictures.classifier import parity_confusion
from ..pictures.images import odd_probability
from .reference_players import reference_player
from .rules import ColorDigit


def reference_returns(core: ColorDigit) -> dict[str, ReferenceReturn]:
    """The reference returns by name, each earned by the reference player of the same name with the core's options.

    An agent with color c and parity d that chooses u adds 2 A + B, where A = (-1)^(u + c + d') and
    B = (-1)^(u + d + c') are each 1 or -1, and c' and d' are the color and parity of the other agent.

    "oracle": Because 2 > 1, the best choice makes A = 1 whatever B is, and this needs one bit, the parity of the other
    agent. Then B = (-1)^(c + d' + d + c') has mean 0, because colors are uniform. So an agent adds 2, and further
    information adds nothing.

    "no_communication": B has mean 0 for every choice, because c' is uniform. A has mean 1 - 2 p or its negative, where
    p is the probability of an odd digit.

    "parity": Each agent sends its parity and chooses u = c + d'. "color": Each agent sends its color and chooses
    u = d + c'. Then B = 1 and A has mean 0. "vision": As "parity", but each agent recognizes its parity with a support
    vector classifier of accuracy q. Then A has mean 2 q - 1.
    """
    accuracy = float(np.trace(parity_confusion(core.pictures)))
    classifier = f"a support vector classifier recognizes {accuracy:.2%} of parities"
    split = core.pictures.split.replace("_", "-")
    no_communication = 4 * abs(1 - 2 * odd_probability(core.pictures))
    references = (
        ReferenceReturn("oracle", 4.0, "exact", "one bit, the parity of the other agent, determines the best choice"),
        ReferenceReturn("no_communication", no_communication, "exact", "a guess at the parity of the other agent"),
        ReferenceReturn(
            "vision", 4 * (2 * accuracy - 1), "reference", f"sends its parity; {classifier}, on {split} pictures"
        ),
        ReferenceReturn("parity", 4.0, "exact", "equals the oracle, with two different messages"),
        ReferenceReturn("color", 2.0, "reference", "sends its color: the less valuable part is always correct"),
    )
    return {reference.name: reference for reference in references}


def game(**options: Any) -> Game:
    """Color-digit for evaluation, with the options of its core: pictures, data."""

    def core(agents: int, lanes: int = 1, seed: int | None = None) -> ColorDigit:
        return ColorDigit(agents, lanes, seed, **options)

    def exact_value(agents: int, player: Player, channel: Channel) -> tuple[float, str] | None:
        return exact.exact_value(core(agents), player, channel)

    return Game(
        "color_digit_v0",
        core,
        lambda agents: reference_returns(core(agents)),
        reference_player,
        exact_value=exact_value,
    )
