"""Positive signaling: a bias for messages that say something (Eccles et al. 2019, "Biases for emergent communication").

Nobody listens as long as nothing is said, and a speaker is taught by listeners alone. By this bias each of
its symbols is used often, and each observation is spoken of with few of them.
"""

import torch
from jaxtyping import Float
from torch import Tensor


def positive_signaling(
    chances: Float[Tensor, "T B N *symbols V"], heard: Float[Tensor, "T B N"], target_entropy: float
) -> Float[Tensor, ""]:
    """``(H(m | x) - undecided)^2 - H(m)``, of each symbol of each agent at each step, averaged over what was heard.

    H(m) is the entropy of the mean message over lanes, H(m | x) the mean of the messages' entropies (equation 4).

    Args:
        chances: of each symbol, in each place of the message, as emitted.
        heard: 1 where somebody heard the message, else 0.
        target_entropy: the entropy of a single message that is aimed at, in nats.

    Returns:
        The loss, in nats; 0 if nothing was heard.
    """
    weight = heard.reshape(*heard.shape, *[1] * (chances.dim() - 3))
    count = weight.sum(1).clamp(min=1)
    often = entropies((chances * weight).sum(1) / count)
    alone = (entropies(chances) * weight.squeeze(-1)).sum(1) / count.squeeze(-1)
    loss = ((alone - target_entropy) ** 2 - often).flatten(2).mean(-1)
    share = heard.sum(1)
    return (loss * share).sum() / share.sum().clamp(min=1)


def bit_chances(emit: Float[Tensor, "*rows bits"]) -> Float[Tensor, "*rows bits 2"]:
    """Of 0 and 1, in each bit of which the logits were emitted."""
    one = emit.sigmoid()
    return torch.stack([1 - one, one], -1)


def entropies(chances: Float[Tensor, "*rows V"]) -> Float[Tensor, "*rows"]:
    """In nats."""
    return -torch.xlogy(chances, chances.clamp(min=1e-6)).sum(-1)
