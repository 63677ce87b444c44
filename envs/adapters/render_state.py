"""The state of a one-lane game, as input of the drawing functions."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Integer

from ...protocols.channels.channel import Channel
from ..core.core import Core, Step
from ..core.message_text import heard_text, message_text


@dataclass(frozen=True)
class RenderState:
    """The game with the last actions and messages.

    Attributes:
        core: The game, with one lane.
        step: The last step that the core returned.
        action: The last actions; None after a reset.
        channel: The channel between the agents, if there is one.
        sent: The signals sent with ``action``.
        heard: The decoded messages that arrived.
        present: ``present[receiver, sender]``, whether a message arrived.
    """

    core: Core
    step: Step
    action: Integer[np.ndarray, "N"] | None = None
    channel: Channel | None = None
    sent: Float32[np.ndarray, "N ..."] | None = None
    heard: Float32[np.ndarray, "N N size"] | None = None
    present: Bool[np.ndarray, "N N"] | None = None

    def sent_text(self, sender: int) -> str:
        """The message that ``sender`` sent, as text; empty without a channel."""
        if self.channel is None or self.sent is None:
            return ""
        return message_text(self.channel.carrier.element(self.sent[sender]))

    def heard_text(self, receiver: int, sender: int) -> str:
        """The message that ``receiver`` heard from ``sender``, as text; empty if none arrived."""
        if self.channel is None or self.heard is None or self.present is None or not self.present[receiver, sender]:
            return ""
        return heard_text(self.channel.carrier, self.heard[receiver, sender])
