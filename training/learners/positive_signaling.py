"""Positive signaling: a bias towards informative messages (Eccles et al. 2019, arXiv:1912.05676).

A receiver learns nothing from messages that do not vary, and a sender learns only from its receivers. The bias makes an
agent use all symbols across observations, but few of them for any single observation.
"""

import torch
from jaxtyping import Float
from torch import Tensor


def positive_signaling(
    probabilities: Float[Tensor, "T B N *symbols V"], delivered: Float[Tensor, "T B N"], target_entropy: float
) -> Float[Tensor, ""]:
    """``(H(m | x) - target_entropy)^2 - H(m)`` per symbol, agent and step, averaged over delivered messages.

    H(m) is the entropy of the mean message over lanes, H(m | x) the mean entropy of single messages (equation 4).

    Args:
        probabilities: Probabilities of the symbols, at each position of the message.
        delivered: 1 if the message reached a receiver, otherwise 0.
        target_entropy: Target for the entropy of a single message, in nats.

    Returns:
        The loss, in nats; 0 if no message was delivered.
    """
    weight = delivered.reshape(*delivered.shape, *[1] * (probabilities.dim() - 3))
    count = weight.sum(1).clamp(min=1)
    marginal = entropies((probabilities * weight).sum(1) / count)
    conditional = (entropies(probabilities) * weight.squeeze(-1)).sum(1) / count.squeeze(-1)
    loss = ((conditional - target_entropy) ** 2 - marginal).flatten(2).mean(-1)
    messages = delivered.sum(1)
    return (loss * messages).sum() / messages.sum().clamp(min=1)


def bit_probabilities(emit: Float[Tensor, "*rows bits"]) -> Float[Tensor, "*rows bits 2"]:
    """Probabilities of 0 and 1, from the logits of bits."""
    one = emit.sigmoid()
    return torch.stack([1 - one, one], -1)


def entropies(probabilities: Float[Tensor, "*rows V"]) -> Float[Tensor, "*rows"]:
    """Entropies in nats."""
    return -torch.xlogy(probabilities, probabilities.clamp(min=1e-6)).sum(-1)
