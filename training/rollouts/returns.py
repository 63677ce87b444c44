"""Discounted sums over the steps of an episode."""

import torch
from jaxtyping import Float
from torch import Tensor


def discounted(reward: Float[Tensor, "T R"], gamma: float) -> Float[Tensor, "T R"]:
    """The discounted sum of ``reward`` from each step to the end of the episode."""
    following, found = torch.zeros_like(reward[0]), []
    for now in reward.flip(0):
        following = now + gamma * following
        found.append(following)
    return torch.stack(found[::-1])
