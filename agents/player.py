"""A compiled agent, or several in their seats, as a Player: greedy, without gradients, with running statistics."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float32, Integer, Shaped
from torch import Tensor

from ..protocols.channel import Channel
from ..protocols.errors import bad
from ..protocols.player import State
from .compiler import Agent


class Seated:
    """One agent as a Player: takes the best legal action, and says what its ``speak`` module emits.

    State: ``seat``, the last ``action`` (0 for none yet, else 1 + action), the last ``message`` said, decoded, and the
    agent's recurrent values ``memory_0, memory_1, ...``.
    """

    def __init__(self, agent: Agent, channel: Channel) -> None:
        self.agent = agent.eval()
        self.channel = channel

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        rows = len(seats)
        message = np.zeros((rows, self.channel.carrier.size), dtype=np.float32)
        return {"seat": seats.astype(np.int64), "action": np.zeros(rows, dtype=np.int64), "message": message}

    def step(
        self,
        observation: Shaped[np.ndarray, "rows ..."],
        heard: Float32[np.ndarray, "rows S size"],
        present: Bool[np.ndarray, "rows S"],
        legal: Bool[np.ndarray, "rows A"],
        state: State,
        rng: np.random.Generator,
    ) -> tuple[Integer[np.ndarray, "rows"], Float32[np.ndarray, "rows ..."], State]:
        with torch.inference_mode():
            values = {
                "observation": _observation(observation),
                "heard": torch.from_numpy(heard),
                "present": torch.from_numpy(present).float(),
                "action": torch.from_numpy(state["action"]),
                "message": torch.from_numpy(state["message"]),
                "seat": torch.from_numpy(state["seat"]),
            }
            names = [f"memory_{i}" for i in range(len(self.agent.graph.delayed()))]
            recalled = [torch.from_numpy(state[name]) for name in names if name in state]
            inputs = [values[name].to(self._device) for name in self.agent.graph.inputs]
            outputs, memory = self.agent(*inputs, tuple(m.to(self._device) for m in recalled) or None)
            sent = self.channel.send(outputs["emit"]).cpu()
        action = np.where(legal, outputs["act"].cpu().numpy(), -np.inf).argmax(-1)
        following = {"seat": state["seat"], "action": action + 1, "message": self.channel.carrier.decode(sent).numpy()}
        following |= {f"memory_{i}": value.cpu().numpy() for i, value in enumerate(memory)}
        return action, sent.numpy(), following

    @property
    def _device(self) -> torch.device:
        return next(self.agent.parameters()).device


@dataclass(frozen=True)
class Team:
    """Agents in their seats, and the channel between them: a Player of all rows.

    Attributes:
        agents: one that all seats share, or one a seat.
        channel: what they talk over.
    """

    agents: Sequence[Agent]
    channel: Channel

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        if len(self.agents) not in (1, int(seats.max()) + 1):
            remedy = "Give one shared agent, or one a seat."
            raise bad(f"This game has {int(seats.max()) + 1} seats", f"{len(self.agents)} agents", remedy)
        return Seated(self.agents[0], self.channel).initial_state(seats)

    def step(
        self,
        observation: Shaped[np.ndarray, "rows ..."],
        heard: Float32[np.ndarray, "rows S size"],
        present: Bool[np.ndarray, "rows S"],
        legal: Bool[np.ndarray, "rows A"],
        state: State,
        rng: np.random.Generator,
    ) -> tuple[Integer[np.ndarray, "rows"], Float32[np.ndarray, "rows ..."], State]:
        if len(self.agents) == 1:
            return Seated(self.agents[0], self.channel).step(observation, heard, present, legal, state, rng)
        rows, parts = [], []
        for seat, agent in enumerate(self.agents):
            mine = np.flatnonzero(state["seat"] == seat)
            own = {name: value[mine] for name, value in state.items()}
            player = Seated(agent, self.channel)
            parts.append(player.step(observation[mine], heard[mine], present[mine], legal[mine], own, rng))
            rows.append(mine)
        back = np.argsort(np.concatenate(rows))
        actions, sent, states = zip(*parts, strict=True)
        joined = {name: np.concatenate([s[name] for s in states])[back] for name in states[0]}
        return np.concatenate(actions)[back], np.concatenate(sent)[back], joined


def _observation(observation: np.ndarray) -> Tensor:
    tensor = torch.from_numpy(observation)
    return tensor if tensor.is_floating_point() else tensor.long()
