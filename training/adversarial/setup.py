"""What all learners of adversarial networks begin with: their game, and an optimizer per trained network."""

from collections.abc import Iterable, Mapping

import torch
from torch import nn

from ...envs.core.registry import make_core
from ...envs.forgery.rules import Forgery
from ...protocols.common.errors import invalid
from ..learners.base import adam, check_cpu, check_game
from .settings import AdversarialSettings


def forgery(settings: AdversarialSettings) -> Forgery:
    """The game on which a run is trained.

    Raises:
        ValueError: If the game is not forgery, the device is not the CPU, or painters and critics are to share
            parameters.
    """
    check_game(settings)
    check_cpu(settings)
    if settings.shared:
        raise invalid("Painters and critics cannot share parameters", "--shared", "Pass --no-shared.")
    core = make_core(settings.game, settings.agents, settings.batch, settings.seed, **settings.training_options())
    assert isinstance(core, Forgery)
    return core


def optimizers(
    settings: AdversarialSettings, networks: Mapping[str, nn.Module], trained: Iterable[str], fused: bool = False
) -> dict[str, torch.optim.Optimizer]:
    """Adam for each of the networks with these names."""
    betas = settings.beta1, settings.beta2
    rate = settings.learning_rate
    return {name: adam(networks[name].parameters(), rate, betas=betas, fused=fused) for name in trained}
