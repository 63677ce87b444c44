"""Carriers: the form of a message. One signal is a float array; in evaluation it is exactly an element of ``space``.

The sender's side is torch (``encode``); everything a receiver or an environment needs works on NumPy and torch alike.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces
from jaxtyping import Float, Float32

from ..common.checks import number, whole
from ..common.errors import bad


class Carrier(ABC):
    """What can be said in one message."""

    @property
    @abstractmethod
    def emit_shape(self) -> tuple[int, ...]:
        """Shape of what a ``speak`` module puts out for one message."""

    @property
    def signal_shape(self) -> tuple[int, ...]:
        """Shape of one signal: what travels."""
        return self.emit_shape

    @property
    def size(self) -> int:
        """Length of one decoded signal, a flat vector."""
        return math.prod(self.signal_shape)

    @property
    @abstractmethod
    def space(self) -> spaces.Space[Any]:
        """The messages that exist in evaluation: what a PettingZoo agent chooses from."""

    @property
    def differentiable(self) -> bool:
        """Whether a gradient can pass from what is heard to what is emitted."""
        return True

    @property
    @abstractmethod
    def capacity_bits(self) -> float:
        """The most bits that one message carries in evaluation."""

    @property
    @abstractmethod
    def symbols(self) -> int:
        """How many parts of a signal a link can corrupt on their own."""

    @property
    @abstractmethod
    def alphabet(self) -> int | None:
        """How many values each of these parts has in evaluation; None for a continuum."""

    @abstractmethod
    def encode(self, emit: Float[Any, "*rows emit"], noise: Float[Any, "..."] | None = None) -> Any:
        """The sender's side. ``noise [*rows, *emit_shape]``, from ``noise``, is for training; None is evaluation."""

    def noise(self, shape: tuple[int, ...], rng: np.random.Generator) -> Float32[np.ndarray, "..."] | None:
        """Training noise ``[*shape, *emit_shape]`` for ``encode``; None where the carrier has none."""
        return None

    def decode(self, heard: Float[Any, "..."]) -> Float[Any, "..."]:
        """The receiver's side: signals ``[..., *signal_shape]`` as flat vectors ``[..., size]``."""
        return heard.reshape(*heard.shape[: heard.ndim - len(self.signal_shape)], self.size)

    @abstractmethod
    def signal(self, element: Any) -> Float32[np.ndarray, "*signal"]:
        """The signal of an element of ``space``.

        Raises:
            ValueError: if ``element`` is outside ``space``.
        """

    @abstractmethod
    def element(self, signal: Float[np.ndarray, "..."]) -> np.ndarray:
        """The element of ``space`` of an evaluation signal; leading axes are kept."""

    @abstractmethod
    def holds(self, signal: Float[np.ndarray, "..."]) -> bool:
        """Whether all these signals, with any leading axes, are those of elements of ``space``."""

    @abstractmethod
    def flip(self, signal: Float[Any, "..."], noise: Float[Any, "... symbols"], rate: float) -> Any:
        """Each symbol becomes another one, uniformly, where its ``noise`` (uniform in [0, 1)) is below ``rate``."""

    def _checked(self, element: Any) -> np.ndarray:
        array = np.asarray(element, dtype=self.space.dtype)
        if not self.space.contains(array):
            raise bad(f"A message must be an element of {self.space}", element, "Send one of these.")
        return array


@dataclass(frozen=True)
class DRU(Carrier):
    """Bits by the discretize/regularize unit (Foerster et al. 2016, section 5.2).

    In training ``sigmoid(emit + sigma * normal)``, at execution ``1{emit > 0}``.
    """

    bits: int = 1
    sigma: float = 2.0

    def __post_init__(self) -> None:
        whole("bits of DRU", self.bits, 1)
        number("sigma of DRU", self.sigma, 0)

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

    def signal(self, element: Any) -> Float32[np.ndarray, "bits"]:
        return self._checked(element).astype(np.float32)

    def element(self, signal: Float[np.ndarray, "*rows bits"]) -> np.ndarray:
        return (signal > 0.5).astype(np.int64)

    def holds(self, signal: Float[np.ndarray, "*rows bits"]) -> bool:
        return bool(((signal == 0) | (signal == 1)).all())

    def flip(self, signal: Float[Any, "*rows bits"], noise: Float[Any, "*rows bits"], rate: float) -> Any:
        return signal + (noise < rate) * (1 - 2 * signal)


@dataclass(frozen=True)
class Continuous(Carrier):
    """``width`` numbers in [-1, 1]: the hyperbolic tangent of what is emitted."""

    width: int = 1

    def __post_init__(self) -> None:
        whole("width of Continuous", self.width, 1)

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

    def signal(self, element: Any) -> Float32[np.ndarray, "width"]:
        return self._checked(element)

    def element(self, signal: Float[np.ndarray, "*rows width"]) -> np.ndarray:
        return signal.astype(np.float32)

    def holds(self, signal: Float[np.ndarray, "*rows width"]) -> bool:
        return bool((np.abs(signal) <= 1).all())

    def flip(self, signal: Float[Any, "*rows width"], noise: Float[Any, "*rows width"], rate: float) -> Any:
        """A flipped number changes its sign."""
        return signal - 2 * signal * (noise < rate)
