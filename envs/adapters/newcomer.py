"""One agent of a game as a Gymnasium environment, whose other agents are those of a given team."""

from typing import Any

import gymnasium
import numpy as np

from ...protocols.channels.channel import Channel
from ...protocols.common.errors import invalid, unknown
from ...protocols.common.player import Player, check_player
from .actions import chosen_element
from .pettingzoo import GameEnv


class Newcomer(gymnasium.Env[Any, Any]):
    """The view of one agent, such as a critic of forgery that meets a trained painter.

    Any single-agent algorithm of stable-baselines3 can be trained on it. Observations, actions and rewards are those of
    the agent in ``env``.

    Args:
        env: A game of this package, with the channel over which the team plays.
        team: The player of all agents, such as a ``Team``. What it plays for ``agent`` is ignored.
        agent: Name of the agent that is learned.
        seed: Seed of the random numbers of a team that plays at random.

    Raises:
        ValueError: If the game has no such agent or no channel, or the team does not fit it.
    """

    def __init__(self, env: GameEnv, team: Player, agent: str, seed: int = 0) -> None:
        if agent not in env.possible_agents:
            raise unknown("agent", agent, env.possible_agents)
        if not isinstance(env.channel, Channel):
            remedy = "Pass channel=team.channel to the game."
            raise invalid("A newcomer needs a game with a channel", env.channel, remedy)
        check_player(team, env.core, env.channel.carrier)
        self.env, self.team, self.agent = env, team, agent
        self.observation_space, self.action_space = env.observation_space(agent), env.action_space(agent)
        self.render_mode = env.render_mode
        self._rng = np.random.default_rng(seed)
        self._carrier = env.channel.carrier

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin the next episode, or the first episode of ``seed``."""
        super().reset(seed=seed)
        if seed is not None:
            self._rng = np.random.default_rng(seed)
        observations, infos = self.env.reset(seed=seed, options=options)
        self._state = self.team.initial_state(np.arange(len(self.env.possible_agents)))
        return observations[self.agent], infos[self.agent]

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Play one step, in which the team chooses the actions and messages of all other agents."""
        numbers, sent, self._state = self.team.step(self.env.player_input(), self._state, self._rng)
        chosen = zip(self.env.agents, numbers.tolist(), self._carrier.element(sent), strict=True)
        actions = {
            agent: chosen_element(self.env.action_space(agent), self.env.core.actions, number, message)
            for agent, number, message in chosen
        }
        me = self.agent
        observations, rewards, terminated, truncated, infos = self.env.step(actions | {me: action})
        return observations[me], rewards[me], terminated[me], truncated[me], infos[me]

    def render(self) -> Any:
        """Draw the game; see ``GameEnv.render``."""
        return self.env.render()

    def close(self) -> None:
        """Close the game."""
        self.env.close()
