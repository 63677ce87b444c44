"""Carriers: the form of a message. A signal is a float array; in evaluation it represents an element of ``space``.

The sender's side (``encode``) needs torch. Everything that receivers and environments need works with both NumPy and
torch.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces
from jaxtyping import Float, Float32

from ..common.checks import check_integer, check_number
from ..common.errors import invalid
from ..common.limits import MAX_WIDTH


class Carrier(ABC):
    """The form of one message."""

    @property
    @abstractmethod
    def emit_shape(self) -> tuple[int, ...]:
        """The shape of a ``speak`` module's output for one message."""

    @property
    def signal_shape(self) -> tuple[int, ...]:
        """The shape of one transmitted signal."""
        return self.emit_shape

    @property
    def size(self) -> int:
        """The length of one decoded signal, a flat vector."""
        return math.prod(self.signal_shape)

    @property
    @abstractmethod
    def space(self) -> spaces.Space[Any]:
        """The space of messages in evaluation, from which a PettingZoo agent chooses."""

    @property
    def differentiable(self) -> bool:
        """Whether a gradient can pass from the received signal to the emitted values."""
        return True

    @property
    @abstractmethod
    def capacity_bits(self) -> float:
        """The capacity per message in evaluation, in bits."""

    @property
    @abstractmethod
    def symbols(self) -> int:
        """The number of symbols per message: the parts of a signal that a link corrupts independently."""

    @property
    @abstractmethod
    def alphabet(self) -> int | None:
        """The number of values of each symbol in evaluation; None for real numbers."""

    @abstractmethod
    def encode(self, emit: Float[Any, "*rows emit"], noise: Float[Any, "..."] | None = None) -> Any:
        """Encode emitted values as signals (the sender's side).

        Args:
            emit: The output of a ``speak`` module.
            noise: In training, the noise that the method ``noise`` returns; None in evaluation.
        """

    def noise(self, shape: tuple[int, ...], rng: np.random.Generator) -> Float32[np.ndarray, "..."] | None:
        """Training noise ``[*shape, *emit_shape]`` for ``encode``; None if the carrier has none."""
        return None

    def decode(self, heard: Float[Any, "..."]) -> Float[Any, "..."]:
        """Decode signals ``[..., *signal_shape]`` into flat vectors ``[..., size]`` (the receiver's side)."""
        return heard.reshape(*heard.shape[: heard.ndim - len(self.signal_shape)], self.size)

    @abstractmethod
    def signal(self, element: Any) -> Float32[np.ndarray, "..."]:
        """The signal of an element of ``space``; leading axes, of many elements, are kept.

        Raises:
            ValueError: If ``element`` is outside ``space``.
        """

    @abstractmethod
    def element(self, signal: Float[np.ndarray, "..."]) -> np.ndarray:
        """The element of ``space`` that an evaluation signal represents; leading axes are kept."""

    @abstractmethod
    def holds(self, signal: Float[np.ndarray, "..."]) -> bool:
        """Whether all these signals, with any leading axes, represent elements of ``space``."""

    @abstractmethod
    def flip(self, signal: Float[Any, "..."], noise: Float[Any, "... symbols"], rate: float) -> Any:
        """Replace each symbol by another one, uniformly, where its ``noise`` (uniform in [0, 1)) is below ``rate``."""

    def _check_element(self, element: Any) -> np.ndarray:
        space: Any = self.space
        array = np.asarray(element, dtype=space.dtype)
        if array.shape[-len(space.shape) :] != space.shape or not _within(space, array):
            raise invalid(f"A message must be an element of {space}", element, "Pass an element of this space.")
        return array


def _within(space: spaces.MultiDiscrete | spaces.Box, array: np.ndarray) -> bool:
    """Whether all elements lie within the bounds of a space; NaN does not."""
    if isinstance(space, spaces.Box):
        return bool(((array >= space.low) & (array <= space.high)).all())
    return bool(((array >= space.start) & (array - space.start < space.nvec)).all())


@dataclass(frozen=True)
class DRU(Carrier):
    """Bits by the discretize/regularize unit (Foerster et al. 2016, section 5.2).

    The signal is ``sigmoid(emit + sigma * normal)`` in training and ``1{emit > 0}`` in evaluation.

    Attributes:
        bits: The number of bits per message.
        sigma: The standard deviation of the noise in training.
    """

    bits: int = 1
    sigma: float = 2.0

    def __post_init__(self) -> None:
        check_integer("bits of DRU", self.bits, 1, limit=MAX_WIDTH)
        check_number("sigma of DRU", self.sigma, 0)

    @property
    def emit_shape(self) -> tuple[int, ...]:
        return (self.bits,)

    @property
    def space(self) -> spaces.MultiDiscrete:
        return spaces.MultiDiscrete([2] * self.bits)

    @property
    def capacity_bits(self) -> float:
        return float(self.bits)

    @property
    def symbols(self) -> int:
        return self.bits

    @property
    def alphabet(self) -> int:
        return 2

    def noise(self, shape: tuple[int, ...], rng: np.random.Generator) -> Float32[np.ndarray, "..."]:
        return rng.standard_normal((*shape, *self.emit_shape), dtype=np.float32) * np.float32(self.sigma)

    def encode(self, emit: Float[Any, "*rows bits"], noise: Float[Any, "*rows bits"] | None = None) -> Any:
        return (emit > 0).to(emit.dtype) if noise is None else (emit + noise).sigmoid()

    def signal(self, element: Any) -> Float32[np.ndarray, "*rows bits"]:
        return self._check_element(element).astype(np.float32)

    def element(self, signal: Float[np.ndarray, "*rows bits"]) -> np.ndarray:
        return (signal > 0.5).astype(np.int64)

    def holds(self, signal: Float[np.ndarray, "*rows bits"]) -> bool:
        return bool(((signal == 0) | (signal == 1)).all())

    def flip(self, signal: Float[Any, "*rows bits"], noise: Float[Any, "*rows bits"], rate: float) -> Any:
        return signal + (noise < rate) * (1 - 2 * signal)


@dataclass(frozen=True)
class Continuous(Carrier):
    """Numbers in [-1, 1], ``width`` per message: the hyperbolic tangent of the emitted values."""

    width: int = 1

    def __post_init__(self) -> None:
        check_integer("width of Continuous", self.width, 1, limit=MAX_WIDTH)

    @property
    def emit_shape(self) -> tuple[int, ...]:
        return (self.width,)

    @property
    def space(self) -> spaces.Box:
        return spaces.Box(-1.0, 1.0, (self.width,), np.float32)

    @property
    def capacity_bits(self) -> float:
        return math.inf

    @property
    def symbols(self) -> int:
        return self.width

    @property
    def alphabet(self) -> None:
        return None

    def encode(self, emit: Float[Any, "*rows width"], noise: None = None) -> Any:
        return emit.tanh()

    def signal(self, element: Any) -> Float32[np.ndarray, "*rows width"]:
        return self._check_element(element)

    def element(self, signal: Float[np.ndarray, "*rows width"]) -> np.ndarray:
        return signal.astype(np.float32)

    def holds(self, signal: Float[np.ndarray, "*rows width"]) -> bool:
        return bool((np.abs(signal) <= 1).all())

    def flip(self, signal: Float[Any, "*rows width"], noise: Float[Any, "*rows width"], rate: float) -> Any:
        """Flip the sign of each number whose ``noise`` is below ``rate``."""
        return signal - 2 * signal * (noise < rate)
