"""Interventions on the live channel: what a team is worth when its messages are taken away or mixed up."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float32

from ..common.checks import one_of
from .channel import Channel

Heard: TypeAlias = tuple[Float32[np.ndarray, "B N N size"], Bool[np.ndarray, "B N N"]]
Intervention: TypeAlias = Callable[
    [Channel, Float32[np.ndarray, "B N N size"], Bool[np.ndarray, "B N N"], np.random.Generator], Heard
]
"""Takes what would be heard, ``heard [B, receiver, sender, size]`` and ``present``, and returns what is heard."""


def normal(channel: Channel, heard: np.ndarray, present: np.ndarray, rng: np.random.Generator) -> Heard:
    """Everything as it was said."""
    return heard, present


def silent(channel: Channel, heard: np.ndarray, present: np.ndarray, rng: np.random.Generator) -> Heard:
    """Nobody hears anything, and everybody knows it."""
    return np.zeros_like(heard), np.zeros_like(present)


def constant(channel: Channel, heard: np.ndarray, present: np.ndarray, rng: np.random.Generator) -> Heard:
    """Every message is the first element of the carrier's space."""
    space = channel.carrier.space
    first = channel.carrier.decode(channel.carrier.signal(np.zeros(space.shape, dtype=space.dtype)))
    return np.where(present[..., None], first, 0).astype(np.float32), present


def shuffled(channel: Channel, heard: np.ndarray, present: np.ndarray, rng: np.random.Generator) -> Heard:
    """Messages of the same step and sender change places between lanes: as frequent as before, and meaningless.

    Normal minus shuffled is the causal estimate of what the messages are worth. It also contains what unusual inputs
    cost.
    """
    heard = heard.copy()
    for sender in range(heard.shape[2]):
        lane, receiver = np.nonzero(present[:, :, sender])
        heard[lane, receiver, sender] = heard[lane, receiver, sender][rng.permutation(len(lane))]
    return heard, present


INTERVENTIONS: dict[str, Intervention] = {f.__name__: f for f in (normal, silent, constant, shuffled)}

RANDOM = frozenset({"shuffled"})
"""Interventions that draw random numbers, so that a value under them is an average over their draws."""


def intervention(name: str) -> Intervention:
    """The intervention of that name.

    Raises:
        ValueError: if there is none.
    """
    one_of("channel intervention", name, INTERVENTIONS)
    return INTERVENTIONS[name]
