"""A PettingZoo environment in the table of games: ``register_environment``."""

from collections.abc import Callable
from functools import partial
from typing import Any

from ..game import Game
from ..registry import Entry, register_game
from .copies import Copies
from .topologies import Topology

EPISODES = 512
"""How many episodes of such a game evaluation plays."""
LANES = 128
"""How many of them at once: each copy of an environment takes memory."""


def register_environment(
    name: str,
    make_env: Callable[[], Any],
    topology: Topology = "all",
    horizon: int | None = None,
    about: str = "an environment of PettingZoo",
) -> None:
    """Let learners and evaluation know any PettingZoo parallel environment, under a name, in this process.

    Nobody knows what is possible in it, so results have a return and no score. See ``Copies`` for what it needs.

    Args:
        name: that settings give: ``PPO(name, ...)``.
        make_env: makes a new environment; it is called once a lane.
        topology: who hears whom, as in ``with_channel``.
        horizon: the most steps of an episode; None for the environment's ``max_cycles``.
        about: the game in one line.

    Raises:
        ValueError: if there is another game of that name, or learners cannot take the environment.
    """
    playing = partial(Copies, make_env, topology=topology, horizon=horizon)
    game = Game(name, playing, episodes=EPISODES, lanes=LANES)
    register_game(name, Entry(about, core=partial(playing, agents=playing().agents), game=lambda: game))
