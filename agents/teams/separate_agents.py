"""Agents of any structure, one a seat, played at once: each agent's rows go through it in one call."""

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ..compiler import Agent
from ..shared import deduplicate_state_dict


class SeparateAgents(nn.Module):
    """N agents, one a seat. It is called as an ``Agent`` is, on rows that are lane-major, B x N.

    Memory is each agent's own. An agent may sit in several seats, and agents may share modules; each tensor is in the
    state dict once.
    """

    def __init__(self, agents: Sequence[Agent]) -> None:
        super().__init__()
        self.seats = nn.ModuleList(agents)
        deduplicate_state_dict(self)

    def forward(self, *inputs: Any) -> tuple[dict[str, Tensor], tuple[Any, ...]]:
        """One step of all rows; the last argument is the memory."""
        *rows, memory = inputs
        seats = len(self.seats)
        memory = memory or (None,) * seats
        said = [agent(*(x[seat::seats] for x in rows), memory[seat]) for seat, agent in enumerate(self.seats)]
        outputs = {name: torch.stack([own[name] for own, _ in said], 1).flatten(0, 1) for name in said[0][0]}
        return outputs, tuple(after for _, after in said)

    def agents(self) -> list[Agent]:
        """The agents one by one, with copies of their parameters; what they share stays shared."""
        apart: list[Agent] = copy.deepcopy(list(self.seats))  # type: ignore[arg-type]
        return apart
