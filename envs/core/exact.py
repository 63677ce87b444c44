"""The requirements of exact values on a channel: countable messages, and a link without noise or delay."""

from math import prod

import numpy as np
from gymnasium import spaces
from jaxtyping import Float32

from ...protocols.channels.carriers import Carrier
from ...protocols.channels.channel import Channel
from .scripted import messages


def is_random_or_delayed(channel: Channel) -> bool:
    """Whether the link of a channel draws random numbers or delays messages."""
    return bool(channel.link.noise_size(channel.carrier) or channel.link.delay)


def countable_messages(carrier: Carrier) -> int | None:
    """The number of different messages of a carrier; None if it is continuous."""
    space = carrier.space
    return prod(int(size) for size in space.nvec) if isinstance(space, spaces.MultiDiscrete) else None


def all_messages(carrier: Carrier) -> Float32[np.ndarray, "M size"]:
    """All messages of a carrier as a receiver hears them, in the order of their indices.

    Raises:
        ValueError: If the carrier is continuous.
    """
    heard: np.ndarray = carrier.decode(messages(carrier, countable_messages(carrier) or 2))
    return heard
