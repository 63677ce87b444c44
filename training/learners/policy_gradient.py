"""Pure functions for policy-gradient losses: the score-function estimator and the entropy."""

from jaxtyping import Float
from torch import Tensor


def score_loss(losses: Float[Tensor, "M"], log_probability: Float[Tensor, "M"]) -> Float[Tensor, ""]:
    """REINFORCE (Williams 1992): its gradient estimates the gradient of the expected loss for sampled messages.

    The baseline of each sample is the mean loss of the other samples, so the estimate is unbiased.

    Args:
        losses: Loss of each sample; it is detached.
        log_probability: Log-probability of everything that was sampled before this loss.
    """
    losses = losses.detach()
    others = (losses.sum() - losses) / max(len(losses) - 1, 1)
    return ((losses - others) * log_probability).mean()


def entropy(log_probability: Float[Tensor, "*rows A"]) -> Float[Tensor, "*rows"]:
    """Entropy in nats, from log-probabilities; impossible outcomes contribute 0."""
    return -(log_probability.exp() * log_probability.clamp(min=-1e9)).sum(-1)
