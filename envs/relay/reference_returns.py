"""Reference returns of the relay, for any chains. All values are probabilities of a correct answer."""

from typing import Any

from ...protocols.channels.channel import Channel
from ...protocols.common.player import Player
from ..core.game import Game
from ..core.reference_returns import ReferenceReturn
from ..pictures.classifier import parity_confusion
from . import exact, probabilities
from .reference_players import reference_player
from .rules import Relay


def reference_returns(core: Relay) -> dict[str, ReferenceReturn]:
    """The reference returns by name, each earned by the reference player of the same name with the core's options.

    They are "oracle"; "no_communication", the optimum without communication; "relaying", a hand-written protocol of
    agents that know their digits; and "vision", the same protocol with parities that a support vector classifier
    recognizes.
    """
    confusion = parity_confusion(core.pictures)
    split = core.pictures.split.replace("_", "-")
    classifier = f"a support vector classifier recognizes {confusion.trace():.2%} of parities, on {split} pictures"
    references = (
        ReferenceReturn("oracle", 1.0, "exact", "the answer can be computed along the chain"),
        ReferenceReturn(
            "no_communication",
            probabilities.no_communication(core.task, core.chains),
            "exact",
            "the best guess of the last agent from its own digit, if it knows the chain",
        ),
        ReferenceReturn(
            "vision",
            probabilities.vision(core.task, core.chains, confusion),
            "reference",
            f"{classifier}; its errors are convolved",
        ),
        ReferenceReturn("relaying", 1.0, "exact", f"equals the oracle, with {core.actions - 1} different messages"),
    )
    return {reference.name: reference for reference in references}


def game(**options: Any) -> Game:
    """The relay for evaluation, with the options of its core: task, pictures, chains, longest."""

    def core(agents: int, lanes: int = 1, seed: int | None = None) -> Relay:
        return Relay(agents, lanes, seed, **options)

    def exact_value(agents: int, player: Player, channel: Channel) -> tuple[float, str] | None:
        return exact.exact_value(core(agents), player, channel)

    return Game(
        "relay_v0",
        core,
        lambda agents: reference_returns(core(agents)),
        reference_player,
        exact_value=exact_value,
    )
