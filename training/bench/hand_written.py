"""A hand-written C-Net, as a baseline for the compiled graph: the same modules and parameters without a graph."""

from typing import Any

from torch import Tensor, nn

from ...agents import GRU, Embed, Linear, SumMessageEncoder
from ...protocols.channels.carriers import Carrier


class HandWrittenCNet(nn.Module):
    """The C-Net as a hand-written ``nn.Module``; it is called like an ``Agent``."""

    def __init__(self, agents: int, actions: int, observations: int, carrier: Carrier, width: int = 128) -> None:
        super().__init__()
        self.observation_encoder = Embed(observations, width)
        self.message_encoder = SumMessageEncoder(1, carrier.size, width)
        self.action_embedding = Embed(actions + 1, width)
        self.agent_embedding = Embed(agents, width)
        self.rnn = GRU(width, 2)
        self.hidden = Linear(width, (width,), relu=True)
        self.action_head = Linear(width, (actions,))
        self.message_head = Linear(width, carrier.emit_shape)

    def forward(
        self,
        observation: Tensor,
        heard: Tensor,
        present: Tensor,
        action: Tensor,
        message: Tensor,
        seat: Tensor,
        memory: Any,
    ) -> tuple[dict[str, Tensor], tuple[Tensor, ...]]:
        """One step of all rows."""
        x = (
            self.observation_encoder(observation)
            + self.message_encoder(heard, present)
            + self.action_embedding(action)
            + self.agent_embedding(seat)
        )
        x, state = self.rnn(x, memory[0] if memory else None)
        x = self.hidden(x)
        return {"act": self.action_head(x), "emit": self.message_head(x)}, (state,)
