"""Masks of legal actions, extended to action spaces that include messages."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from gymnasium import spaces

from ...protocols.channels.channel import Channel
from ...protocols.common.errors import invalid

MASK = "action_mask"
"""The key of masks, in infos and in observations."""

Mask: TypeAlias = Literal["full", "action"] | None
"""What a mask covers.

"full" covers every number of the action space, as sb3-contrib's MaskablePPO and TorchRL expect: for
``MultiDiscrete([A] + [V] * L)`` one entry per action and one per symbol of each position, A + L V entries. Every symbol
is legal. There is no mask where the action space is a ``Box``. "action" covers the A actions only, also where the
action space is a ``Box`` with logits. None leaves masks out.
"""


def check_mask(mask: object) -> None:
    """Raise unless ``mask`` is a ``Mask``."""
    if mask is not None and not (isinstance(mask, str) and mask in get_args(get_args(Mask)[0])):
        raise invalid('mask must be "full", "action" or None', mask, 'Pass "full", "action" or None.')


class MessageMask:
    """Extends masks of an agent's own actions by those of its messages.

    Args:
        mask: What masks cover.
        channel: The channel between the agents; None without messages.

    Attributes:
        symbols: The number of entries for messages.
        kept: Whether there are masks.
    """

    def __init__(self, mask: Mask, channel: Channel | None) -> None:
        check_mask(mask)
        message = None if channel is None else channel.carrier.space
        full = mask == "full"
        self._sizes = message.nvec.tolist() if full and isinstance(message, spaces.MultiDiscrete) else []
        self.symbols = sum(self._sizes)
        self.kept = mask is not None and not (full and isinstance(message, spaces.Box))

    def extend(self, own: Any) -> Any:
        """The mask for an agent whose own actions have the mask ``own``: one array, or a tuple of one per component."""
        if isinstance(own, tuple):
            return (*own, *[np.ones(size, dtype=np.int8) for size in self._sizes])
        return np.concatenate([own, np.ones(self.symbols, dtype=np.asarray(own).dtype)]) if self.symbols else own

    def in_dict(self, shown: Mapping[str, Any]) -> dict[str, Any]:
        """A copy of an agent's info or observation with its mask extended, or without it."""
        if MASK not in shown:
            return dict(shown)
        if not self.kept:
            return {key: value for key, value in shown.items() if key != MASK}
        return {**shown, MASK: self.extend(shown[MASK])}

    def space(self, own: spaces.Space[Any]) -> spaces.Space[Any]:
        """The space of such masks in an observation, where those of the agent's own actions are in the space ``own``.

        Raises:
            ValueError: If masks in the space ``own`` cannot be extended.
        """
        match own:
            case _ if not self.symbols:
                return own
            case spaces.MultiBinary(n=int(n)):
                return spaces.MultiBinary(n + self.symbols)
            case spaces.Box(shape=(_,)):
                low = np.concatenate([own.low, np.zeros(self.symbols, own.dtype)])
                high = np.concatenate([own.high, np.ones(self.symbols, own.dtype)])
                return spaces.Box(low, high, dtype=low.dtype.type)
            case spaces.Tuple():
                return spaces.Tuple([*own.spaces, *map(spaces.MultiBinary, self._sizes)])
            case _:
                raise invalid("A mask must be a flat MultiBinary, a flat Box or a Tuple", own, 'Pass mask="action".')
