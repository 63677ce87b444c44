"""Interventions on the channel during play, which measure the value of messages by removing or permuting them."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float32, Float64

from ..common.checks import check_choice
from .channel import Channel

Heard: TypeAlias = tuple[Float32[np.ndarray, "B N N size"], Bool[np.ndarray, "B N N"]]
Intervention: TypeAlias = Callable[
    [Channel, Float32[np.ndarray, "B N N size"], Bool[np.ndarray, "B N N"], np.random.Generator], Heard
]
"""Maps the messages that arrive, ``heard [B, receiver, sender, size]`` and ``present``, to those that are heard."""


def normal(channel: Channel, heard: np.ndarray, present: np.ndarray, rng: np.random.Generator) -> Heard:
    """Leave all messages unchanged."""
    return heard, present


def silent(channel: Channel, heard: np.ndarray, present: np.ndarray, rng: np.random.Generator) -> Heard:
    """Remove all messages: ``present`` is false everywhere."""
    return np.zeros_like(heard), np.zeros_like(present)


def constant(channel: Channel, heard: np.ndarray, present: np.ndarray, rng: np.random.Generator) -> Heard:
    """Replace every message by the first element of the carrier's space."""
    space = channel.carrier.space
    first = channel.carrier.decode(channel.carrier.signal(np.zeros(space.shape, dtype=space.dtype)))
    return np.where(present[..., None], first, 0).astype(np.float32), present


def shuffled(channel: Channel, heard: np.ndarray, present: np.ndarray, rng: np.random.Generator) -> Heard:
    """Permute the messages of each step and sender between lanes, which keeps their frequencies but not their meaning.

    Lanes count equally; see ``weighted_shuffle`` for episodes with different probabilities.

    The return under ``normal`` minus that under ``shuffled`` estimates the causal effect of the messages. It includes
    the cost of inputs that are unusual for the receiver.
    """
    heard = heard.copy()
    for sender in range(heard.shape[2]):
        lane, receiver = np.nonzero(present[:, :, sender])
        heard[lane, receiver, sender] = heard[lane, receiver, sender][rng.permutation(len(lane))]
    return heard, present


def weighted_shuffle(weight: Float64[np.ndarray, "B"]) -> Intervention:
    """``shuffled`` for lanes that are not equally likely: each message comes from a lane drawn by its weight.

    Lanes are drawn with replacement among those in which the sender has sent a message at this step, with probabilities
    proportional to the weights, independently for each receiver. In expectation, messages are as frequent as in play,
    and independent of the receiver's lane. For equal weights, a permutation has the same expectation and less variance.

    Args:
        weight: Probability of each lane's episode, up to a common factor.
    """

    def intervene(channel: Channel, heard: np.ndarray, present: np.ndarray, rng: np.random.Generator) -> Heard:
        heard = heard.copy()
        for sender in range(heard.shape[2]):
            lane, receiver = np.nonzero(present[:, :, sender])
            total = weight[lane].sum()
            if total > 0:
                drawn = rng.choice(len(lane), len(lane), p=weight[lane] / total)
                heard[lane, receiver, sender] = heard[lane, receiver, sender][drawn]
        return heard, present

    return intervene


INTERVENTIONS: dict[str, Intervention] = {f.__name__: f for f in (normal, silent, constant, shuffled)}

RANDOM = frozenset({"shuffled"})
"""Interventions that draw random numbers. A value under one of them is an average over its draws."""


def intervention(name: str) -> Intervention:
    """The intervention with this name.

    Raises:
        ValueError: If no intervention has this name.
    """
    check_choice("channel intervention", name, INTERVENTIONS)
    return INTERVENTIONS[name]
