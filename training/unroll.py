"""Whole episodes of B lanes and N agents at once, kept for backpropagation through time and through the channel."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ..envs.core import Core
from ..protocols.channel import Channel, one_voice
from ..protocols.links import LinkState

Network = Callable[..., tuple[dict[str, Tensor], tuple[Tensor, ...]]]
"""An ``Agent`` or a ``Stack``."""


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
    overheard: Float[Tensor, "T R"]
    """1 where what was sent reached somebody in the end: not in silence, nor where the link lost it to all."""


def unroll(
    network: Network,
    core: Core,
    channel: Channel,
    epsilon: float,
    explore_messages: bool,
    silent: bool,
    rng: np.random.Generator,
    device: torch.device,
) -> Episode:
    """Play the core's next episode, epsilon-greedily, with gradients.

    Args:
        network: maps inputs and memory to ``act`` (Q-values), ``emit`` and memory.
        core: the game.
        channel: carries the messages.
        epsilon: share of random actions.
        explore_messages: also draw that share of messages at random (for symbols, whose credit is blocked).
        silent: nobody hears anything.
        rng: the update's random numbers.
        device: of the network.
    """
    batch, agents, actions, horizon = core.lanes, core.agents, core.actions, core.horizon
    rows = batch * agents
    seats = torch.arange(agents, device=device).repeat(batch)
    dither = rng.random((horizon, rows, actions), dtype=np.float32)
    random_action = rng.random((horizon, rows)) < epsilon
    drawn = channel.carrier.noise((horizon, rows), rng)
    noise = None if drawn is None else torch.from_numpy(drawn).to(device)
    said_at_random = _random_messages(channel, horizon, rows, epsilon, rng, device) if explore_messages else None

    step = core.reset()
    memory = None
    heard = torch.zeros(rows, core.voices, channel.carrier.size, device=device)
    present = torch.zeros(rows, core.voices, device=device)
    action = torch.zeros(rows, dtype=torch.int64, device=device)
    message = torch.zeros(rows, channel.carrier.size, device=device)
    frames: list[tuple[Any, ...]] = []
    inputs: list[tuple[Tensor, ...]] = []
    on_the_way: LinkState = ()
    for time in range(horizon):
        observation = _tensor(step.observation.reshape(rows, *step.observation.shape[2:]), device)
        if not observation.is_floating_point():
            observation = observation.long()
        inputs.append((observation, heard, present, action, message, seats))
        outputs, memory = network(*inputs[-1], memory)

        legal = step.legal.reshape(rows, actions)
        values = outputs["act"].detach().cpu().numpy()
        values = np.where(random_action[time, :, None], dither[time], values)
        chosen = np.where(legal, values, -np.inf).argmax(-1)
        sent = channel.send(outputs["emit"], None if noise is None else noise[time])
        if said_at_random is not None:
            replaced, instead = said_at_random
            sent = torch.where(replaced[time], instead[time], sent)

        live = ~step.ended
        link_noise = channel.link_noise(core.draws, time, agents)
        step = core.step(chosen.reshape(batch, agents))
        hears = _tensor(step.hears & (not silent), device)
        apart = sent.unflatten(0, (batch, agents))
        heard, arrived, on_the_way = channel.transmit(apart, hears, _tensor(link_noise, device), on_the_way)
        overheard = (arrived.any(1) & ~_tensor(step.ended, device)[:, None]).reshape(rows).float()
        heard, arrived = one_voice(heard, arrived) if core.anonymous else (heard, arrived)
        heard = heard.reshape(rows, core.voices, -1)
        present = arrived.reshape(rows, core.voices).float()
        frames.append((outputs["act"], outputs["emit"], sent, chosen, legal, live, overheard, step))
        action = _tensor(chosen, device) + 1
        message = channel.carrier.decode(sent).detach()
        if step.ended.all():
            break
    return _stack(inputs, frames, agents, channel.link.delay, device)


def _stack(
    inputs: list[tuple[Tensor, ...]], frames: list[tuple[Any, ...]], agents: int, delay: int, device: Any
) -> Episode:
    act, emit, said, chosen, legal, live, overheard, steps = zip(*frames, strict=True)
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
        overheard=torch.stack([*overheard[delay:], *[torch.zeros_like(overheard[0])] * delay][: len(overheard)]),
    )


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
