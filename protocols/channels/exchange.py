"""Message exchange of N agents in B lanes (parallel episodes): what they send, and hear with the next observation.

Every rollout and every environment delivers messages through ``Exchange``, so that all of them agree bit for bit.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int64

from ..common.draws import Draws
from .channel import Channel, sum_messages
from .links import LinkState


def _identity(array: np.ndarray) -> np.ndarray:
    return array


class Delivery(NamedTuple):
    """The messages that arrive in one step; NumPy or torch.

    Attributes:
        heard: The decoded message from each sender to each receiver; zero where ``present`` is false.
        present: ``present[b, receiver, sender]``, whether a message arrives in this step.
        transmitted: ``transmitted[b, receiver, sender]``, whether the signal sent in this step was put on the link to
            this receiver. It is false where the environment does not let the message pass, where the channel is cut,
            and if the exchange is silent. The link may still lose or delay a message that was transmitted.
        anonymous: Whether receivers cannot distinguish senders.
    """

    heard: Float[Any, "B N N size"]
    present: Bool[Any, "B N N"]
    transmitted: Bool[Any, "B N N"]
    anonymous: bool

    @property
    def slots(self) -> tuple[Float[Any, "B N S size"], Bool[Any, "B N S"]]:
        """``heard`` and ``present`` as receivers observe them: per sender, or summed if senders are anonymous."""
        return sum_messages(self.heard, self.present) if self.anonymous else (self.heard, self.present)

    def silence(self, lanes: Bool[Any, "B"]) -> "Delivery":
        """A copy of this delivery without any message in ``lanes``."""
        kept = ~lanes[:, None, None]
        heard, present = self.heard * kept[..., None], self.present & kept
        return Delivery(heard, present, self.transmitted & kept, self.anonymous)


class Exchange:
    """Delivers the messages of B lanes from step to step, and holds the state of the link and its random numbers.

    The link's noise comes from ``draws`` alone and is a function of the episode and its step.

    Args:
        channel: The channel between the agents.
        draws: The random numbers of the lanes' episodes. Their owner advances them to the next episode.
        agents: The number of agents per lane (N).
        anonymous: Whether receivers hear only the sum of all messages.
        silent: Whether to deliver no messages at all.
        convert: Maps a NumPy array to the kind of array that senders send, such as ``torch.from_numpy``.

    Attributes:
        delivery: The last delivery: what the agents hear now.
    """

    def __init__(
        self,
        channel: Channel,
        draws: Draws,
        agents: int,
        anonymous: bool = False,
        silent: bool = False,
        convert: Callable[[np.ndarray], Any] = _identity,
    ) -> None:
        self._channel, self._draws, self._agents = channel, draws, agents
        self._anonymous, self._silent, self._convert = anonymous, silent, convert
        heard, present = map(convert, channel.silence(draws.lanes, agents))
        self._silence = Delivery(heard, present, present, anonymous)
        self.reset()

    def reset(self, lanes: Bool[np.ndarray, "B"] | None = None) -> Delivery:
        """Begin an episode in ``lanes`` (all if None): messages in flight there are lost, and nothing is heard yet."""
        if lanes is None:
            self._step: int | Int64[np.ndarray, B] = 0
            self._in_flight: LinkState = ()
            self.delivery = self._silence
        else:
            begins = self._convert(lanes)
            self._step = np.where(lanes, 0, self._step)
            self._in_flight = self._channel.link.reset(self._in_flight, begins)
            self.delivery = self.delivery.silence(begins)
        return self.delivery

    def deliver(self, sent: Float[Any, "B N *signal"], hears: Bool[np.ndarray, "B N N"]) -> Delivery:
        """Transmit one signal per agent, and return the messages that arrive.

        Args:
            sent: The signals.
            hears: ``hears[b, receiver, sender]``, whether the environment lets the message pass in the step that was
                played with these signals.

        Raises:
            ValueError: If the channel is cut between seats that do not exist.
        """
        noise = self._convert(self._channel.link_noise(self._draws, self._step, self._agents))
        passes = np.zeros_like(hears) if self._silent else hears
        if self._convert is not _identity:
            passes = self._convert(passes.copy())
        passes = self._channel.without_cut(passes)
        heard, present, self._in_flight = self._channel.transmit(sent, passes, noise, self._in_flight)
        self._step = self._step + 1
        self.delivery = Delivery(heard, present, passes, self._anonymous)
        return self.delivery
