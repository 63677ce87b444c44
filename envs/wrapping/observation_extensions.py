"""What an agent observes of a wrapped environment: its own observation, and what it hears."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, TypeGuard

import numpy as np
from gymnasium import spaces
from jaxtyping import Float

from ...protocols.common.errors import bad
from ..adapters.hearing import Bounds, join

HEARD = "heard"
OBSERVATION = "observation"
MASK = "action_mask"


class ObservationExtension(ABC):
    """Puts own observation and what is heard together."""

    @abstractmethod
    def space(self) -> spaces.Space[Any]:
        """A new space of what it puts together."""

    @abstractmethod
    def join(self, own: Any, heard: Float[np.ndarray, "numbers"]) -> Any:
        """The two together, in new memory."""


class FlatExtension(ObservationExtension):
    """One vector out of a flat vector of floats: the same numbers, then what is heard."""

    def __init__(self, own: spaces.Box, heard: Bounds) -> None:
        self._low, self._high = join((own.low, own.high), heard)

    def space(self) -> spaces.Box:
        return spaces.Box(self._low, self._high, dtype=self._low.dtype.type)

    def join(self, own: Any, heard: Float[np.ndarray, "numbers"]) -> np.ndarray:
        return np.concatenate([own, heard])


class SeparateExtension(ObservationExtension):
    """``{"observation": ..., "heard": ...}``: the observation as it was."""

    def __init__(self, own: spaces.Space[Any], heard: Bounds) -> None:
        self._own, self._heard = own, heard

    def space(self) -> spaces.Space[Any]:
        return spaces.Dict({OBSERVATION: self._own, HEARD: _box(self._heard)})

    def join(self, own: Any, heard: Float[np.ndarray, "numbers"]) -> dict[str, Any]:
        return {OBSERVATION: own, HEARD: heard.copy()}


class MaskedExtension(ObservationExtension):
    """Of a ``Dict`` with an "action_mask" all keys stay: "observation" is extended, or "heard" stands beside it."""

    def __init__(self, agent: Any, own: Mapping[str, spaces.Space[Any]], heard: Bounds) -> None:
        if HEARD in own:
            rule = f"Observations with an action_mask get what is heard as {HEARD!r}; those of {agent} have it already"
            raise bad(rule, sorted(own), "Rename that part with a wrapper first.")
        self._own, self._heard = own, heard
        inner = own.get(OBSERVATION)
        self._inner = FlatExtension(inner, heard) if _is_flat(inner) else None

    def space(self) -> spaces.Space[Any]:
        added = {HEARD: _box(self._heard)} if self._inner is None else {OBSERVATION: self._inner.space()}
        return spaces.Dict({**self._own, **added})

    def join(self, own: Any, heard: Float[np.ndarray, "numbers"]) -> dict[str, Any]:
        if self._inner is None:
            return {**own, HEARD: heard.copy()}
        return {**own, OBSERVATION: self._inner.join(own[OBSERVATION], heard)}


def observation_extension(agent: Any, own: spaces.Space[Any], heard: Bounds) -> ObservationExtension:
    """How ``agent``, whose observations lie in ``own``, is told what it hears.

    Raises:
        ValueError: if there is no room for it.
    """
    if _is_flat(own):
        return FlatExtension(own, heard)
    if isinstance(own, spaces.Dict) and MASK in own.spaces:
        return MaskedExtension(agent, own.spaces, heard)
    return SeparateExtension(own, heard)


def _is_flat(space: spaces.Space[Any] | None) -> TypeGuard[spaces.Box]:
    return isinstance(space, spaces.Box) and len(space.shape) == 1 and space.dtype.kind == "f"


def _box(bounds: Bounds) -> spaces.Box:
    return spaces.Box(*bounds, dtype=np.float32)
