"""A channel: all that two networks say to each other. Carrier, link and credit are independent choices."""

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from jaxtyping import Bool, Float, Float32

from ..common.checks import one_of
from ..common.draws import Draw, Draws
from ..common.errors import bad
from .capacity import Capacity, capacity
from .carriers import DRU, Carrier
from .links import Link, LinkState, Perfect

Credit: TypeAlias = Literal["through", "blocked", "synthetic"]
LINK_STREAM = 1
"""The stream of an episode's random numbers that links draw from; games draw from stream 0."""


@dataclass(frozen=True)
class Channel:
    """How messages look, what happens to them on the way, and how credit comes back.

    Attributes:
        carrier: the form of a message.
        link: what happens on the way.
        credit: "through" lets the receiver's gradient reach the sender (DIAL); "blocked" stops it (RIAL); "synthetic"
            lets it reach the end of the sender's graph, where a ``SyntheticGradient`` learns to predict it.
            If None, the carrier decides: "through" where a gradient can pass it, else "blocked".
        cut: pairs of seats (speaker, listener) between whom nothing passes, whatever the environment lets through.
    """

    carrier: Carrier = field(default_factory=DRU)
    link: Link = field(default_factory=Perfect)
    credit: Credit | None = None
    cut: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.carrier, Carrier):
            remedy = "Give DRU(), Symbols(), Sampled(), Gumbel(), Quantized() or Continuous()."
            raise bad("A channel's carrier is a Carrier", self.carrier, remedy)
        if not isinstance(self.link, Link):
            remedy = "Give Perfect(), Flip(), Erasure(), Gaussian(), Delay() or Composed((...))."
            raise bad("A channel's link is a Link", self.link, remedy)
        self.link.check(self.carrier)
        if self.credit is None:
            object.__setattr__(self, "credit", "through" if self.carrier.differentiable else "blocked")
        one_of("way for credit to come back", self.credit, get_args(Credit))
        if self.credit != "blocked" and not self.carrier.differentiable:
            passable = "Gumbel(), Quantized(), DRU() or Continuous()"
            remedy = f'Give credit="blocked", or a carrier that a gradient passes: {passable}.'
            rule = f'Credit is "{self.credit}" only over a carrier that a gradient passes'
            raise bad(rule, self.carrier, remedy)
        if not isinstance(self.cut, tuple) or not all(map(_is_pair, self.cut)):
            remedy = "Give a tuple of tuples, as ((0, 1),); seats are 0 to N - 1."
            raise bad("What is cut are pairs of seats (speaker, listener)", self.cut, remedy)

    def check_seats(self, agents: int) -> None:
        """Raise if a pair that is cut is not among ``agents`` seats.

        Raises:
            ValueError: naming the seats that there are.
        """
        if any(max(pair) >= agents for pair in self.cut):
            remedy = "Cut channels of this game's agents."
            raise bad(f"What is cut lies between seats 0 to {agents - 1}", self.cut, remedy)

    @property
    def capacity(self) -> Capacity:
        """The most bits that one message carries in evaluation, and whether that is exact or a bound.

        Raises:
            ValueError: for a link of one's own, whose capacity is not known.
        """
        return capacity(self.carrier, self.link)

    @property
    def capacity_bits(self) -> float:
        """``capacity.bits``: never less than what a message tells."""
        return self.capacity.bits

    def send(self, emit: Float[Any, "..."], noise: Any = None) -> Any:
        """What a torch ``emit [..., *emit_shape]`` puts on the link; ``noise`` is the carrier's, None in evaluation."""
        sent = self.carrier.encode(emit, noise)
        return sent.detach() if self.credit == "blocked" else sent

    def link_noise(self, draws: Draws, step: Draw, agents: int) -> Float32[np.ndarray, "B N N noise"]:
        """The link's noise for what is sent at ``step`` (one number, or one per lane), from the episode's draws."""
        size = self.link.noise_size(self.carrier)
        if size == 0:
            return np.empty((draws.lanes, agents, agents, 0), dtype=np.float32)
        uniform = draws.uniform(agents * agents * size, step, LINK_STREAM)
        return self.link.noise(self.carrier, uniform.reshape(len(uniform), agents, agents, size))

    def transmit(
        self,
        sent: Float[Any, "B N *signal"],
        hears: Bool[Any, "B N N"],
        noise: Float[Any, "B N N noise"],
        state: LinkState = (),
    ) -> tuple[Float[Any, "B N N size"], Bool[Any, "B N N"], LinkState]:
        """Route what was sent to who may hear it; NumPy and torch alike.

        Args:
            sent: one signal a sender.
            hears: ``hears[b, receiver, sender]``, as the environment returned it after the signals were sent.
            noise: the link's, from ``link_noise``.
            state: what is on the way, as the last step returned it; ``()`` when the episode begins in all lanes, and
                ``link.reset(state, lanes)`` when it begins in some.

        Returns:
            ``heard [B, receiver, sender, size]``, decoded, zero where nothing was heard; ``present [B, N, N]``; and
            what is on the way now.

        Raises:
            ValueError: if a seat that is cut off is not there.
        """
        batch, agents = hears.shape[:2]
        hears = self.uncut(hears)
        shape = self.carrier.signal_shape
        signal = sent.reshape(batch, 1, agents, *shape)
        if not isinstance(self.link, Perfect):
            signal, hears, state = self.link.carry(self.carrier, _spread(signal, agents), hears, noise, state)
        heard = self.carrier.decode(signal) * hears[..., None]
        return heard, hears, state

    def uncut(self, hears: Bool[Any, "B N N"]) -> Bool[Any, "B N N"]:
        """``hears`` without the pairs of seats that are cut; NumPy and torch alike.

        Raises:
            ValueError: if a seat that is cut off is not there.
        """
        if not self.cut:
            return hears
        self.check_seats(hears.shape[1])
        speaker, listener = np.array(self.cut).T
        passes = np.ones(hears.shape[1:], dtype=bool)
        passes[listener, speaker] = False
        return hears & (passes if isinstance(hears, np.ndarray) else hears.new_tensor(passes))

    def silence(self, batch: int, agents: int) -> tuple[Float32[np.ndarray, "B N N size"], Bool[np.ndarray, "B N N"]]:
        """What is heard where nothing was said: zeros, and ``present`` false."""
        heard = np.zeros((batch, agents, agents, self.carrier.size), dtype=np.float32)
        return heard, np.zeros((batch, agents, agents), dtype=bool)


def _is_pair(pair: Any) -> bool:
    seats = isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(seat, int | np.integer) for seat in pair)
    return seats and min(pair) >= 0


def _spread(signal: Any, agents: int) -> Any:
    """One copy of each sender's signal a receiver: ``[B, 1, N, *signal]`` to ``[B, N, N, *signal]``."""
    return signal.repeat(agents, 1) if isinstance(signal, np.ndarray) else signal.repeat_interleave(agents, 1)


def sum_messages(
    heard: Float[Any, "*receivers senders size"], present: Bool[Any, "*receivers senders"]
) -> tuple[Float[Any, "*receivers 1 size"], Bool[Any, "*receivers 1"]]:
    """What a receiver hears who cannot tell senders apart: the sum of their messages; NumPy and torch alike."""
    return heard.sum(-2)[..., None, :], present.any(-1)[..., None]
