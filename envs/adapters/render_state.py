"""One moment of a one-lane game, as drawings need it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Integer

from ...protocols.channels.channel import Channel
from ..core.core import Core, Step


@dataclass(frozen=True)
class RenderState:
    """The game now, and what was last done and said.

    Attributes:
        core: the game, of one lane.
        step: what it last returned.
        action: what the agents last did; None after a reset.
        channel: what carries their messages, if anything does.
        sent: the signals that were sent with ``action``.
        heard: what came of them.
        present: ``present[receiver, sender]``, where anything came of them.
    """

    core: Core
    step: Step
    action: Integer[np.ndarray, "N"] | None = None
    channel: Channel | None = None
    sent: Float32[np.ndarray, "N ..."] | None = None
    heard: Float32[np.ndarray, "N N size"] | None = None
    present: Bool[np.ndarray, "N N"] | None = None

    def said(self, sender: int) -> str:
        """What ``sender`` sent, to be read by people; empty where nobody can say anything."""
        if self.channel is None or self.sent is None:
            return ""
        return _text(self.channel.carrier.element(self.sent[sender]))

    def got(self, receiver: int, sender: int) -> str:
        """What ``receiver`` heard from ``sender``; empty where it was nothing."""
        if self.channel is None or self.heard is None or self.present is None or not self.present[receiver, sender]:
            return ""
        carrier = self.channel.carrier
        heard = self.heard[receiver, sender]
        element = carrier.element(heard.reshape(carrier.signal_shape))
        is_element = carrier.space.contains(element) and bool((carrier.decode(carrier.signal(element)) == heard).all())
        return _text(element if is_element else heard)


def _text(numbers: np.ndarray) -> str:
    return " ".join(f"{number:.2f}" if isinstance(number, float) else str(number) for number in numbers.tolist())
