"""Reference returns of forgery. The game is zero-sum, so the mean return over all agents is always 0."""

from typing import Any

from ...protocols.channels.channel import Channel
from ...protocols.common.player import Player
from ..core.game import Game
from ..core.reference_returns import ReferenceReturn
from .reference_players import reference_player
from .rules import Forgery

EQUILIBRIUM = ReferenceReturn(
    "equilibrium",
    0.0,
    "exact",
    "each side earns 0 if painted and genuine pictures have the same distribution (Goodfellow et al. 2014, theorem 1)",
)
ZERO_SUM = "the game is zero-sum: see the measures of the painted pictures"


def game(**options: Any) -> Game:
    """Forgery for evaluation, with the options of its core."""

    def core(agents: int, lanes: int = 1, seed: int | None = None) -> Forgery:
        return Forgery(agents, lanes, seed, **options)

    references = {"equilibrium": EQUILIBRIUM}
    return Game(
        "forgery_v0", core, lambda agents: references, reference_player, exact_value=exact_value, no_oracle=ZERO_SUM
    )


def exact_value(agents: int, player: Player, channel: Channel) -> tuple[float, str]:
    """The mean return over all agents, which is 0 for all players."""
    return 0.0, "the game is zero-sum"
