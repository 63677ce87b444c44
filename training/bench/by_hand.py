"""The C-Net written by hand, as a baseline for the compiled graph: same modules, same parameters, no graph."""

from typing import Any

from torch import Tensor, nn

from ...agents import GRU, Embed, HearSum, Linear
from ...protocols.channels.carriers import Carrier


class CNetByHand(nn.Module):
    """The network as it would be written by hand; called like an ``Agent``."""

    def __init__(self, agents: int, actions: int, observations: int, carrier: Carrier, width: int = 128) -> None:
        super().__init__()
        self.see = Embed(observations, width)
        self.hear = HearSum(1, carrier.size, width)
        self.did = Embed(actions + 1, width)
        self.seat = Embed(agents, width)
        self.recall = GRU(width, 2)
        self.think = Linear(width, (width,), relu=True)
        self.act = Linear(width, (actions,))
        self.speak = Linear(width, carrier.emit_shape)

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
        """One step for all rows."""
        x = self.see(observation) + self.hear(heard, present) + self.did(action) + self.seat(seat)
        x, state = self.recall(x, memory[0] if memory else None)
        x = self.think(x)
        return {"act": self.act(x), "emit": self.speak(x)}, (state,)
