"""Objectives of adversarial networks, as functions of the logits by which critics judge pictures."""

from collections.abc import Callable
from typing import Literal, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import mse_loss, softplus

from ...agents.generators.convolutional import shrink

Objective: TypeAlias = Literal["non_saturating", "relativistic"]


def critic_loss(objective: Objective, real: Float[Tensor, "B"], fake: Float[Tensor, "B"]) -> Float[Tensor, ""]:
    """The loss of a critic.

    "non_saturating" is the cross-entropy of both judgments (Goodfellow et al. 2014, eq. 1). "relativistic" compares
    pairs of a genuine and a painted picture (Jolicoeur-Martineau 2018, arXiv:1807.00734, eq. 11).

    Args:
        objective: Name of the objective.
        real: Logits of genuine pictures.
        fake: Logits of painted pictures.
    """
    if objective == "relativistic":
        return softplus(fake - real).mean()
    return softplus(-real).mean() + softplus(fake).mean()


def painter_loss(objective: Objective, real: Float[Tensor, "B"], fake: Float[Tensor, "B"]) -> Float[Tensor, ""]:
    """The loss of a painter, whose gradient does not vanish if the critic is right (Goodfellow et al. 2014, section 3).

    Args:
        objective: Name of the objective; see ``critic_loss``.
        real: Logits of genuine pictures, which matter for "relativistic" only.
        fake: Logits of painted pictures.
    """
    return softplus(real - fake).mean() if objective == "relativistic" else softplus(-fake).mean()


def gradient_penalty(logits: Float[Tensor, "B"], pictures: Float[Tensor, "B D"]) -> Float[Tensor, ""]:
    """Half the mean squared norm of the critic's gradient at the pictures (Mescheder et al. 2018, arXiv:1801.04406).

    It is R1 at genuine and R2 at painted pictures.

    Args:
        logits: Logits of the pictures, each of which depends on its own picture only.
        pictures: The pictures, which require a gradient.
    """
    (gradient,) = torch.autograd.grad(logits.sum(), pictures, create_graph=True)
    return gradient.square().sum(-1).mean() / 2


def penalized_critic_loss(
    objective: Objective,
    judge: Callable[[Float[Tensor, "B D"]], Float[Tensor, "B"]],
    real: Float[Tensor, "B D"],
    fake: Float[Tensor, "B D"],
    r1: float,
    r2: float,
) -> Float[Tensor, ""]:
    """The loss of a critic, plus the gradient penalties.

    Args:
        objective: Name of the objective; see ``critic_loss``.
        judge: Returns the logits of pictures.
        real: Genuine pictures.
        fake: Painted pictures. No gradient reaches the painter.
        r1: Weight of the gradient penalty at genuine pictures.
        r2: Weight of the gradient penalty at painted pictures.
    """
    return penalized_loss_and_logits(objective, judge, real, fake, r1, r2)[0]


def penalized_loss_and_logits(
    objective: Objective,
    judge: Callable[[Float[Tensor, "B D"]], Float[Tensor, "B"]],
    real: Float[Tensor, "B D"],
    fake: Float[Tensor, "B D"],
    r1: float,
    r2: float,
) -> tuple[Float[Tensor, ""], Float[Tensor, "B"]]:
    """The loss of ``penalized_critic_loss``, and the logits of genuine pictures, for further terms."""
    pictures = real.detach().requires_grad_(r1 > 0), fake.detach().requires_grad_(r2 > 0)
    judged = judge(pictures[0]), judge(pictures[1])
    loss = critic_loss(objective, *judged)
    for weight, logits, at in zip((r1, r2), judged, pictures, strict=True):
        if weight:
            loss = loss + weight * gradient_penalty(logits, at)
    return loss, judged[0]


def painted_loss(
    objective: Objective,
    judge: Callable[[Float[Tensor, "B D"]], Float[Tensor, "B"]],
    real: Float[Tensor, "B D"],
    fake: Float[Tensor, "B D"],
) -> Float[Tensor, ""]:
    """The loss of a painter. Genuine pictures are judged only if the objective compares painted ones with them.

    Args:
        objective: Name of the objective; see ``painter_loss``.
        judge: Returns the logits of pictures, from a critic whose parameters require no gradient.
        real: Genuine pictures.
        fake: Painted pictures, through which the gradient reaches the painter.
    """
    logits = judge(fake)
    if objective != "relativistic":
        return painter_loss(objective, logits, logits)
    with torch.no_grad():
        compared = judge(real)
    return painter_loss(objective, compared, logits)


def inconsistency(
    painted: Float[Tensor, "B D"], drawn: Float[Tensor, "B d"], shape: tuple[int, int, int]
) -> Float[Tensor, ""]:
    """The mean squared difference between painted pictures, shrunk, and those of the stage before.

    It keeps the second of two stages from painting something else than the first, whose critic it does not meet.

    Args:
        painted: Pictures of the second stage.
        drawn: Pictures of the first stage, of half the height and width, before the hyperbolic tangent. They receive no
            gradient.
        shape: Channels, height and width of the painted pictures.
    """
    return mse_loss(shrink(painted, shape), drawn.detach().tanh())
