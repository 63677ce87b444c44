"""Bars of the relay, for any chains, and their scripted players. All values are chances of being right."""

from collections.abc import Callable
from typing import Any

from ...protocols.carriers import Carrier
from ...protocols.channel import Channel
from ...protocols.errors import bad, unknown
from ...protocols.player import Player
from ..bars import Bar
from ..core import Core
from ..game import Game
from ..scripted import Knowing
from ..vision import joint, judged
from . import exact, odds
from .bars_players import CARRIER, NoCommunication, Relaying
from .rules import Relay


def bars(core: Relay) -> dict[str, Bar]:
    """The bars by name, each the value of the player of that name in a game with the core's options.

    "oracle"; "ceiling", the best without communication; "vision", the hand-written protocol of agents whose eyes are a
    plain classifier; "relaying", the same with eyes that do not err.
    """
    ceiling = odds.ceiling(core.task, core.chains)
    eyes = joint(core.pictures)
    vision = odds.vision(core.task, core.chains, eyes)
    split = core.pictures.split.replace("_", "-")
    sees = f"a support vector classifier judges {eyes.trace():.2%} of parities right, on {split} pictures"
    found = (
        Bar("oracle", 1.0, "exact", "the answer can be computed on the way"),
        Bar("ceiling", ceiling, "exact", "the best guess from the last agent's own digit, when it knows the chain"),
        Bar("vision", vision, "reference", f"{sees}; its errors are convolved"),
        Bar("relaying", 1.0, "exact", f"equals the oracle, with {core.actions - 1} different messages"),
    )
    return {bar.name: bar for bar in found}


def player(name: str, core: Core, carrier: Carrier | None = None) -> Player:
    """The scripted player behind the bar of that name.

    Args:
        name: "oracle", "ceiling", "vision" or "relaying".
        core: the very core that it will play.
        carrier: of the channel; 16 symbols by default.

    Raises:
        ValueError: if there is no such player, the core is not the relay, or the carrier has too few messages.
    """
    if not isinstance(core, Relay):
        raise bad("These players know the relay only", type(core).__name__, "Give a Relay.")
    players: dict[str, Callable[[], Player]] = {
        "oracle": lambda: Knowing(lambda: core.answer.repeat(core.agents), carrier or CARRIER),
        "ceiling": lambda: NoCommunication(core, carrier),
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

    def followed(agents: int, player: Player, channel: Channel) -> tuple[float, str] | None:
        return exact.followed(core(agents), player, channel)

    return Game("relay_v0", core, lambda agents: bars(core(agents)), player, followed=followed)
