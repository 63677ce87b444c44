"""Links: what happens to a signal on the way. Physical, so always on, in evaluation too.

A link has no random generator: it is handed ``noise``, uniform numbers of the episode, and is one function for NumPy
and torch.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float32

from .carriers import Carrier
from .checks import number


class Link(ABC):
    """What happens on the way from a sender to a receiver."""

    @abstractmethod
    def noise_size(self, carrier: Carrier) -> int:
        """How many uniform numbers one message of ``carrier`` needs."""

    def noise(self, uniform: Float32[np.ndarray, "..."]) -> Float32[np.ndarray, "..."]:
        """Turn the episode's uniform numbers into the noise this link adds."""
        return uniform

    @abstractmethod
    def carry(
        self,
        carrier: Carrier,
        signal: Float[Any, "B N N *signal"],
        present: Bool[Any, "B N N"],
        noise: Float[Any, "B N N noise"],
    ) -> tuple[Any, Any]:
        """Return what arrives, ``signal`` and ``present``, both shaped as they came."""


@dataclass(frozen=True)
class Perfect(Link):
    """Everything arrives as it was sent."""

    def noise_size(self, carrier: Carrier) -> int:
        return 0

    def carry(self, carrier: Carrier, signal: Any, present: Any, noise: Any) -> tuple[Any, Any]:
        return signal, present


@dataclass(frozen=True)
class Flip(Link):
    """Each symbol becomes another one, each number changes its sign, with probability ``rate``.

    For bits it is the binary symmetric channel.
    """

    rate: float = 0.1

    def __post_init__(self) -> None:
        number("rate of Flip", self.rate, 0, 1)

    def noise_size(self, carrier: Carrier) -> int:
        return carrier.symbols

    def carry(self, carrier: Carrier, signal: Any, present: Any, noise: Any) -> tuple[Any, Any]:
        return carrier.flip(signal, noise, self.rate), present


@dataclass(frozen=True)
class Erasure(Link):
    """A whole message is lost with probability ``rate``: the receiver knows that it heard nothing."""

    rate: float = 0.1

    def __post_init__(self) -> None:
        number("rate of Erasure", self.rate, 0, 1)

    def noise_size(self, carrier: Carrier) -> int:
        return 1

    def carry(self, carrier: Carrier, signal: Any, present: Any, noise: Any) -> tuple[Any, Any]:
        return signal, present & (noise[..., 0] >= self.rate)


@dataclass(frozen=True)
class Gaussian(Link):
    """Adds normal noise of standard deviation ``std`` to every number of a signal."""

    std: float = 0.1

    def __post_init__(self) -> None:
        number("std of Gaussian", self.std, 0)

    def noise_size(self, carrier: Carrier) -> int:
        return carrier.size

    def noise(self, uniform: Float32[np.ndarray, "..."]) -> Float32[np.ndarray, "..."]:
        from scipy.special import ndtri

        middle = uniform.astype(np.float64) + 2.0**-25  # of each of 2^24 steps; in float32 the last is 1
        noise: np.ndarray = ndtri(middle).astype(np.float32) * np.float32(self.std)
        return noise

    def carry(self, carrier: Carrier, signal: Any, present: Any, noise: Any) -> tuple[Any, Any]:
        return signal + noise.reshape(signal.shape), present
