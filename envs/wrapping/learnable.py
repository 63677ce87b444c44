"""A PettingZoo environment in the table of games: ``register_environment``."""

from collections.abc import Callable
from functools import partial
from typing import Any

from ...protocols.common.errors import bad
from ..adapters import GameEnv
from ..core.game import Game
from ..core.registry import Entry, check_name, register_game
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
        ValueError: if there is another game of that name, for a game of this package, or if learners cannot take the
            environment.
    """
    check_name(name)
    if not callable(make_env):
        remedy = "Give lambda: ..., which makes a new one at each call."
        raise bad("make_env is a function that makes a new environment", make_env, remedy)
    playing = partial(Copies, make_env, topology=topology, horizon=horizon)
    game = Game(name, playing, episodes=EPISODES, lanes=LANES)
    made = playing()
    env = made.envs[0]
    if isinstance(getattr(env, "unwrapped", env), GameEnv):
        raise bad("The games of this package are known already", str(env), "Give their name to a recipe, as it is.")
    register_game(name, Entry(about, core=partial(playing, agents=made.agents), game=lambda: game))
