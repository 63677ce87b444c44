"""Rollouts of whole episodes of B lanes and N agents, for backpropagation through time and through the channel."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, Integer
from torch import Tensor

from ...envs.core.core import Core
from ...protocols.channels.channel import Channel
from ...protocols.channels.exchange import Exchange

Policy = Callable[..., tuple[dict[str, Tensor], tuple[Tensor, ...]]]
"""An ``Agent`` or a ``StackedAgents``."""
Choose: TypeAlias = Callable[[int, np.ndarray], np.ndarray]
"""Maps a step and action values ``[R, A]`` to priorities; the legal action with the highest priority is chosen."""


@dataclass
class Episode:
    """T steps of B lanes; row = lane x N + seat, R = B x N. In frames after the end of a lane, ``live`` is 0."""

    inputs: list[tuple[Tensor, ...]]
    """The inputs of the network at each step."""
    act: Float[Tensor, "T R A"]
    emit: Float[Tensor, "T R ..."]
    action: Int[Tensor, "T R"]
    sent: Float[Tensor, "T R ..."]
    """The signals sent."""
    legal: Bool[Tensor, "T R A"]
    reward: Float[Tensor, "T R"]
    live: Float[Tensor, "T R"]
    delivered: Float[Tensor, "T R"]
    """1 if the signal reached a receiver, possibly after a delay; 0 in silence, or if the link lost all copies."""
    state: Float[Tensor, "T B S"] | None = None
    """The full states of the game, if requested."""

    def part(self, lanes: Integer[np.ndarray, "K"], agents: int) -> tuple["Episode", Int[Tensor, "rows"]]:
        """The episodes of the given lanes, and the indices of their rows."""
        device = self.live.device
        rows = torch.from_numpy((lanes[:, None] * agents + np.arange(agents)).ravel()).to(device)
        inputs = (torch.stack(steps)[:, rows].unbind() for steps in zip(*self.inputs, strict=True))
        kept = {name: getattr(self, name)[:, rows] for name in _BY_ROW}
        state = None if self.state is None else self.state[:, torch.from_numpy(lanes).to(device)]
        return Episode(list(zip(*inputs, strict=True)), **kept, state=state), rows


_BY_ROW = ("act", "emit", "action", "sent", "legal", "reward", "live", "delivered")


def recompute(
    network: Policy, inputs: list[tuple[Tensor, ...]], recurrent: bool
) -> dict[str, Float[Tensor, "T R ..."]]:
    """Recompute the outputs of a network at each step of recorded episodes, with gradients.

    Args:
        network: The network.
        inputs: Its inputs at each step.
        recurrent: Whether the network is recurrent; if not, all steps are computed in one pass.
    """
    if not recurrent:
        together = [torch.cat(steps) for steps in zip(*inputs, strict=True)]
        outputs, _ = network(*together, None)
        return {name: value.unflatten(0, (len(inputs), -1)) for name, value in outputs.items()}
    memory, steps = None, []
    for step in inputs:
        outputs, memory = network(*step, memory)
        steps.append(outputs)
    return {name: torch.stack([outputs[name] for outputs in steps]) for name in steps[0]}


def unroll(
    network: Policy,
    core: Core,
    channel: Channel,
    epsilon: float | None,
    explore_messages: bool,
    silent: bool,
    rng: np.random.Generator,
    device: torch.device,
    states: bool = False,
) -> Episode:
    """Play the next episode of the core with gradients, with epsilon-greedy or sampled actions.

    Args:
        network: Maps inputs and memory to ``act`` (Q-values or logits), ``emit`` and memory.
        core: The game.
        channel: The channel between the agents.
        epsilon: Probability of a random action; None samples actions from the softmax of ``act`` over legal actions.
        explore_messages: Whether random messages are sent with the same probability (for symbols with blocked credit).
        silent: If true, no messages are delivered.
        rng: The generator of the update.
        device: The device of the network.
        states: Whether to record the full states of the game.
    """
    batch, agents, actions, horizon = core.lanes, core.agents, core.actions, core.horizon
    rows = batch * agents
    seats = torch.arange(agents, device=device).repeat(batch)
    choose = (_sampling if epsilon is None else _epsilon_greedy(epsilon))((horizon, rows, actions), rng)
    drawn = channel.carrier.noise((horizon, rows), rng)
    noise = None if drawn is None else torch.from_numpy(drawn).to(device)
    random_messages = (
        _random_messages(channel, horizon, rows, epsilon or 0.0, rng, device) if explore_messages else None
    )

    step = core.reset()
    memory = None
    exchange = Exchange(channel, core.draws, agents, core.anonymous, silent, lambda array: _tensor(array, device))
    delivery = exchange.delivery
    action = torch.zeros(rows, dtype=torch.int64, device=device)
    message = torch.zeros(rows, channel.carrier.size, device=device)
    frames: list[tuple[Any, ...]] = []
    inputs: list[tuple[Tensor, ...]] = []
    for time in range(horizon):
        observation = _tensor(step.observation.reshape(rows, *step.observation.shape[2:]), device)
        if not observation.is_floating_point():
            observation = observation.long()
        heard, present = (slot.flatten(0, 1) for slot in delivery.slots)
        inputs.append((observation, heard, present.float(), action, message, seats))
        outputs, memory = network(*inputs[-1], memory)

        legal = step.legal.reshape(rows, actions)
        chosen = np.where(legal, choose(time, outputs["act"].detach().cpu().numpy()), -np.inf).argmax(-1)
        sent = channel.send(outputs["emit"], None if noise is None else noise[time])
        if random_messages is not None:
            replaced, replacement = random_messages
            sent = torch.where(replaced[time], replacement[time], sent)

        live, hidden = ~step.ended, core.state() if states else None
        step = core.step(chosen.reshape(batch, agents))
        delivery = exchange.deliver(sent.unflatten(0, (batch, agents)), step.hears)
        delivered = (delivery.present.any(1) & ~_tensor(step.ended, device)[:, None]).reshape(rows).float()
        frames.append((outputs["act"], outputs["emit"], sent, chosen, legal, live, delivered, hidden, step))
        action = _tensor(chosen, device) + 1
        message = channel.carrier.decode(sent).detach()
        if step.ended.all():
            break
    return _stack(inputs, frames, agents, channel.link.delay, device)


def _stack(
    inputs: list[tuple[Tensor, ...]], frames: list[tuple[Any, ...]], agents: int, delay: int, device: Any
) -> Episode:
    act, emit, sent, chosen, legal, live, delivered, hidden, steps = zip(*frames, strict=True)
    rows = len(chosen[0])
    reward = np.stack([step.reward.reshape(rows) for step in steps])
    return Episode(
        inputs=inputs,
        act=torch.stack(act),
        emit=torch.stack(emit),
        action=_tensor(np.stack(chosen), device),
        sent=torch.stack(sent),
        legal=_tensor(np.stack(legal), device),
        reward=_tensor(reward, device),
        live=_tensor(np.stack(live).repeat(agents, axis=1).astype(np.float32), device),
        delivered=torch.stack([*delivered[delay:], *[torch.zeros_like(delivered[0])] * delay][: len(delivered)]),
        state=_tensor(np.stack(hidden), device) if hidden[0] is not None else None,
    )


def _epsilon_greedy(epsilon: float) -> Callable[[tuple[int, int, int], np.random.Generator], Choose]:
    """The action values themselves, or random ones with probability ``epsilon`` per row."""

    def drawn(shape: tuple[int, int, int], rng: np.random.Generator) -> Choose:
        dither = rng.random(shape, dtype=np.float32)
        random_action = rng.random(shape[:2]) < epsilon
        return lambda time, values: np.where(random_action[time, :, None], dither[time], values)

    return drawn


def _sampling(shape: tuple[int, int, int], rng: np.random.Generator) -> Choose:
    """Logits plus Gumbel noise, whose argmax is a sample from their softmax."""
    noise = rng.gumbel(size=shape).astype(np.float32)
    return lambda time, values: values + noise[time]


def _random_messages(
    channel: Channel, horizon: int, rows: int, epsilon: float, rng: np.random.Generator, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Whether each message is replaced ``[T, R, 1...]``, and the random messages ``[T, R, *signal]``."""
    shape = (horizon, rows, *channel.carrier.emit_shape)
    replacement = channel.carrier.encode(torch.from_numpy(rng.random(shape, dtype=np.float32)))
    replaced = rng.random((horizon, rows, *(1 for _ in channel.carrier.emit_shape))) < epsilon
    return torch.from_numpy(replaced).to(device), replacement.to(device)


def _tensor(array: np.ndarray, device: torch.device) -> Tensor:
    tensor = torch.from_numpy(array)
    return tensor if device.type == "cpu" else tensor.pin_memory().to(device, non_blocking=True)
