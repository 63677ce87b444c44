"""What an exact value needs of a channel: messages that can be counted, and a link that changes none of them."""

from math import prod

import numpy as np
from gymnasium import spaces
from jaxtyping import Float32

from ...protocols.channels.carriers import Carrier
from ...protocols.channels.channel import Channel
from .scripted import messages


def changes(channel: Channel) -> bool:
    """Whether the link does something at random, or late."""
    return bool(channel.link.noise_size(channel.carrier) or channel.link.delay)


def counted(carrier: Carrier) -> int | None:
    """How many messages there are; None where they are no symbols."""
    space = carrier.space
    return prod(int(size) for size in space.nvec) if isinstance(space, spaces.MultiDiscrete) else None


def every_message(carrier: Carrier) -> Float32[np.ndarray, "M size"]:
    """All messages as they are heard, in the order of their numbers.

    Raises:
        ValueError: if they cannot be counted.
    """
    heard: np.ndarray = carrier.decode(messages(carrier, counted(carrier) or 2))
    return heard
