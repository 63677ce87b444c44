"""Whole episodes of B lanes and N agents at once, kept for backpropagation through time and through the channel."""

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
"""By step and values of the actions ``[R, A]``: numbers of which the largest legal one is what is done."""


@dataclass
class Episode:
    """T steps of B lanes; row = lane x N + seat, R = B x N. Frames after a lane's end have ``live`` 0."""

    inputs: list[tuple[Tensor, ...]]
    """The network's inputs at each step."""
    act: Float[Tensor, "T R A"]
    emit: Float[Tensor, "T R ..."]
    action: Int[Tensor, "T R"]
    said: Float[Tensor, "T R ..."]
    """The signals that were sent."""
    legal: Bool[Tensor, "T R A"]
    reward: Float[Tensor, "T R"]
    live: Float[Tensor, "T R"]
    delivered: Float[Tensor, "T R"]
    """1 where what was sent reached somebody in the end: not in silence, nor where the link lost it to all."""
    state: Float[Tensor, "T B S"] | None = None
    """The whole states of the game, where they were asked for."""

    def part(self, lanes: Integer[np.ndarray, "K"], agents: int) -> tuple["Episode", Int[Tensor, "rows"]]:
        """The episodes of some lanes, and the numbers of their rows."""
        device = self.live.device
        rows = torch.from_numpy((lanes[:, None] * agents + np.arange(agents)).ravel()).to(device)
        inputs = (torch.stack(steps)[:, rows].unbind() for steps in zip(*self.inputs, strict=True))
        kept = {name: getattr(self, name)[:, rows] for name in _BY_ROW}
        state = None if self.state is None else self.state[:, torch.from_numpy(lanes).to(device)]
        return Episode(list(zip(*inputs, strict=True)), **kept, state=state), rows


_BY_ROW = ("act", "emit", "action", "said", "legal", "reward", "live", "delivered")


def replay(network: Policy, inputs: list[tuple[Tensor, ...]], recalls: bool) -> dict[str, Float[Tensor, "T R ..."]]:
    """What a network puts out at each step of episodes, with gradients; all steps at once if it recalls nothing."""
    if not recalls:
        together = [torch.cat(steps) for steps in zip(*inputs, strict=True)]
        outputs, _ = network(*together, None)
        return {name: value.unflatten(0, (len(inputs), -1)) for name, value in outputs.items()}
    memory, steps = None, []
    for each in inputs:
        outputs, memory = network(*each, memory)
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
    """Play the core's next episode, epsilon-greedily or as ``act`` says how likely, with gradients.

    Args:
        network: maps inputs and memory to ``act`` (Q-values, or logits), ``emit`` and memory.
        core: the game.
        channel: carries the messages.
        epsilon: share of random actions; None draws each from the softmax of ``act``, over what is legal.
        explore_messages: also draw that share of messages at random (for symbols, whose credit is blocked).
        silent: nobody hears anything.
        rng: the update's random numbers.
        device: of the network.
        states: also keep what no agent sees.
    """
    batch, agents, actions, horizon = core.lanes, core.agents, core.actions, core.horizon
    rows = batch * agents
    seats = torch.arange(agents, device=device).repeat(batch)
    choose = (_by_chance if epsilon is None else _greedily(epsilon))((horizon, rows, actions), rng)
    drawn = channel.carrier.noise((horizon, rows), rng)
    noise = None if drawn is None else torch.from_numpy(drawn).to(device)
    said_at_random = _random_messages(channel, horizon, rows, epsilon or 0.0, rng, device) if explore_messages else None

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
        if said_at_random is not None:
            replaced, instead = said_at_random
            sent = torch.where(replaced[time], instead[time], sent)

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
    act, emit, said, chosen, legal, live, delivered, hidden, steps = zip(*frames, strict=True)
    rows = len(chosen[0])
    reward = np.stack([step.reward.reshape(rows) for step in steps])
    return Episode(
        inputs=inputs,
        act=torch.stack(act),
        emit=torch.stack(emit),
        action=_tensor(np.stack(chosen), device),
        said=torch.stack(said),
        legal=_tensor(np.stack(legal), device),
        reward=_tensor(reward, device),
        live=_tensor(np.stack(live).repeat(agents, axis=1).astype(np.float32), device),
        delivered=torch.stack([*delivered[delay:], *[torch.zeros_like(delivered[0])] * delay][: len(delivered)]),
        state=_tensor(np.stack(hidden), device) if hidden[0] is not None else None,
    )


def _greedily(epsilon: float) -> Callable[[tuple[int, int, int], np.random.Generator], Choose]:
    """The values themselves, or random ones in a share of the rows."""

    def drawn(shape: tuple[int, int, int], rng: np.random.Generator) -> Choose:
        dither = rng.random(shape, dtype=np.float32)
        random_action = rng.random(shape[:2]) < epsilon
        return lambda time, values: np.where(random_action[time, :, None], dither[time], values)

    return drawn


def _by_chance(shape: tuple[int, int, int], rng: np.random.Generator) -> Choose:
    """Logits and Gumbel noise: the largest sum is a draw from their softmax."""
    noise = rng.gumbel(size=shape).astype(np.float32)
    return lambda time, values: values + noise[time]


def _random_messages(
    channel: Channel, horizon: int, rows: int, epsilon: float, rng: np.random.Generator, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Where a message is drawn at random, and which: ``[T, R, 1...]`` and ``[T, R, *signal]``."""
    shape = (horizon, rows, *channel.carrier.emit_shape)
    instead = channel.carrier.encode(torch.from_numpy(rng.random(shape, dtype=np.float32)))
    replaced = rng.random((horizon, rows, *(1 for _ in channel.carrier.emit_shape))) < epsilon
    return torch.from_numpy(replaced).to(device), instead.to(device)


def _tensor(array: np.ndarray, device: torch.device) -> Tensor:
    tensor = torch.from_numpy(array)
    return tensor if device.type == "cpu" else tensor.pin_memory().to(device, non_blocking=True)
