"""The wrapper that gives the agents of any PettingZoo parallel environment a channel."""

from collections.abc import Callable
from typing import Any

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float32
from pettingzoo.utils.wrappers import BaseParallelWrapper

from ...protocols.channels.channel import Channel
from ...protocols.channels.exchange import Delivery, Exchange
from ...protocols.common.draws import Draws
from ...protocols.common.errors import invalid
from ..adapters import GameEnv
from ..adapters.action_masks import MASK, Mask, MessageMask
from ..adapters.actions import action_reader, wrong_agents
from ..adapters.hearing import slot_bounds, write_slots
from ..conformance.rules import check_parallel
from .observation_extensions import observation_extension
from .topologies import Topology, current_hears, resolve

Returned = tuple[dict[Any, Any], dict[Any, Any], dict[Any, Any], dict[Any, Any], dict[Any, Any]]


class WithChannel(BaseParallelWrapper[Any, Any, Any]):
    """A parallel environment whose agents communicate; see ``with_channel``.

    Attributes:
        env: The wrapped environment.
        channel: The channel between its agents.
        agents: The live agents; empty before the first reset.
    """

    def __init__(
        self, env: Any, channel: Channel, topology: np.ndarray | Callable[[Any], np.ndarray], mask: Mask = "full"
    ) -> None:
        super().__init__(env)
        self.channel = channel
        self.possible_agents: list[Any] = list(env.possible_agents)
        self.agents: list[Any] = []
        agents = len(self.possible_agents)
        self._topology = topology
        own_voice = isinstance(topology, np.ndarray) and bool(topology.diagonal().any())
        everybody = np.tile(np.arange(agents), (agents, 1))
        self._voices = everybody if own_voice else everybody[~np.eye(agents, dtype=bool)].reshape(agents, -1)
        heard = slot_bounds(channel, self._voices.shape[1])
        self._acts = {
            agent: action_reader(env.action_space(agent), channel, agent=agent) for agent in self.possible_agents
        }
        self._mask = MessageMask(mask, channel)
        self._extensions = {
            agent: observation_extension(agent, env.observation_space(agent), heard, self._mask)
            for agent in self.possible_agents
        }
        self.action_spaces = {agent: act.space() for agent, act in self._acts.items()}
        self.observation_spaces = {agent: one.space() for agent, one in self._extensions.items()}
        self._draws = Draws(1, None, first=_channels_inside(env))
        self._exchange = Exchange(channel, self._draws, agents)
        self._begun = False
        self._legal: dict[Any, Any] = {}

    def action_space(self, agent: Any) -> spaces.Space[Any]:
        """The action space of ``agent``; always the same object."""
        return self.action_spaces[agent]

    def observation_space(self, agent: Any) -> spaces.Space[Any]:
        """The observation space of ``agent``; always the same object."""
        return self.observation_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[Any, Any], dict[Any, Any]]:
        """Begin the next episode, or the first one of ``seed``, of the wrapped environment and of the link's noise."""
        observations, infos = self.env.reset(seed=seed, options=options)
        self._draws.reset(seed)
        self._hears()  # so that a topology that cannot be is refused before anything is played
        self._begun = True
        return self._show(observations, infos, self._exchange.reset()), self._infos(infos)

    def step(self, actions: dict[Any, Any]) -> Returned:
        """Play one joint step, and deliver the messages. An invalid message raises before the environment moves.

        Raises:
            ValueError: if an action is outside its space or missing, or before the first reset.
        """
        if not self._begun:
            raise invalid("A step needs a running episode", "no episode yet", "Call reset().")
        if not actions.keys() >= set(self.agents):
            raise wrong_agents(self.agents, actions)
        alive = [agent for agent in actions if agent in self.agents]
        deeds = {agent: self._acts[agent].read(agent, actions[agent], self._legal[agent]) for agent in alive}
        own = {agent: deeds[agent][0] if agent in deeds else choice for agent, choice in actions.items()}
        listening = np.array([agent in self.agents for agent in self.possible_agents])
        observations, rewards, terminations, truncations, infos = self.env.step(own)
        said = {agent: signal for agent, (_, signal) in deeds.items()}
        delivery = self._deliver(said, listening)
        shown = self._show(observations, infos, delivery)
        return shown, rewards, terminations, truncations, self._infos(infos)

    def _deliver(self, said: dict[Any, Float32[np.ndarray, "..."]], listening: Bool[np.ndarray, "N"]) -> Delivery:
        """Deliver the signals to those agents that still receive messages."""
        seats = self.possible_agents
        nothing = np.zeros(self.channel.carrier.signal_shape, dtype=np.float32)
        sent = np.stack([said.get(agent, nothing) for agent in seats])
        spoke = np.array([agent in said for agent in seats])
        hears = self._hears() & listening[:, None] & spoke
        return self._exchange.deliver(sent[None], hears[None])

    def _hears(self) -> Bool[np.ndarray, "N N"]:
        if isinstance(self._topology, np.ndarray):
            return self._topology
        return current_hears(self._topology, self.env, len(self.possible_agents))

    def _show(self, observations: dict[Any, Any], infos: dict[Any, Any], delivery: Delivery) -> dict[Any, Any]:
        """Observations extended by messages; live agents and legal actions are stored for the next step."""
        self.agents = list(self.env.agents)
        self._legal = {agent: _mask(observations.get(agent), infos.get(agent)) for agent in self.agents}
        receiver = np.arange(len(self.possible_agents))[:, None]
        heard, present = delivery.heard[0][receiver, self._voices], delivery.present[0][receiver, self._voices]
        numbers = np.empty((len(receiver), present.shape[1] * (1 + heard.shape[2])), dtype=np.float32)
        write_slots(numbers, heard, present)
        seats = {agent: row for agent, row in zip(self.possible_agents, numbers, strict=True) if agent in observations}
        joined = {agent: self._extensions[agent].join(observations[agent], row) for agent, row in seats.items()}
        return {**observations, **joined}

    def _infos(self, infos: dict[Any, Any]) -> dict[Any, Any]:
        """The environment's infos, their masks extended by those of messages, or removed."""
        return {agent: self._mask.in_dict(info) if isinstance(info, dict) else info for agent, info in infos.items()}


