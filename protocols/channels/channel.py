"""Channels between agents: three independent choices, carrier, link and credit."""

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from jaxtyping import Bool, Float, Float32

from ..common.checks import check_choice
from ..common.draws import Draw, Draws
from ..common.errors import invalid
from .capacity import Capacity, capacity
from .carriers import DRU, Carrier
from .links import Link, LinkState, Perfect

Credit: TypeAlias = Literal["through", "blocked", "synthetic"]
LINK_STREAM = 1
"""The stream of an episode's random numbers from which links draw. Games draw from stream 0."""


@dataclass(frozen=True)
class Channel:
    """The form of messages, their transmission, and the credit that senders receive.

    Attributes:
        carrier: The form of a message.
        link: The transmission from sender to receiver: noise, loss and delay.
        credit: "through" passes the receiver's gradient to the sender (DIAL); "blocked" stops it (RIAL); "synthetic"
            passes it only to the end of the sender's graph, where a ``SyntheticGradient`` module learns to predict it
            for the modules before it. None stands for "through" if the carrier is differentiable, else "blocked".
        cut: Pairs (sender, receiver) of seats, which are the indices of agents. No message passes from this sender to
            this receiver, whatever the environment permits.
    """

    carrier: Carrier = field(default_factory=DRU)
    link: Link = field(default_factory=Perfect)
    credit: Credit | None = None
    cut: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.carrier, Carrier):
            remedy = "Pass DRU(), Symbols(), Sampled(), Gumbel(), Quantized() or Continuous()."
            raise invalid("A channel's carrier must be a Carrier", self.carrier, remedy)
        if not isinstance(self.link, Link):
            remedy = "Pass Perfect(), Flip(), Erasure(), Gaussian(), Delay() or Composed((...))."
            raise invalid("A channel's link must be a Link", self.link, remedy)
        self.link.check(self.carrier)
        if self.credit is None:
            object.__setattr__(self, "credit", "through" if self.carrier.differentiable else "blocked")
        check_choice("credit", self.credit, get_args(Credit))
        if self.credit != "blocked" and not self.carrier.differentiable:
            passable = "Gumbel(), Quantized(), DRU() or Continuous()"
            remedy = f'Pass credit="blocked", or a differentiable carrier: {passable}.'
            rule = f'Credit "{self.credit}" needs a differentiable carrier'
            raise invalid(rule, self.carrier, remedy)
        if not isinstance(self.cut, tuple) or not all(map(_is_pair, self.cut)):
            remedy = "Pass a tuple of tuples such as ((0, 1),), with seats from 0 to N - 1."
            raise invalid("The cut of a channel must be pairs of seats (sender, receiver)", self.cut, remedy)

    def check_seats(self, agents: int) -> None:
        """Check that every cut is between two of ``agents`` seats.

        Raises:
            ValueError: If a seat does not exist.
        """
        if any(max(pair) >= agents for pair in self.cut):
            rule = f"The cut of a channel must be between seats 0 to {agents - 1}"
            raise invalid(rule, self.cut, "Pass seats of this game.")

    @property
    def capacity(self) -> Capacity:
        """The capacity per message in evaluation, exact or an upper bound.

        Raises:
            ValueError: If a link is third-party, so that its capacity is unknown.
        """
        return capacity(self.carrier, self.link)

    @property
    def capacity_bits(self) -> float:
        """``capacity.bits``: an upper bound on the information in one message."""
        return self.capacity.bits

    def send(self, emit: Float[Any, "..."], noise: Any = None) -> Any:
        """Encode torch values ``emit [..., *emit_shape]`` with the carrier's ``noise``, or None in evaluation."""
        sent = self.carrier.encode(emit, noise)
        return sent.detach() if self.credit == "blocked" else sent

    def link_noise(self, draws: Draws, step: Draw, agents: int) -> Float32[np.ndarray, "B N N noise"]:
        """The link's noise for signals sent at ``step`` (one number, or one per lane), from the episode's draws."""
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
        """Transmit NumPy or torch signals from senders to receivers. See ``Exchange`` for whole episodes.

        Args:
            sent: One signal per sender.
            hears: ``hears[b, receiver, sender]``, as the environment returned it after the signals were sent.
            noise: The link's noise, from ``link_noise``.
            state: The messages in flight that the previous step returned. Pass ``()`` when an episode begins in all
                lanes, and ``link.reset(state, lanes)`` when one begins in some lanes.

        Returns:
            The decoded messages ``heard [B, receiver, sender, size]``, zero where no message arrives; ``present
            [B, N, N]``; and the messages in flight.

        Raises:
            ValueError: If the channel is cut between seats that do not exist.
        """
        batch, agents = hears.shape[:2]
        hears = self.without_cut(hears)
        shape = self.carrier.signal_shape
        signal = sent.reshape(batch, 1, agents, *shape)
        if not isinstance(self.link, Perfect):
            signal, hears, state = self.link.carry(self.carrier, _spread(signal, agents), hears, noise, state)
        heard = self.carrier.decode(signal) * hears[..., None]
        return heard, hears, state

    def without_cut(self, hears: Bool[Any, "B N N"]) -> Bool[Any, "B N N"]:
        """``hears`` (NumPy or torch) without the pairs of seats between which the channel is cut.

        Raises:
            ValueError: If the channel is cut between seats that do not exist.
        """
        if not self.cut:
            return hears
        self.check_seats(hears.shape[1])
        sender, receiver = np.array(self.cut).T
        passes = np.ones(hears.shape[1:], dtype=bool)
        passes[receiver, sender] = False
        return hears & (passes if isinstance(hears, np.ndarray) else hears.new_tensor(passes))

    def silence(self, batch: int, agents: int) -> tuple[Float32[np.ndarray, "B N N size"], Bool[np.ndarray, "B N N"]]:
        """``heard`` and ``present`` without any message: all zeros and all false."""
        heard = np.zeros((batch, agents, agents, self.carrier.size), dtype=np.float32)
        return heard, np.zeros((batch, agents, agents), dtype=bool)


def _is_pair(pair: Any) -> bool:
    seats = isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(seat, int | np.integer) for seat in pair)
    return seats and min(pair) >= 0


def _spread(signal: Any, agents: int) -> Any:
    """One copy of each sender's signal per receiver: ``[B, 1, N, *signal]`` to ``[B, N, N, *signal]``."""
    return signal.repeat(agents, 1) if isinstance(signal, np.ndarray) else signal.repeat_interleave(agents, 1)


def sum_messages(
    heard: Float[Any, "*receivers senders size"], present: Bool[Any, "*receivers senders"]
) -> tuple[Float[Any, "*receivers 1 size"], Bool[Any, "*receivers 1"]]:
    """Sum the messages (NumPy or torch) of all senders, for receivers that cannot distinguish senders."""
    return heard.sum(-2)[..., None, :], present.any(-1)[..., None]
