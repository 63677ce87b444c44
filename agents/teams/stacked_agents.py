"""Agents with the same graph and separate parameters, as one network with stacked parameters."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import stack_module_state

from ..compiler import Agent
from ..shared import swap_tensors


class StackedAgents(nn.Module):
    """N agents with the same structure, one per seat, evaluated in parallel with ``torch.func.vmap``.

    It is called like an ``Agent``, on lane-major rows (B x N).

    Args:
        agents: One agent per seat. Their parameters are copied.
    """

    def __init__(self, agents: Sequence[Agent]) -> None:
        super().__init__()
        parameters, buffers = stack_module_state(list(agents))
        self.names = list(parameters)
        self.stacked = nn.ParameterList(nn.Parameter(p.detach().clone()) for p in parameters.values())
        self.buffer_names = list(buffers)
        for i, buffer in enumerate(buffers.values()):
            self.register_buffer(f"buffer_{i}", buffer)
        self.seats = len(agents)
        self._structure = [agents[0].clone()]

    def forward(self, *inputs: Any) -> tuple[dict[str, Tensor], tuple[Tensor, ...]]:
        """Compute one step for all rows. The last argument is the memory."""
        *rows, memory = inputs
        rows = [self._split(x) for x in rows]
        memory = memory and tuple(self._split(m) for m in memory)
        agent = self._structure[0].train(self.training)

        def one(parameters: dict[str, Tensor], buffers: dict[str, Tensor], memory: Any, *rows: Tensor) -> Any:
            with swap_tensors(agent, parameters | buffers):
                return agent(*rows, memory)

        in_dims = (0, 0, 1 if memory else None, *(1 for _ in rows))
        call = torch.func.vmap(one, in_dims=in_dims, out_dims=1, randomness="different")
        outputs, memory = call(self._parameters_by_name(), self._buffers_by_name(), memory, *rows)
        joined = {name: value.flatten(0, 1) for name, value in outputs.items()}
        return joined, tuple(m.flatten(0, 1) for m in memory)

    def agents(self) -> list[Agent]:
        """Separate agents with copies of the parameters."""
        separate = []
        for seat in range(self.seats):
            agent = self._structure[0].clone()
            state = self._parameters_by_name() | self._buffers_by_name()
            agent.load_state_dict({name: value[seat] for name, value in state.items()})
            separate.append(agent)
        return separate

    def _split(self, x: Tensor) -> Tensor:
        return x.reshape(-1, self.seats, *x.shape[1:])

    def _parameters_by_name(self) -> dict[str, Tensor]:
        return dict(zip(self.names, self.stacked, strict=True))

    def _buffers_by_name(self) -> dict[str, Tensor]:
        return {name: getattr(self, f"buffer_{i}") for i, name in enumerate(self.buffer_names)}
