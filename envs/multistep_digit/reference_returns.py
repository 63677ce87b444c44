"""Reference returns of multi-step digits. Values are probabilities that a digit is named correctly.

A correct answer adds 0.5 to the reward of both agents, so these are also the expected returns of each agent.
"""

from math import fsum
from typing import Any

from ...protocols.channels.channel import Channel
from ...protocols.common.player import Player
from ..core.game import Game
from ..core.reference_returns import ReferenceReturn
from ..pairs import exact
from ..pictures.classifier import accuracy
from ..pictures.images import Pictures
from .reference_players import BITS, reference_player
from .rules import MultistepDigit


def best(pictures: Pictures, bits: int) -> float:
    """The maximum probability of naming the other agent's digit after receiving ``bits`` bits.

    It is the probability of the 2^bits most probable digits: an agent gives one answer per bit sequence received, so it
    has at most 2^bits answers, each correct for one digit, and the two digits are independent.
    """
    return fsum(sorted(pictures.share.tolist(), reverse=True)[: 2**bits])


def reference_returns(core: MultistepDigit) -> dict[str, ReferenceReturn]:
    """The reference returns by name, each earned by the reference player of the same name with the core's options.

    They are "oracle"; "no_communication", the optimum without communication; "1 bit" to "4 bits", the optima with this
    number of bits in each direction; and "vision", four bits sent by agents that recognize digits with a support vector
    classifier.
    """
    pictures = core.pictures
    classifier = f"four bits; a support vector classifier, on {pictures.split.replace('_', '-')} pictures"
    references = [
        ReferenceReturn("oracle", 1.0, "exact", "four bits distinguish ten digits"),
        ReferenceReturn("no_communication", best(pictures, 0), "exact", "names the most probable digit"),
        ReferenceReturn("vision", accuracy(pictures), "reference", classifier),
    ]
    for name in ("1 bit", "2 bits", "3 bits"):
        how = f"the optimum with {name} each way"
        references.append(ReferenceReturn(name, best(pictures, BITS[name]), "reference", how))
    how = "equals the oracle, with two different messages per step"
    references.append(ReferenceReturn("4 bits", 1.0, "exact", how))
    return {reference.name: reference for reference in references}


def game(**options: Any) -> Game:
    """Multi-step digits for evaluation, with the options of its core: pictures, data."""

    def core(agents: int, lanes: int = 1, seed: int | None = None) -> MultistepDigit:
        return MultistepDigit(agents, lanes, seed, **options)

    def exact_value(agents: int, player: Player, channel: Channel) -> tuple[float, str] | None:
        return exact.exact_value(core(agents), player, channel)

    return Game(
        "multistep_digit_v0",
        core,
        lambda agents: reference_returns(core(agents)),
        reference_player,
        exact_value=exact_value,
    )
