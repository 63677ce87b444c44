"""Players that third-party packages register by name."""

from collections.abc import Callable
from typing import TypeAlias

from ...protocols.channels.channel import Channel
from ...protocols.common.errors import invalid, phrase, unknown
from ...protocols.common.player import Player
from ...protocols.common.plugins import load_plugins
from .core import Core
from .game import Game

MakePlayer: TypeAlias = Callable[[Core, Channel], Player]
"""Makes a player for all seats of a core and the messages of a channel."""
PLAYERS: dict[str, MakePlayer] = {}
"""Registered players by name."""


def register_player(name: str, make: MakePlayer, replace: bool = False) -> None:
    """Register a player, so that ``interlect evaluate GAME --player NAME`` accepts it.

    Args:
        name: Name of the player.
        make: Makes the player from a core of the game, of which it reads sizes such as the number of actions, and the
            channel. The player must be able to play any number of lanes.
        replace: Whether to replace a player of this name, as when a notebook cell runs again.

    Raises:
        ValueError: If the name is not a non-empty string, or belongs to another player.
    """
    if not isinstance(name, str) or not name:
        raise invalid("The name of a player must be a non-empty string", name, 'Pass a name such as "my_player".')
    if not callable(make):
        raise invalid("A player must be made by a function of core and channel", make, "Pass lambda core, channel: ...")
    if PLAYERS.get(name, make) is not make and not replace:
        remedy = "Choose another name, or pass replace=True."
        raise invalid("The name of a player must be unique", name, remedy)
    PLAYERS[name] = make


def make_player(name: str, game: Game, agents: int, channel: Channel) -> Player:
    """Make the registered player with this name, for a game of ``agents`` agents.

    Raises:
        ValueError: If there is no such player.
    """
    load_plugins()
    if name not in PLAYERS:
        error = unknown("player", name, PLAYERS)
        how = phrase("import that module first", "add --import MODULE")
        raise ValueError(f"{error} To use a player from your own module, {how}.")
    return PLAYERS[name](game.core(agents, 1, 0), channel)
