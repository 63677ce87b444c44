"""Agents with the same graph and separate parameters, as one network of batched matrix products."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ...protocols.common.errors import invalid
from ..compiler import Agent


class BatchedAgents(nn.Module):
    """N agents with the same structure, whose parameters are those of affine maps, evaluated in parallel.

    It computes what ``StackedAgents`` computes, on agent-major rows (N x B). Instead of ``torch.func.vmap`` it uses
    batched matrix products, so that gradients of gradients are fast as well. The entries of its state dict are those
    of the agents, stacked.

    Args:
        agents: The agents. Their parameters are copied.

    Attributes:
        count: Number of agents (N).

    Raises:
        ValueError: If an agent has parameters or buffers other than those of ``nn.Linear`` with a bias.
    """

    def __init__(self, agents: Sequence[Agent]) -> None:
        super().__init__()
        self.count = len(agents)
        self.network = agents[0].clone()
        modules = self.network.named_modules()
        affine = {name: part for name, part in modules if isinstance(part, nn.Linear) and part.bias is not None}
        for name, part in affine.items():
            parent, _, leaf = name.rpartition(".")
            setattr(self.network.get_submodule(parent), leaf, BatchedLinear(self.count, part))
        batched = {f"{name}.{key}" for name in affine for key in ("weight", "bias")}
        if others := self.network.state_dict().keys() ^ batched:
            rule = "Batched agents must have only the parameters of affine maps with a bias"
            raise invalid(rule, sorted(others), "Pass them to StackedAgents.")
        states = [agent.state_dict() for agent in agents]
        self.network.load_state_dict({name: torch.stack([state[name] for state in states]) for name in batched})
        self._structure = [agents[0].clone()]

    def forward(self, *inputs: Any) -> tuple[dict[str, Tensor], tuple[Tensor, ...]]:
        """Compute one step for all rows. The last argument is the memory."""
        outputs: tuple[dict[str, Tensor], tuple[Tensor, ...]] = self.network(*inputs)
        return outputs

    def agents(self) -> list[Agent]:
        """Separate agents with copies of the parameters."""
        separate = [self._structure[0].clone() for _ in range(self.count)]
        for i, agent in enumerate(separate):
            agent.load_state_dict({name: value[i] for name, value in self.network.state_dict().items()})
        return separate


class BatchedLinear(nn.Module):
    """N affine maps, each applied to its own block of rows.

    Args:
        count: Number of maps (N).
        like: An affine map of the same sizes, with a bias.
    """

    def __init__(self, count: int, like: nn.Linear) -> None:
        super().__init__()
        self.weight, self.bias = (nn.Parameter(torch.empty(count, *p.shape)) for p in (like.weight, like.bias))

    def forward(self, x: Float[Tensor, "rows width"]) -> Float[Tensor, "rows out"]:
        blocks = x.unflatten(0, (len(self.weight), -1))
        return torch.baddbmm(self.bias[:, None], blocks, self.weight.mT).flatten(0, 1)
