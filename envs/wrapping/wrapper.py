"""A wrapper that gives the agents of any PettingZoo parallel environment a communication channel."""

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
from ..adapters.actions import action_reader, wrong_agents_error
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
        hear_themselves = isinstance(topology, np.ndarray) and bool(topology.diagonal().any())
        everyone = np.tile(np.arange(agents), (agents, 1))
        self._senders = everyone if hear_themselves else everyone[~np.eye(agents, dtype=bool)].reshape(agents, -1)
        heard = slot_bounds(channel, self._senders.shape[1])
        self._readers = {
            agent: action_reader(env.action_space(agent), channel, agent=agent) for agent in self.possible_agents
        }
        self._mask = MessageMask(mask, channel)
        self._extensions = {
            agent: observation_extension(agent, env.observation_space(agent), heard, self._mask)
            for agent in self.possible_agents
        }
        self.action_spaces = {agent: reader.space() for agent, reader in self._readers.items()}
        self.observation_spaces = {agent: extension.space() for agent, extension in self._extensions.items()}
        self._draws = Draws(1, None, first=_channels_inside(env))
        self._exchange = Exchange(channel, self._draws, agents)
        self._begun = False
        self._legal: dict[Any, Any] = {}

    def action_space(self, agent: Any) -> spaces.Space[Any]:
        """The action space of ``agent``, always the same object."""
        return self.action_spaces[agent]

    def observation_space(self, agent: Any) -> spaces.Space[Any]:
        """The observation space of ``agent``, always the same object."""
        return self.observation_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[Any, Any], dict[Any, Any]]:
        """Begin the next episode, or the first episode of ``seed``, of the environment and of the link's noise."""
        observations, infos = self.env.reset(seed=seed, options=options)
        self._draws.reset(seed)
        self._hears()  # raises if the topology is invalid, before anything is played
        self._begun = True
        return self._show(observations, infos, self._exchange.reset()), self._infos(infos)

    def step(self, actions: dict[Any, Any]) -> Returned:
        """Play one joint step and deliver the messages. An invalid message raises before the environment steps.

        Raises:
            ValueError: If an action is outside its space or missing, or before the first reset.
        """
        if not self._begun:
            raise invalid("A step needs a running episode", "no episode yet", "Use reset() to begin an episode.")
        if not actions.keys() >= set(self.agents):
            raise wrong_agents_error(self.agents, actions)
        alive = [agent for agent in actions if agent in self.agents]
        read = {agent: self._readers[agent].read(agent, actions[agent], self._legal[agent]) for agent in alive}
        own = {agent: read[agent][0] if agent in read else choice for agent, choice in actions.items()}
        listening = np.array([agent in self.agents for agent in self.possible_agents])
        observations, rewards, terminations, truncations, infos = self.env.step(own)
        said = {agent: signal for agent, (_, signal) in read.items()}
        delivery = self._deliver(said, listening)
        shown = self._show(observations, infos, delivery)
        return shown, rewards, terminations, truncations, self._infos(infos)

    def _deliver(self, said: dict[Any, Float32[np.ndarray, "..."]], listening: Bool[np.ndarray, "N"]) -> Delivery:
        """Deliver the signals to the agents that still receive messages."""
        seats = self.possible_agents
        zeros = np.zeros(self.channel.carrier.signal_shape, dtype=np.float32)
        sent = np.stack([said.get(agent, zeros) for agent in seats])
        spoke = np.array([agent in said for agent in seats])
        hears = self._hears() & listening[:, None] & spoke
        return self._exchange.deliver(sent[None], hears[None])

    def _hears(self) -> Bool[np.ndarray, "N N"]:
        if isinstance(self._topology, np.ndarray):
            return self._topology
        return current_hears(self._topology, self.env, len(self.possible_agents))

    def _show(self, observations: dict[Any, Any], infos: dict[Any, Any], delivery: Delivery) -> dict[Any, Any]:
        """Extend the observations by messages, and store the live agents and legal actions for the next step."""
        self.agents = list(self.env.agents)
        self._legal = {agent: _mask(observations.get(agent), infos.get(agent)) for agent in self.agents}
        receiver = np.arange(len(self.possible_agents))[:, None]
        heard, present = delivery.heard[0][receiver, self._senders], delivery.present[0][receiver, self._senders]
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

    An action consists of the agent's own action and then its message. With symbols, it is ``MultiDiscrete([A] + [V] *
    L)``, where the agent's own action was ``Discrete(A)`` or a flat ``MultiDiscrete``. With a continuous carrier, it is
    one ``Box``: A logits in [-1, 1], of which the largest legal one is chosen, or the numbers of the agent's own flat
    ``Box``, and then the message. Masks in infos or observations are extended by one entry per symbol of each
    position, because every message is legal. With a continuous carrier, there are no masks.
    ``action_space(agent).sample`` accepts masks.

    An observation that is a flat ``Box`` of floats is extended by [present, message] for each sender in the order of
    ``possible_agents``, excluding the agent itself unless the topology's diagonal is true. Any other observation
    becomes ``{"observation": ..., "heard": ...}``. A ``Dict`` with an "action_mask" keeps its keys: its "observation"
    is extended if that is flat, otherwise "heard" is added.

    A message sent with an action is heard with the next observation, by the agents that the topology then allows to
    hear it. After a reset, there are no messages. An agent sends its last message with its last action, and receives
    its last message with its last observation. Rewards, flags, other infos, ``state``, ``render`` and ``unwrapped`` are
    those of the environment.

    Args:
        env: Any PettingZoo parallel environment with ``possible_agents``.
        channel: The channel between the agents.
        topology: Which agents hear which. "all": every agent hears all others. "ring": agent i hears agent i - 1. Or a
            boolean array ``[receiver, sender]`` in the order of ``possible_agents``, whose diagonal may be true. Or a
            function that returns such an array for the wrapped environment after each step, as
            ``by_distance(radius)`` does.
        mask: What action masks cover: "full" the whole action space, "action" the agent's own action, in which case
            masks are not changed. None removes them.

    Raises:
        ValueError: If the environment is a game of this package, which takes ``channel=``, its spaces cannot include
            messages, or the topology or the mask is invalid.
    """
    check_parallel(env)
    if isinstance(getattr(env, "unwrapped", env), GameEnv):
        remedy = "Pass the channel to the game: parallel_env(channel=...)."
        raise invalid("with_channel needs a third-party environment", str(env), remedy)
    if not isinstance(channel, Channel):
        raise invalid("channel must be a Channel", channel, "Pass Channel(carrier, link, credit).")
    agents = len(env.possible_agents)
    channel.check_seats(agents)
    return WithChannel(env, channel, resolve(topology, agents), mask)


def _channels_inside(env: Any) -> int:
    """The number of channels around an environment, each of which draws its noise as a separate lane."""
    count = 0
    while env is not None:
        count += isinstance(env, WithChannel)
        env = getattr(env, "__dict__", {}).get("env")
    return count


def _mask(observation: Any, info: Any) -> Any:
    """A copy of an agent's action mask, because callers may overwrite the original; None if there is no mask."""
    for source in (info, observation):
        mask = source.get(MASK) if isinstance(source, dict) else None
        if mask is not None:
            return tuple(np.array(part) for part in mask) if isinstance(mask, tuple) else np.array(mask)
    return None
