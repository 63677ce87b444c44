"""The losses of PPO, over whole episodes of rows that stop at their own time."""

import torch
from jaxtyping import Float
from torch import Tensor

from .losses import discounted


def advantages(
    value: Float[Tensor, "T R"],
    reward: Float[Tensor, "T R"],
    live: Float[Tensor, "T R"],
    gamma: float,
    gae_lambda: float,
) -> Float[Tensor, "T R"]:
    """Generalized advantage estimates (Schulman et al. 2016, equation 16); nothing follows the end of an episode."""
    following = torch.cat([value[1:] * live[1:], torch.zeros_like(value[:1])])
    return discounted((reward + gamma * following - value) * live, gamma * gae_lambda)


def clipped_loss(
    log_probability: Float[Tensor, "T R"],
    before: Float[Tensor, "T R"],
    advantage: Float[Tensor, "T R"],
    counted: Float[Tensor, "T R"],
    clip_range: float,
) -> Float[Tensor, ""]:
    """The clipped surrogate (Schulman et al. 2017, equation 7), a mean over the frames that count."""
    ratio = (log_probability - before).exp()
    least = torch.minimum(ratio * advantage, ratio.clamp(1 - clip_range, 1 + clip_range) * advantage)
    return -mean(least, counted)


def standardized(x: Float[Tensor, "T R"], counted: Float[Tensor, "T R"]) -> Float[Tensor, "T R"]:
    """Mean 0 and standard deviation 1 over the frames that count."""
    off = x - mean(x, counted)
    return off / (mean(off**2, counted).sqrt() + 1e-8)


def mean(x: Float[Tensor, "T R"], counted: Float[Tensor, "T R"]) -> Float[Tensor, ""]:
    """Over the frames that count; 0 where there are none."""
    return (x * counted).sum() / counted.sum().clamp(min=1)
