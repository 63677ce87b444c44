"""Agents as Players: greedy, in evaluation mode, without gradients."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Integer
from torch import Tensor

from ...protocols.channels.carriers import Carrier
from ...protocols.channels.channel import Channel
from ...protocols.common.errors import invalid
from ...protocols.common.player import PlayerInput, PlayerOutput, Seating, State
from ..compiler import Agent
from .fitting import check_acts, check_agent, check_channel, check_team

COMMON = ("seat", "action", "message")
"""The parts of the state that all agents have. The others are the memory of an agent."""


class AgentPlayer:
    """One agent as a Player. It takes the best legal action and sends its output ``emit`` through the carrier.

    The state consists of ``seat``, the last ``action`` (0 before the first action, then 1 + action), the last
    ``message`` that was sent, decoded, and the agent's recurrent values ``memory_0, memory_1, ...``.

    Args:
        agent: The agent, which is put into evaluation mode.
        channel: The channel that it sends over.
    """

    def __init__(self, agent: Agent, channel: Channel) -> None:
        self.agent = agent.eval()
        self.channel = channel

    def check_game(self, core: Seating, carrier: Carrier) -> None:
        """Check that the agent fits the game and the carrier; see ``Player``."""
        check_channel(self.channel.carrier, carrier)
        check_agent("the agent", self.agent, core, carrier)

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        rows = len(seats)
        message = np.zeros((rows, self.channel.carrier.size), dtype=np.float32)
        return {"seat": seats.astype(np.int64), "action": np.zeros(rows, dtype=np.int64), "message": message}

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        check_acts(self.agent, inputs.legal)
        with torch.inference_mode():
            values = {
                "observation": _observation(inputs.observation),
                "heard": torch.from_numpy(inputs.heard),
                "present": torch.from_numpy(inputs.present).float(),
                "action": torch.from_numpy(state["action"]),
                "message": torch.from_numpy(state["message"]),
                "seat": torch.from_numpy(state["seat"]),
            }
            self._check_inputs(values)
            names = [f"memory_{i}" for i in range(len(self.agent.graph.delayed_wires()))]
            memories = [torch.from_numpy(state[name]) for name in names if name in state]
            arguments = [values[name].to(self._device) for name in self.agent.graph.inputs]
            outputs, memory = self.agent(*arguments, tuple(m.to(self._device) for m in memories) or None)
            self._check_outputs(outputs, inputs.legal.shape[-1])
            sent = self.channel.send(outputs["emit"]).cpu()
        action = np.where(inputs.legal, outputs["act"].cpu().numpy(), -np.inf).argmax(-1)
        following = {"seat": state["seat"], "action": action + 1, "message": self.channel.carrier.decode(sent).numpy()}
        following |= {f"memory_{i}": value.cpu().numpy() for i, value in enumerate(memory)}
        return action, sent.numpy(), following

    def _check_inputs(self, values: dict[str, Tensor]) -> None:
        """Check that the game has the inputs of the agent."""
        remedy = "Use an agent with the ports of this game and channel."
        for name, port in self.agent.graph.inputs.items():
            if name not in values:
                raise invalid(f"The inputs of an agent must be among {', '.join(values)}", name, remedy)
            value = values[name]
            shape = tuple(value.shape[1:])
            if shape != port.shape or value.is_floating_point() != (port.dtype == "float"):
                kind = "float" if value.is_floating_point() else "int"
                raise invalid(f"Input {name} of an agent must be {kind}{list(shape)}", str(port), remedy)
            if port.count is not None and len(value) and int(value.max()) >= port.count:
                raise invalid(f"Input {name} of an agent must accept {int(value.max())}", str(port), remedy)

    def _check_outputs(self, outputs: dict[str, Tensor], actions: int) -> None:
        """Check that the agent has the outputs that the game and the channel need."""
        remedy = "Use an agent with the ports of this game and channel."
        for name, shape in (("act", (actions,)), ("emit", self.channel.carrier.emit_shape)):
            found = tuple(outputs[name].shape[1:]) if name in outputs else "an agent without it"
            if found != shape:
                raise invalid(f"Output {name} of an agent must have the shape {list(shape)}", found, remedy)

    @property
    def _device(self) -> torch.device:
        return next(self.agent.parameters()).device


@dataclass(frozen=True)
class Team:
    """Agents in seats and the channel between them, as a Player of all rows.

    Its state is that of ``AgentPlayer``, except that names of memories begin with that of the agent:
    ``agent_0_memory_0``.

    Attributes:
        agents: One agent that all seats share, or one agent per seat. An agent may take several seats.
        channel: The channel between the agents.

    Raises:
        ValueError: If there is no agent, or an agent does not fit the carrier of the channel or the other agents.
    """

    agents: Sequence[Agent]
    channel: Channel

    def __post_init__(self) -> None:
        if not isinstance(self.agents, list | tuple) or not all(isinstance(agent, Agent) for agent in self.agents):
            raise invalid("The agents of a team must be a list of agents", self.agents, "Pass [Agent(graph), ...].")
        if not self.agents:
            raise invalid("A team must have at least one agent", self.agents, "Pass [Agent(graph), ...].")
        if not isinstance(self.channel, Channel):
            raise invalid("The channel of a team must be a Channel", self.channel, "Pass Channel(carrier, link).")
        check_team(dict(zip(self.names, self.agents, strict=True)), self.channel.carrier)

    @property
    def names(self) -> list[str]:
        """The names of the agents for operators: ``agent_0``, ``agent_1``, ..."""
        return [f"agent_{seat}" for seat in range(len(self.agents))]

    @property
    def memoryless(self) -> bool:
        """Whether no agent depends on observations, actions or messages of previous steps."""
        graphs = [agent.graph for agent in self.agents]
        return not any(graph.delayed_wires() or {"action", "message"} & set(graph.inputs) for graph in graphs)

    def spread(self, agents: int) -> "Team":
        """The same team with an entry for each of N seats. A shared agent takes all of them.

        Raises:
            ValueError: If the team has another number of seats.
        """
        self._check(agents)
        return replace(self, agents=list(self.agents) * (agents // len(self.agents)))

    def check_game(self, core: Seating, carrier: Carrier) -> None:
        """Check that the team fits the game and the carrier, as it is called before an episode; see ``Player``.

        Raises:
            ValueError: If it has another number of agents or other messages, or an agent has other inputs or outputs.
        """
        self._check(core.agents)
        check_channel(self.channel.carrier, carrier)
        for name, agent in zip(self.names, self.agents, strict=True):
            check_agent(name, agent, core, carrier)

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        self._check(int(seats.max()) + 1)
        return AgentPlayer(self.agents[0], self.channel).initial_state(seats)

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        action = np.zeros(len(inputs.observation), dtype=np.int64)
        sent = np.zeros((len(inputs.observation), *self.channel.carrier.signal_shape), dtype=np.float32)
        following: State = {"seat": state["seat"]}
        for name, agent, rows in self._agents_with_rows(state["seat"]):
            own = {key: state[key][rows] for key in COMMON}
            memory = [key for key in state if key.startswith(f"{name}_")]
            own |= {key.removeprefix(f"{name}_"): state[key][rows] for key in memory}
            player = AgentPlayer(agent, self.channel)
            action[rows], sent[rows], after = player.step(inputs.rows(rows), own, rng)
            for key in after.keys() - {"seat"}:
                place = key if key in COMMON else f"{name}_{key}"
                values = following.setdefault(place, np.zeros((len(action), *after[key].shape[1:]), after[key].dtype))
                values[rows] = after[key]
        return action, sent, following

    def _agents_with_rows(
        self, seats: Integer[np.ndarray, "rows"]
    ) -> list[tuple[str, Agent, slice | Integer[np.ndarray, "own"]]]:
        """Each agent once, under the name of its first seat, with its rows."""
        if len(self.agents) == 1:
            return [("agent_0", self.agents[0], slice(None))]
        first = {id(agent): seat for seat, agent in reversed(list(enumerate(self.agents)))}
        of_seat = np.array([first[id(agent)] for agent in self.agents])
        rows = {seat: np.flatnonzero(of_seat[seats] == seat) for seat in sorted(set(of_seat.tolist()))}
        return [(f"agent_{seat}", self.agents[seat], own) for seat, own in rows.items() if len(own)]

    def _check(self, seats: int) -> None:
        if len(self.agents) not in (1, seats):
            remedy = "Pass one shared agent, or one per seat."
            raise invalid(f"A team in this game must fill {seats} seats", f"{len(self.agents)} agents", remedy)


def _observation(observation: np.ndarray) -> Tensor:
    tensor = torch.from_numpy(observation)
    return tensor if tensor.is_floating_point() else tensor.long()
