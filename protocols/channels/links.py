"""Links: what happens to a signal on the way. Physical, so always on, in evaluation too.

A link has no random generator: it is handed ``noise``, uniform numbers of the episode, and is one function for NumPy
and torch. What it remembers is a ``LinkState`` that is handed in and given back.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Float32

from ..common.checks import number, whole
from ..common.errors import bad
from .carriers import Carrier

LinkState: TypeAlias = tuple[Any, ...]
"""What is on the way: nested tuples of arrays with the lanes first. It is ``()`` when an episode begins."""


class Link(ABC):
    """What happens on the way from a sender to a receiver."""

    @property
    def delay(self) -> int:
        """How many steps later than usual a message arrives."""
        return 0

    @property
    def parts(self) -> "tuple[Link, ...]":
        """The links that a message goes through, one after another."""
        return (self,)

    def check(self, carrier: Carrier) -> None:  # noqa: B027 - most links carry everything
        """Raise unless messages of ``carrier`` can go this way.

        Raises:
            ValueError: if they cannot.
        """

    @abstractmethod
    def noise_size(self, carrier: Carrier) -> int:
        """How many uniform numbers one message of ``carrier`` needs."""

    def noise(self, carrier: Carrier, uniform: Float32[np.ndarray, "..."]) -> Float32[np.ndarray, "..."]:
        """Turn the episode's uniform numbers into the noise this link adds."""
        return uniform

    def bounds(self, low: np.float32, high: np.float32) -> tuple[np.float32, np.float32]:
        """The least and the greatest number that arrives, where a carrier's numbers go from ``low`` to ``high``."""
        return low, high

    @abstractmethod
    def carry(
        self,
        carrier: Carrier,
        signal: Float[Any, "B N N *signal"],
        present: Bool[Any, "B N N"],
        noise: Float[Any, "B N N noise"],
        state: LinkState,
    ) -> tuple[Any, Any, LinkState]:
        """Return what arrives, ``signal`` and ``present``, both shaped as they came, and what is on the way now."""

    def reset(self, state: LinkState, lanes: Bool[Any, "B"]) -> LinkState:
        """What is on the way after an episode begins in ``lanes``: there, nothing; in others, what was before.

        ``lanes`` is an array of the kind that the state is made of.
        """
        return state


@dataclass(frozen=True)
class Perfect(Link):
    """Everything arrives as it was sent."""

    def noise_size(self, carrier: Carrier) -> int:
        return 0

    def carry(
        self, carrier: Carrier, signal: Any, present: Any, noise: Any, state: LinkState
    ) -> tuple[Any, Any, LinkState]:
        return signal, present, state


@dataclass(frozen=True)
class Flip(Link):
    """Each symbol becomes another one, each number changes its sign, with probability ``rate``.

    For bits it is the binary symmetric channel.
    """

    rate: float = 0.1

    def __post_init__(self) -> None:
        number("rate of Flip", self.rate, 0, 1)

    def check(self, carrier: Carrier) -> None:
        if carrier.alphabet == 1:
            remedy = "Give a vocabulary of 2 or more, or Erasure()."
            raise bad("Flip makes another symbol of one, so there are two or more", carrier, remedy)

    def noise_size(self, carrier: Carrier) -> int:
        return carrier.symbols

    def carry(
        self, carrier: Carrier, signal: Any, present: Any, noise: Any, state: LinkState
    ) -> tuple[Any, Any, LinkState]:
        return carrier.flip(signal, noise, self.rate), present, state


@dataclass(frozen=True)
class Erasure(Link):
    """A whole message is lost with probability ``rate``, and the receiver knows: also called message dropout."""

    rate: float = 0.1

    def __post_init__(self) -> None:
        number("rate of Erasure", self.rate, 0, 1)

    def noise_size(self, carrier: Carrier) -> int:
        return 1

    def carry(
        self, carrier: Carrier, signal: Any, present: Any, noise: Any, state: LinkState
    ) -> tuple[Any, Any, LinkState]:
        return signal, present & (noise[..., 0] >= self.rate), state


