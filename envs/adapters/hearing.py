"""The messages heard as part of a flat observation: [present, message] per message slot."""

from typing import Any

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float, Float32

from ...protocols.channels.channel import Channel

Bounds = tuple[Float[np.ndarray, "..."], Float[np.ndarray, "..."]]
"""The lower and upper bounds of n numbers."""


def bounds(low: float, high: float, size: int = 1) -> Bounds:
    """Equal bounds of ``size`` numbers."""
    return np.full(size, low, dtype=np.float32), np.full(size, high, dtype=np.float32)


def join(*parts: Bounds) -> Bounds:
    """The concatenated bounds."""
    lows, highs = zip(bounds(0.0, 0.0, 0), *parts, strict=True)
    return np.concatenate(lows), np.concatenate(highs)


def message_bounds(channel: Channel) -> Bounds:
    """The bounds of decoded messages under the largest noise of the link. They include zero, for no message."""
    carrier = channel.carrier
    space: Any = carrier.space
    ends = [space.low, space.high] if isinstance(space, spaces.Box) else [0 * space.nvec, space.nvec - 1]
    sent = np.stack([carrier.signal(end) for end in ends])
    low, high = channel.link.bounds(np.float32(min(0, sent.min())), np.float32(sent.max()))
    return bounds(float(low), float(high), carrier.size)


def slot_bounds(channel: Channel, message_slots: int) -> Bounds:
    """The bounds of all message slots of one receiver."""
    return join(*[bounds(0.0, 1.0), message_bounds(channel)] * message_slots)


def write_slots(
    into: Float[np.ndarray, "*rows numbers"],
    heard: Float32[np.ndarray, "*rows S size"],
    present: Bool[np.ndarray, "*rows S"],
) -> None:
    """Write the messages of each receiver into its row: [present, message] per slot."""
    slots = into.reshape(*present.shape, 1 + heard.shape[-1])
    slots[..., 0] = present
    slots[..., 1:] = heard
