"""What is heard, as numbers of an observation: for each voice [present, message]."""

from typing import Any

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float, Float32

from ...protocols.channels.channel import Channel

Bounds = tuple[Float[np.ndarray, "..."], Float[np.ndarray, "..."]]
"""The least and the greatest that each of n numbers can be."""


def bounds(low: float, high: float, size: int = 1) -> Bounds:
    """Bounds of ``size`` numbers, all of them the same."""
    return np.full(size, low, dtype=np.float32), np.full(size, high, dtype=np.float32)


def join(*parts: Bounds) -> Bounds:
    """Bounds of all these numbers, one after another."""
    lows, highs = zip(bounds(0.0, 0.0, 0), *parts, strict=True)
    return np.concatenate(lows), np.concatenate(highs)


def message_bounds(channel: Channel) -> Bounds:
    """What the extreme messages become under the extreme noise of the link; zero is what is not heard."""
    carrier = channel.carrier
    space: Any = carrier.space
    ends = [space.low, space.high] if isinstance(space, spaces.Box) else [0 * space.nvec, space.nvec - 1]
    sent = np.stack([carrier.signal(end) for end in ends])
    low, high = channel.link.bounds(np.float32(min(0, sent.min())), np.float32(sent.max()))
    return bounds(float(low), float(high), carrier.size)


def slot_bounds(channel: Channel, message_slots: int) -> Bounds:
    """Bounds of all that a receiver hears who tells so many voices apart."""
    return join(*[bounds(0.0, 1.0), message_bounds(channel)] * message_slots)


def write_slots(
    into: Float[np.ndarray, "N numbers"],
    heard: Float32[np.ndarray, "N voices size"],
    present: Bool[np.ndarray, "N voices"],
) -> None:
    """Write what each receiver hears into its row: voice by voice, [present, message]."""
    talk = into.reshape(*present.shape, 1 + heard.shape[-1])
    talk[..., 0] = present
    talk[..., 1:] = heard