@dataclass(frozen=True)
class Gaussian(Link):
    """Adds normal noise of standard deviation ``std`` to every number of a signal."""

    std: float = 0.1

    def __post_init__(self) -> None:
        number("std of Gaussian", self.std, 0)

    def noise_size(self, carrier: Carrier) -> int:
        return carrier.size

    def noise(self, carrier: Carrier, uniform: Float32[np.ndarray, "..."]) -> Float32[np.ndarray, "..."]:
        return self._normal(uniform)

    def bounds(self, low: np.float32, high: np.float32) -> tuple[np.float32, np.float32]:
        least, most = self._normal(np.array([0, 1 - 2.0**-24], dtype=np.float32))
        return low + least, high + most

    def _normal(self, uniform: Float32[np.ndarray, "..."]) -> Float32[np.ndarray, "..."]:
        from scipy.special import ndtri

        middle = uniform.astype(np.float64) + 2.0**-25  # of each of 2^24 steps; in float32 the last is 1
        noise: np.ndarray = ndtri(middle).astype(np.float32) * np.float32(self.std)
        return noise

    def carry(
        self, carrier: Carrier, signal: Any, present: Any, noise: Any, state: LinkState
    ) -> tuple[Any, Any, LinkState]:
        return signal + noise.reshape(signal.shape), present, state


@dataclass(frozen=True)
class Delay(Link):
    """A message arrives ``steps`` steps later than usual, at whom it was sent to; before the first, nothing is heard.

    Who may hear a message is settled as it is sent. What is on the way when the episode ends is lost.
    """

    steps: int = 1

    def __post_init__(self) -> None:
        whole("steps of Delay", self.steps, 1)

    @property
    def delay(self) -> int:
        return self.steps

    def noise_size(self, carrier: Carrier) -> int:
        return 0

    def carry(
        self, carrier: Carrier, signal: Any, present: Any, noise: Any, state: LinkState
    ) -> tuple[Any, Any, LinkState]:
        if len(state) < self.steps:
            return signal, present & False, (*state, (signal, present))
        (gradient_prob, heard), *later = state
        return gradient_prob, heard, (*later, (signal, present))

    def reset(self, state: LinkState, lanes: Bool[Any, "B"]) -> LinkState:
        return tuple((signal, present & ~lanes[:, None, None]) for signal, present in state)


@dataclass(frozen=True)
class Composed(Link):
    """Several links, one after another: ``Composed((Flip(0.1), Delay(2)))``."""

    links: tuple[Link, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.links, tuple | list) or not all(isinstance(link, Link) for link in self.links):
            raise bad("What is composed are links", self.links, "Give a tuple such as (Flip(0.1), Delay(2)).")
        if not self.links:
            raise bad("What is composed is one link at least", self.links, "Give Perfect() for none.")
        object.__setattr__(self, "links", tuple(self.links))

    @property
    def delay(self) -> int:
        return sum(link.delay for link in self.links)

    @property
    def parts(self) -> tuple[Link, ...]:
        return tuple(part for link in self.links for part in link.parts)

    def check(self, carrier: Carrier) -> None:
        for link in self.links:
            link.check(carrier)

    def noise_size(self, carrier: Carrier) -> int:
        return sum(link.noise_size(carrier) for link in self.links)

    def noise(self, carrier: Carrier, uniform: Float32[np.ndarray, "..."]) -> Float32[np.ndarray, "..."]:
        shares = self._shares(carrier, uniform)
        each = [link.noise(carrier, share) for link, share in zip(self.links, shares, strict=True)]
        return np.concatenate(each, axis=-1)

    def bounds(self, low: np.float32, high: np.float32) -> tuple[np.float32, np.float32]:
        for link in self.links:
            low, high = link.bounds(low, high)
        return low, high

    def carry(
        self, carrier: Carrier, signal: Any, present: Any, noise: Any, state: LinkState
    ) -> tuple[Any, Any, LinkState]:
        after = []
        for link, share, own in zip(self.links, self._shares(carrier, noise), self._states(state), strict=True):
            signal, present, own = link.carry(carrier, signal, present, share, own)
            after.append(own)
        return signal, present, tuple(after)

    def reset(self, state: LinkState, lanes: Bool[Any, "B"]) -> LinkState:
        return tuple(link.reset(own, lanes) for link, own in zip(self.links, self._states(state), strict=True))

    def _states(self, state: LinkState) -> LinkState:
        return state or ((),) * len(self.links)

    def _shares(self, carrier: Carrier, noise: Any) -> list[Any]:
        """Each link's part of the noise."""
        ends = np.cumsum([link.noise_size(carrier) for link in self.links]).tolist()
        return [noise[..., start:end] for start, end in zip([0, *ends], ends, strict=False)]
