"""Agents of any structure, one per seat, as one network that calls each agent once, on its rows."""

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ..compiler import Agent
from ..shared import deduplicate_state_dict


class SeparateAgents(nn.Module):
    """N agents, one per seat. It is called like an ``Agent``, on lane-major rows (B x N).

    The memory is a tuple of the memories of the agents. An agent may take several seats, and agents may share modules.
    Each tensor appears once in the state dict.

    Args:
        agents: One agent per seat.
    """

    def __init__(self, agents: Sequence[Agent]) -> None:
        super().__init__()
        self.seats = nn.ModuleList(agents)
        deduplicate_state_dict(self)

    def forward(self, *inputs: Any) -> tuple[dict[str, Tensor], tuple[Any, ...]]:
        """Compute one step for all rows. The last argument is the memory."""
        *rows, memory = inputs
        seats = len(self.seats)
        memory = memory or (None,) * seats
        results = [agent(*(x[seat::seats] for x in rows), memory[seat]) for seat, agent in enumerate(self.seats)]
        outputs = {name: torch.stack([own[name] for own, _ in results], 1).flatten(0, 1) for name in results[0][0]}
        return outputs, tuple(after for _, after in results)

    def agents(self) -> list[Agent]:
        """Separate agents with copies of the parameters. Parameters that they share stay shared among the copies."""
        separate: list[Agent] = copy.deepcopy(list(self.seats))  # type: ignore[arg-type]
        return separate
