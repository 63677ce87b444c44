"""Observations of a wrapped environment: the agent's own observation, extended by the messages that it receives."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, TypeGuard

import numpy as np
from gymnasium import spaces
from jaxtyping import Float

from ...protocols.common.errors import invalid
from ..adapters.action_masks import MASK, MessageMask
from ..adapters.hearing import Bounds, join

HEARD = "heard"
OBSERVATION = "observation"


class ObservationExtension(ABC):
    """Extends the observation of an agent by the messages that it receives."""

    @abstractmethod
    def space(self) -> spaces.Space[Any]:
        """A new instance of the space of extended observations."""

    @abstractmethod
    def join(self, own: Any, heard: Float[np.ndarray, "numbers"]) -> Any:
        """The extended observation, in new memory."""


class FlatExtension(ObservationExtension):
    """Extends a flat vector of floats by the messages, which follow its own numbers."""

    def __init__(self, own: spaces.Box, heard: Bounds) -> None:
        self._low, self._high = join((own.low, own.high), heard)

    def space(self) -> spaces.Box:
        return spaces.Box(self._low, self._high, dtype=self._low.dtype.type)

    def join(self, own: Any, heard: Float[np.ndarray, "numbers"]) -> np.ndarray:
        return np.concatenate([own, heard])


class DictExtension(ObservationExtension):
    """Turns any other observation, unchanged, into ``{"observation": ..., "heard": ...}``."""

    def __init__(self, own: spaces.Space[Any], heard: Bounds) -> None:
        self._own, self._heard = own, heard

    def space(self) -> spaces.Space[Any]:
        return spaces.Dict({OBSERVATION: self._own, HEARD: _box(self._heard)})

    def join(self, own: Any, heard: Float[np.ndarray, "numbers"]) -> dict[str, Any]:
        return {OBSERVATION: own, HEARD: heard.copy()}


class MaskedDictExtension(ObservationExtension):
    """Extends the mask of a ``Dict`` with an "action_mask", and its "observation" if flat; else adds "heard"."""

    def __init__(self, agent: Any, own: Mapping[str, spaces.Space[Any]], heard: Bounds, mask: MessageMask) -> None:
        if HEARD in own:
            rule = f"Observations with an action_mask cannot have a key {HEARD!r}, and those of {agent} have it"
            raise invalid(rule, sorted(own), "Use a wrapper that renames this key.")
        self._own, self._heard, self._mask = own, heard, mask
        inner = own.get(OBSERVATION)
        self._inner = FlatExtension(inner, heard) if _is_flat(inner) else None

    def space(self) -> spaces.Space[Any]:
        added = {HEARD: _box(self._heard)} if self._inner is None else {OBSERVATION: self._inner.space()}
        masks = {MASK: self._mask.space(self._own[MASK])} if self._mask.kept else {}
        return spaces.Dict({**{key: space for key, space in self._own.items() if key != MASK}, **masks, **added})

    def join(self, own: Any, heard: Float[np.ndarray, "numbers"]) -> dict[str, Any]:
        shown = self._mask.in_dict(own)
        if self._inner is None:
            return {**shown, HEARD: heard.copy()}
        return {**shown, OBSERVATION: self._inner.join(own[OBSERVATION], heard)}


def observation_extension(agent: Any, own: spaces.Space[Any], heard: Bounds, mask: MessageMask) -> ObservationExtension:
    """The extension for observations of ``agent`` in the space ``own``.

    Raises:
        ValueError: If such observations already have a key "heard".
    """
    if _is_flat(own):
        return FlatExtension(own, heard)
    if isinstance(own, spaces.Dict) and MASK in own.spaces:
        return MaskedDictExtension(agent, own.spaces, heard, mask)
    return DictExtension(own, heard)


def _is_flat(space: spaces.Space[Any] | None) -> TypeGuard[spaces.Box]:
    return isinstance(space, spaces.Box) and len(space.shape) == 1 and space.dtype.kind == "f"


def _box(bounds: Bounds) -> spaces.Box:
    return spaces.Box(*bounds, dtype=np.float32)
