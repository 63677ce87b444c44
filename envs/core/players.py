"""Players that third parties register by name."""

from collections.abc import Callable
from typing import TypeAlias

from ...protocols.channels.channel import Channel
from ...protocols.common.errors import invalid, unknown
from ...protocols.common.player import Player
from ...protocols.common.plugins import load_plugins
from .core import Core
from .game import Game

MakePlayer: TypeAlias = Callable[[Core, Channel], Player]
"""Makes a player of all seats of a core, for the messages of a channel."""
PLAYERS: dict[str, MakePlayer] = {}
"""Registered players by name."""


def register_player(name: str, make: MakePlayer) -> None:
    """Register a player, which ``interlect evaluate GAME --player NAME`` then accepts.

    Args:
        name: Name of the player.
        make: Makes the player from a core of the game, for its sizes, and from the channel. The player itself plays any
            number of lanes.

    Raises:
        ValueError: if the name is not a word, or belongs to another player.
    """
    if not isinstance(name, str) or not name:
        raise invalid("The name of a player must be a single word", name, 'Pass a name, such as "mine".')
    if not callable(make):
        raise invalid("A player must be made by a function of core and channel", make, "Pass such a function.")
    if PLAYERS.get(name, make) is not make:
        raise invalid("The name of a player must be unique", name, "Choose another name.")
    PLAYERS[name] = make


def make_player(name: str, game: Game, agents: int, channel: Channel) -> Player:
    """The registered player of this name, for a game of ``agents`` agents.

    Raises:
        ValueError: if there is no such player.
    """
    load_plugins()
    if name not in PLAYERS:
        error = unknown("player", name, PLAYERS)
        raise ValueError(f"{error} To use a player from your own module, add --import MODULE.")
    return PLAYERS[name](game.core(agents, 1, 0), channel)
