"""Bars of the relay, for any chains, and their scripted players. All values are chances of being right."""

from collections.abc import Callable
from typing import Any

from ...protocols.channels.carriers import Carrier
from ...protocols.channels.channel import Channel
from ...protocols.common.errors import bad, unknown
from ...protocols.common.player import Player
from ..core.core import Core
from ..core.game import Game
from ..core.reference_returns import ReferenceReturn
from ..core.scripted import Knowing
from ..pictures.vision import joint, judged
from . import exact, odds
from .reference_players import CARRIER, NoCommunication, Relaying
from .rules import Relay


def reference_returns(core: Relay) -> dict[str, ReferenceReturn]:
    """The reference returns by name, each the value of the player of that name in a game with the core's options.

    "oracle"; "no_communication", the best without communication; "vision", the hand-written protocol of agents whose
    eyes are a plain classifier; "relaying", the same with eyes that do not err.
    """
    no_communication = odds.no_communication(core.task, core.chains)
    eyes = joint(core.pictures)
    vision = odds.vision(core.task, core.chains, eyes)
    split = core.pictures.split.replace("_", "-")
    sees = f"a support vector classifier judges {eyes.trace():.2%} of parities right, on {split} pictures"
    found = (
        ReferenceReturn("oracle", 1.0, "exact", "the answer can be computed on the way"),
        ReferenceReturn(
            "no_communication",
            no_communication,
            "exact",
            "the best guess from the last agent's own digit, when it knows the chain",
        ),
        ReferenceReturn("vision", vision, "reference", f"{sees}; its errors are convolved"),
        ReferenceReturn("relaying", 1.0, "exact", f"equals the oracle, with {core.actions - 1} different messages"),
    )
    return {reference.name: reference for reference in found}


def player(name: str, core: Core, carrier: Carrier | None = None) -> Player:
    """The scripted player behind the bar of that name.

    Args:
        name: "oracle", "no_communication", "vision" or "relaying".
        core: the very core that it will play.
        carrier: of the channel; 16 symbols by default.

    Raises:
        ValueError: if there is no such player, the core is not the relay, or the carrier has too few messages.
    """
    if not isinstance(core, Relay):
        raise bad("These players know the relay only", type(core).__name__, "Give a Relay.")
    players: dict[str, Callable[[], Player]] = {
        "oracle": lambda: Knowing(lambda: core.answer.repeat(core.agents), carrier or CARRIER),
        "no_communication": lambda: NoCommunication(core, carrier),
        "vision": lambda: Relaying(core, judged(core.pictures), carrier),
        "relaying": lambda: Relaying(core, core.pictures.digit % 2 == 1, carrier),
    }
    if name not in players:
        raise unknown("scripted player of the relay", name, players)
    return players[name]()


def game(**options: Any) -> Game:
    """The relay as evaluation sees it, with options of its core: task, pictures, chains, longest."""

    def core(agents: int, lanes: int = 1, seed: int | None = None) -> Relay:
        return Relay(agents, lanes, seed, **options)

    def exact_value(agents: int, player: Player, channel: Channel) -> tuple[float, str] | None:
        return exact.exact_value(core(agents), player, channel)

    return Game("relay_v0", core, lambda agents: reference_returns(core(agents)), player, exact_value=exact_value)
