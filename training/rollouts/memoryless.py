"""Rollouts of memoryless agents, which are only run at steps where their action or message can have an effect."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ...agents import Agent
from ...envs.core.core import Core
from ...protocols.channels.channel import Channel
from ...protocols.channels.exchange import Exchange
from ...protocols.channels.symbols import Sampled


@dataclass
class Choices:
    """The M choices in a batch of episodes: all actions of agents that had more than one legal action."""

    act: Float[Tensor, "M A"]
    """The output of the agent; minus infinity for illegal actions."""
    action: Int[Tensor, "M"]
    return_to_go: Float[Tensor, "M"]
    """The undiscounted return of the agent from this step on."""
    lane: Int[Tensor, "M"]
    log_prob: Float[Tensor, "B"]
    """The log-probability of all messages that were transmitted in a lane; 0 unless the carrier samples them."""
    steps: int
    """Number of environment steps, summed over lanes."""


def play_memoryless(
    agents: Sequence[Agent], core: Core, channel: Channel, epsilon: float, silent: bool, rng: np.random.Generator
) -> Choices:
    """Play the next episode of the core epsilon-greedily, with gradients through the channel.

    Args:
        agents: Agents without memory: one that all seats share, or one per seat.
        core: The game.
        channel: The channel between the agents.
        epsilon: Probability of a random legal action.
        silent: If true, no messages are delivered.
        rng: The generator of the update; modules draw from torch's generator.
    """
    batch, seats = core.lanes, core.agents
    step = core.reset()
    exchange = Exchange(channel, core.draws, seats, core.anonymous, silent, torch.from_numpy)
    delivery = exchange.delivery
    made: list[tuple[Tensor, Tensor, Tensor, Tensor, Tensor]] = []
    log_prob = torch.zeros(batch)
    rewards: list[Tensor] = []
    steps = 0
    for time in range(core.horizon):
        live = ~step.ended
        if not live.any():
            break
        heard, present = delivery.slots
        inputs = torch.from_numpy(step.observation), heard, present.float()
        sent = torch.zeros(batch, seats, *channel.carrier.signal_shape)
        choosing = (step.legal.sum(axis=-1) > 1) & live[:, None]
        action = step.legal.argmax(axis=-1)
        messages: list[tuple[Tensor, Tensor, Tensor]] = []
        for lane, seat, act, emit in _outputs(agents, choosing, inputs):
            sent[lane, seat], likelihood = _sent(channel, emit, rng)
            messages.append((lane, seat, likelihood))
            act = act.masked_fill(~torch.from_numpy(step.legal)[lane, seat], -torch.inf)
            chosen = _epsilon_greedy(act, epsilon, rng)
            action[lane, seat] = chosen
            made.append((lane, seat, torch.full_like(lane, time), act, chosen))
        step = core.step(action)
        steps += int(live.sum())
        rewards.append(torch.from_numpy(step.reward))
        hears = step.hears & (not silent)
        for lane, seat, _, emit in _outputs(agents, hears.any(axis=1) & ~choosing, inputs):
            sent[lane, seat], likelihood = _sent(channel, emit, rng)
            messages.append((lane, seat, likelihood))
        delivery = exchange.deliver(sent, step.hears)
        transmitted = delivery.transmitted.any(1)
        for lane, seat, likelihood in messages:
            log_prob = log_prob.index_add(0, lane, likelihood * transmitted[lane, seat])
    return_to_go = torch.stack(rewards).flip(0).cumsum(0).flip(0)
    lane, seat, when, act, chosen = (torch.cat(parts) for parts in zip(*made, strict=True))
    return Choices(act, chosen, return_to_go[when, lane, seat], lane, log_prob, steps)


def _outputs(
    agents: Sequence[Agent], rows: Bool[np.ndarray, "B N"], inputs: Sequence[Tensor]
) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """For each agent with any of these rows: the lanes and seats of the rows, and its outputs ``act`` and ``emit``."""
    for number, agent in enumerate(agents):
        own = rows if len(agents) == 1 else rows & (np.arange(rows.shape[1]) == number)
        lane, seat = (torch.from_numpy(index) for index in own.nonzero())
        if len(lane):
            outputs, _ = agent(*(x[lane, seat] for x in inputs), None)
            yield lane, seat, outputs["act"], outputs["emit"]


def _sent(channel: Channel, emit: Tensor, rng: np.random.Generator) -> tuple[Tensor, Float[Tensor, "K"]]:
    """The signals, and their log-probabilities."""
    noise = channel.carrier.noise((len(emit),), rng)
    sent: Tensor = channel.send(emit, None if noise is None else torch.from_numpy(noise))
    if isinstance(channel.carrier, Sampled):
        return sent, channel.carrier.log_probability(emit, sent)
    return sent, torch.zeros(len(emit))


def _epsilon_greedy(act: Float[Tensor, "K A"], epsilon: float, rng: np.random.Generator) -> Int[Tensor, "K"]:
    """The legal action with the largest value or, with probability ``epsilon``, a uniformly random legal action."""
    dither = torch.from_numpy(rng.random(act.shape, dtype=np.float32)).masked_fill(act.isinf(), -1)
    explores = torch.from_numpy(rng.random(len(act)) < epsilon)
    return torch.where(explores, dither.argmax(-1), act.argmax(-1))
