"""Registration of any PettingZoo environment as a game: ``register_environment``."""

from collections.abc import Callable
from functools import partial
from typing import Any

from ...protocols.common.errors import invalid
from ..adapters import GameEnv
from ..core.game import Game
from ..core.registry import GameSpec, check_game_name, register_game
from .pettingzoo_core import PettingZooCore
from .topologies import Topology

EPISODES = 512
"""The number of episodes that evaluation plays by default."""
LANES = 128
"""The maximum number of episodes played in parallel. Each needs a copy of the environment in memory."""


def register_environment(
    name: str,
    make_env: Callable[[], Any],
    topology: Topology = "all",
    horizon: int | None = None,
    about: str = "a PettingZoo environment",
    replace: bool = False,
) -> None:
    """Register any PettingZoo parallel environment as a game in this process, for learners and evaluation.

    Its optimum is unknown, so results have a return but no normalized return. See ``PettingZooCore`` for the
    requirements.

    Args:
        name: Name of the game, as in ``PPO(name, ...)``.
        make_env: A function that returns a new environment. It is called once per lane.
        topology: Which agents hear which, as in ``with_channel``.
        horizon: Maximum number of steps of an episode; the environment's ``max_cycles`` if None.
        about: One-line description.
        replace: Whether to replace a game that was registered under this name, as when a notebook cell runs again.

    Raises:
        ValueError: If the name belongs to another game, the environment is a game of this package, or it does not meet
            the requirements of ``PettingZooCore``.
    """
    check_game_name(name)
    if not callable(make_env):
        remedy = "Pass a function that returns a new environment in each call, such as lambda: my_env()."
        raise invalid("make_env must be a function that returns a new environment", make_env, remedy)
    make_core = partial(PettingZooCore, make_env, topology=topology, horizon=horizon)
    game = Game(name, make_core, episodes=EPISODES, lanes=LANES)
    core = make_core()
    env = core.envs[0]
    if isinstance(getattr(env, "unwrapped", env), GameEnv):
        rule = "The games of this package cannot be registered again"
        raise invalid(rule, str(env), "Pass the name of the game to the recipe.")
    register_game(name, GameSpec(about, core=partial(make_core, agents=core.agents), game=lambda: game), replace)
