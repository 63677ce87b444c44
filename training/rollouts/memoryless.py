"""Episodes of agents without memory: only those are asked whose action or message can matter."""

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
    """All choices of one batch of episodes, M of them: where an agent had more than one legal action."""

    act: Float[Tensor, "M A"]
    """What the agent put out; minus infinity where an action was illegal."""
    action: Int[Tensor, "M"]
    gain: Float[Tensor, "M"]
    """The agent's undiscounted return from there on."""
    lane: Int[Tensor, "M"]
    said: Float[Tensor, "B"]
    """The log-probability, lane by lane, of all that was heard; 0 where a carrier draws nothing."""
    steps: int
    """Environment steps of all lanes together."""


def play_memoryless(
    agents: Sequence[Agent], core: Core, channel: Channel, epsilon: float, silent: bool, rng: np.random.Generator
) -> Choices:
    """Play the core's next episode, epsilon-greedily, with gradients through the channel.

    Args:
        agents: one that all seats share, or one a seat; without memory.
        core: the game.
        channel: carries the messages.
        epsilon: share of legal actions drawn at random.
        silent: nobody hears anything.
        rng: the update's random numbers; modules draw from torch's generator.
    """
    batch, seats = core.lanes, core.agents
    step = core.reset()
    exchange = Exchange(channel, core.draws, seats, core.anonymous, silent, torch.from_numpy)
    delivery = exchange.delivery
    made: list[tuple[Tensor, Tensor, Tensor, Tensor, Tensor]] = []
    said = torch.zeros(batch)
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
        spoken: list[tuple[Tensor, Tensor, Tensor]] = []
        for lane, seat, act, emit in _ask(agents, choosing, inputs):
            sent[lane, seat], likely = _said(channel, emit, rng)
            spoken.append((lane, seat, likely))
            act = act.masked_fill(~torch.from_numpy(step.legal)[lane, seat], -torch.inf)
            chosen = _epsilon_greedy(act, epsilon, rng)
            action[lane, seat] = chosen
            made.append((lane, seat, torch.full_like(lane, time), act, chosen))
        step = core.step(action)
        steps += int(live.sum())
        rewards.append(torch.from_numpy(step.reward))
        hears = step.hears & (not silent)
        for lane, seat, _, emit in _ask(agents, hears.any(axis=1) & ~choosing, inputs):
            sent[lane, seat], likely = _said(channel, emit, rng)
            spoken.append((lane, seat, likely))
        delivery = exchange.deliver(sent, step.hears)
        transmitted = delivery.transmitted.any(1)
        for lane, seat, likely in spoken:
            said = said.index_add(0, lane, likely * transmitted[lane, seat])
    gain = torch.stack(rewards).flip(0).cumsum(0).flip(0)
    lane, seat, when, act, chosen = (torch.cat(parts) for parts in zip(*made, strict=True))
    return Choices(act, chosen, gain[when, lane, seat], lane, said, steps)


def _ask(
    agents: Sequence[Agent], rows: Bool[np.ndarray, "B N"], inputs: Sequence[Tensor]
) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """For each agent that sits in some of these rows: their lanes and seats, what it does there and what it says."""
    for number, agent in enumerate(agents):
        mine = rows if len(agents) == 1 else rows & (np.arange(rows.shape[1]) == number)
        lane, seat = (torch.from_numpy(index) for index in mine.nonzero())
        if len(lane):
            outputs, _ = agent(*(x[lane, seat] for x in inputs), None)
            yield lane, seat, outputs["act"], outputs["emit"]


def _said(channel: Channel, emit: Tensor, rng: np.random.Generator) -> tuple[Tensor, Float[Tensor, "K"]]:
    """What is sent, and the log-probability of that."""
    noise = channel.carrier.noise((len(emit),), rng)
    sent: Tensor = channel.send(emit, None if noise is None else torch.from_numpy(noise))
    if isinstance(channel.carrier, Sampled):
        return sent, channel.carrier.log_probability(emit, sent)
    return sent, torch.zeros(len(emit))


def _epsilon_greedy(act: Float[Tensor, "K A"], epsilon: float, rng: np.random.Generator) -> Int[Tensor, "K"]:
    """The largest legal value; or any legal action, all equally likely, in a share ``epsilon`` of the rows."""
    dither = torch.from_numpy(rng.random(act.shape, dtype=np.float32)).masked_fill(act.isinf(), -1)
    explores = torch.from_numpy(rng.random(len(act)) < epsilon)
    return torch.where(explores, dither.argmax(-1), act.argmax(-1))
