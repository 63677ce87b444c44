"""Pure parts of policy-gradient losses: the score function, and entropy."""

from jaxtyping import Float
from torch import Tensor


def score_loss(losses: Float[Tensor, "M"], log_probability: Float[Tensor, "M"]) -> Float[Tensor, ""]:
    """REINFORCE (Williams 1992): its gradient estimates that of the expected loss with respect to sampled messages.

    The baseline of each sample is the mean loss of the others, which leaves the estimate unbiased.

    Args:
        losses: Loss of each sample; no gradient flows into it.
        log_probability: Log-probability of everything sampled before that loss.
    """
    losses = losses.detach()
    others = (losses.sum() - losses) / max(len(losses) - 1, 1)
    return ((losses - others) * log_probability).mean()


def entropy(log_probability: Float[Tensor, "*rows A"]) -> Float[Tensor, "*rows"]:
    """Entropy in nats, from log-probabilities; impossible outcomes contribute 0."""
    return -(log_probability.exp() * log_probability.clamp(min=-1e9)).sum(-1)
