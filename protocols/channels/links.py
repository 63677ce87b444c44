"""Links: the transmission of a signal. They model a physical channel, so they act in training and in evaluation.

A link has no random generator of its own: it receives ``noise``, made from uniform numbers of the episode. It works
with both NumPy and torch. Its memory is a ``LinkState``, which is an argument and a return value.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Float32

from ..common.checks import check_integer, check_number
from ..common.errors import invalid
from ..common.limits import MAX_WIDTH
from .carriers import Carrier

LinkState: TypeAlias = tuple[Any, ...]
"""The messages in flight: nested tuples of arrays whose first axis is the lanes; ``()`` when an episode begins."""


class Link(ABC):
    """The transmission of signals from senders to receivers."""

    @property
    def delay(self) -> int:
        """The number of steps by which messages are delayed."""
        return 0

    @property
    def parts(self) -> "tuple[Link, ...]":
        """The links that a message passes, in order."""
        return (self,)

    def check(self, carrier: Carrier) -> None:  # noqa: B027 - most links carry all carriers
        """Check that the link can carry messages of ``carrier``.

        Raises:
            ValueError: If it cannot.
        """

    @abstractmethod
    def noise_size(self, carrier: Carrier) -> int:
        """The number of uniform numbers per message of ``carrier``."""

    def noise(self, carrier: Carrier, uniform: Float32[np.ndarray, "..."]) -> Float32[np.ndarray, "..."]:
        """Transform uniform numbers of the episode into the noise of this link."""
        return uniform

    def bounds(self, low: np.float32, high: np.float32) -> tuple[np.float32, np.float32]:
        """The smallest and the largest number that can arrive, for signals between ``low`` and ``high``."""
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
        """Return the ``signal`` and ``present`` that arrive, in unchanged shapes, and the messages in flight."""

    def reset(self, state: LinkState, lanes: Bool[Any, "B"]) -> LinkState:
        """The messages in flight after an episode begins in ``lanes``: none in these lanes, unchanged in all others.

        ``lanes`` is an array of the same kind (NumPy or torch) as those of the state.
        """
        return state


@dataclass(frozen=True)
class Perfect(Link):
    """Every message arrives unchanged."""

    def noise_size(self, carrier: Carrier) -> int:
        return 0

    def carry(
        self, carrier: Carrier, signal: Any, present: Any, noise: Any, state: LinkState
    ) -> tuple[Any, Any, LinkState]:
        return signal, present, state


@dataclass(frozen=True)
class Flip(Link):
    """Replaces each symbol by another one, or flips the sign of each number, with probability ``rate``.

    For bits this is the binary symmetric channel.
    """

    rate: float = 0.1

    def __post_init__(self) -> None:
        check_number("rate of Flip", self.rate, 0, 1)

    def check(self, carrier: Carrier) -> None:
        if carrier.alphabet == 1:
            remedy = "Pass a vocabulary of 2 or more, or Erasure()."
            raise invalid("Flip replaces a symbol by another one and needs two or more symbols", carrier, remedy)

    def noise_size(self, carrier: Carrier) -> int:
        return carrier.symbols

    def carry(
        self, carrier: Carrier, signal: Any, present: Any, noise: Any, state: LinkState
    ) -> tuple[Any, Any, LinkState]:
        return carrier.flip(signal, noise, self.rate), present, state


@dataclass(frozen=True)
class Erasure(Link):
    """Drops a whole message with probability ``rate``; the receiver observes the loss. Also called message dropout."""

    rate: float = 0.1

    def __post_init__(self) -> None:
        check_number("rate of Erasure", self.rate, 0, 1)

    def noise_size(self, carrier: Carrier) -> int:
        return 1

    def carry(
        self, carrier: Carrier, signal: Any, present: Any, noise: Any, state: LinkState
    ) -> tuple[Any, Any, LinkState]:
        return signal, present & (noise[..., 0] >= self.rate), state


@dataclass(frozen=True)
class Gaussian(Link):
    """Adds normal noise with standard deviation ``std`` to every number of a signal."""

    std: float = 0.1

    def __post_init__(self) -> None:
        check_number("std of Gaussian", self.std, 0)

    def noise_size(self, carrier: Carrier) -> int:
        return carrier.size

    def noise(self, carrier: Carrier, uniform: Float32[np.ndarray, "..."]) -> Float32[np.ndarray, "..."]:
        return self._normal(uniform)

    def bounds(self, low: np.float32, high: np.float32) -> tuple[np.float32, np.float32]:
        least, most = self._normal(np.array([0, 1 - 2.0**-24], dtype=np.float32))
        return low + least, high + most

    def _normal(self, uniform: Float32[np.ndarray, "..."]) -> Float32[np.ndarray, "..."]:
        from scipy.special import ndtri

        # The middle of one of 2^24 intervals. In float32, the last of them would round to 1.
        middle = uniform.astype(np.float64) + 2.0**-25
        noise: np.ndarray = ndtri(middle).astype(np.float32) * np.float32(self.std)
        return noise

    def carry(
        self, carrier: Carrier, signal: Any, present: Any, noise: Any, state: LinkState
    ) -> tuple[Any, Any, LinkState]:
        return signal + noise.reshape(signal.shape), present, state


@dataclass(frozen=True)
class Delay(Link):
    """Delays each message by a fixed number of steps.

    Nothing arrives in the first ``steps`` steps of an episode. The receivers of a message are determined
    when it is sent. Messages in flight are lost when the episode ends.
    """

    steps: int = 1

    def __post_init__(self) -> None:
        check_integer("steps of Delay", self.steps, 1, limit=MAX_WIDTH)

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
        (arriving, heard), *later = state
        return arriving, heard, (*later, (signal, present))

    def reset(self, state: LinkState, lanes: Bool[Any, "B"]) -> LinkState:
        return tuple((signal, present & ~lanes[:, None, None]) for signal, present in state)


@dataclass(frozen=True)
class Composed(Link):
    """Several links in series: ``Composed((Flip(0.1), Delay(2)))``."""

    links: tuple[Link, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.links, tuple | list) or not all(isinstance(link, Link) for link in self.links):
            raise invalid(
                "The parts of Composed must be links", self.links, "Pass a tuple such as (Flip(0.1), Delay(2))."
            )
        if not self.links:
            raise invalid("Composed must have at least one link", self.links, "Use Perfect() for no link.")
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
        noises = [link.noise(carrier, share) for link, share in zip(self.links, shares, strict=True)]
        return np.concatenate(noises, axis=-1)

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
        """The noise of each link."""
        ends = np.cumsum([link.noise_size(carrier) for link in self.links]).tolist()
        return [noise[..., start:end] for start, end in zip([0, *ends], ends, strict=False)]