def with_channel(env: Any, channel: Channel, topology: Topology = "all", mask: Mask = "full") -> WithChannel:
    """Connect all agents of a parallel environment by a channel.

    An action is the agent's own, then its message. With symbols it is ``MultiDiscrete([A] + [V] * L)``, where the
    action was ``Discrete(A)`` or a flat ``MultiDiscrete``. With a continuous carrier it is one ``Box``: A logits in
    [-1, 1], of which the largest legal one is chosen, or the numbers of the agent's own flat ``Box``; then the message.
    Masks, in infos or observations, are extended by one entry per symbol of each position, since every message is
    legal; with a continuous carrier there are none. ``action_space(agent).sample`` takes them.

    An observation that is a flat ``Box`` of floats is extended: for each sender in the order of ``possible_agents``,
    excluding the agent itself unless the topology's diagonal is true, [present, message]. Any other becomes
    ``{"observation": ..., "heard": ...}``. A ``Dict`` with an "action_mask" keeps its keys: its "observation" is
    extended where that is flat, else "heard" is added.

    A message sent with an action is heard with the observation that follows it, by agents that the topology then lets
    hear it; after a reset there are no messages. An agent sends its last message with its last action, and receives its
    last message with its last observation. Rewards, flags, other infos, ``state``, ``render`` and ``unwrapped`` are the
    environment's.

    Args:
        env: any PettingZoo parallel environment with ``possible_agents``.
        channel: the channel between the agents.
        topology: who hears whom. "all": everybody hears all others. "ring": agent i hears agent i - 1. A boolean array
            ``[receiver, sender]`` in the order of ``possible_agents``; its diagonal may be true. Or a function that
            returns such an array for the wrapped environment after each step, as ``by_distance(radius)`` does.
        mask: what action masks cover: "full" the whole action space, "action" the agent's own action, in which case
            masks stay as they are; None removes them.

    Raises:
        ValueError: for one of this package's own games, which take ``channel=``; for spaces that cannot include
            messages; for an invalid topology or mask.
    """
    check_parallel(env)
    if isinstance(getattr(env, "unwrapped", env), GameEnv):
        remedy = "Pass the channel to it: parallel_env(channel=...)."
        raise invalid(
            "with_channel is for third-party environments; games of this package take channel=", str(env), remedy
        )
    if not isinstance(channel, Channel):
        raise invalid("channel must be a Channel", channel, "Pass Channel(carrier, link, credit).")
    agents = len(env.possible_agents)
    channel.check_seats(agents)
    return WithChannel(env, channel, resolve(topology, agents), mask)


def _channels_inside(env: Any) -> int:
    """Number of channels around an environment: each draws its noise as a separate lane."""
    count = 0
    while env is not None:
        count += isinstance(env, WithChannel)
        env = getattr(env, "__dict__", {}).get("env")
    return count


def _mask(observation: Any, info: Any) -> Any:
    """A copy of an agent's action mask, as callers may overwrite theirs; None if there is none."""
    for given in (info, observation):
        mask = given.get(MASK) if isinstance(given, dict) else None
        if mask is not None:
            return tuple(np.array(part) for part in mask) if isinstance(mask, tuple) else np.array(mask)
    return None
