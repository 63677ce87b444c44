"""Updates of adversarial networks: pairs as one stack or apart, and a pair as agents or in a loop of plain PyTorch."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import softplus

from ...envs.forgery.rules import Forgery
from ..adversarial.gan import GAN
from ..adversarial.gap import GAP
from ..recipes.table import make_learner
from ..rollouts.schedules import cosine

FOREVER = 10**9
"""Number of updates of a run that is timed, so that learning rates hardly change."""


def stacked_pairs(pairs: int, batch: int, width: int, updates: int) -> dict[str, Callable[[], float]]:
    """Workloads: updates of all pairs, by ``gap`` without swaps, and by separate learners of ``gan``."""
    settings = GAN("forgery_v0", updates=FOREVER, batch=batch, width=width)
    separate = [make_learner(replace(settings, seed=seed)) for seed in range(pairs)]
    stacked = GAP("forgery_v0", agents=2 * pairs, updates=FOREVER, batch=batch, width=width, swap_every=0)
    stack = make_learner(stacked)
    return {
        "stacked": _repeat(stack.update, updates),
        "separate": _repeat(lambda: sum(learner.update() for learner in separate), updates),
    }


def gan_updates(updates: int) -> dict[str, Callable[[], float]]:
    """Workloads: updates of ``gan`` with its defaults, and of the same networks in a hand-written loop."""
    settings = GAN("forgery_v0", updates=FOREVER)
    return {
        "learner": _repeat(make_learner(settings).update, updates),
        "hand-written": _repeat(HandWrittenGAN(settings).update, updates),
    }


class HandWrittenGAN:
    """The update of ``gan`` with its default objective, on plain modules without a channel."""

    def __init__(self, settings: GAN) -> None:
        self.settings, self.updates = settings, 0
        self.core = Forgery(2, settings.batch, settings.seed, settings.data, noise=settings.noise)
        hidden = [settings.width] * settings.layers
        self.painter = nn.Sequential(*_dense([settings.noise, *hidden, self.core.source.size]), nn.Tanh())
        self.critic = nn.Sequential(*_dense([self.core.source.size, *hidden, self.core.actions]))
        self.average = [p.detach().clone() for p in self.painter.parameters()]
        betas = settings.beta1, settings.beta2
        self.optimizers = {
            network: torch.optim.Adam(network.parameters(), betas=betas, foreach=True)
            for network in (self.painter, self.critic)
        }

    def update(self) -> float:
        settings = self.settings
        self.core.reset()
        real = torch.from_numpy(self.core.genuine_picture[:, 0]).requires_grad_()
        painted = self.painter(torch.from_numpy(self.core.noise[:, 0]))
        fake = painted.detach().requires_grad_()
        judged = self.judge(real), self.judge(fake)
        loss = softplus(judged[1] - judged[0]).mean()
        for weight, logits, pictures in zip((settings.r1, settings.r2), judged, (real, fake), strict=True):
            (gradient,) = torch.autograd.grad(logits.sum(), pictures, create_graph=True)
            loss = loss + weight / 2 * gradient.square().sum(-1).mean()
        value = self.step(self.critic, loss)
        self.critic.requires_grad_(False)
        with torch.no_grad():
            compared = self.judge(real)
        self.step(self.painter, softplus(compared - self.judge(painted)).mean())
        self.critic.requires_grad_(True)
        with torch.no_grad():
            for average, newest in zip(self.average, self.painter.parameters(), strict=True):
                average.lerp_(newest, 1 - settings.average)
        self.updates += 1
        return value

    def judge(self, pictures: Float[Tensor, "B D"]) -> Float[Tensor, "B"]:
        """The logits by which the critic judges pictures to be genuine."""
        logits = self.critic(pictures)
        genuine: Tensor = logits[:, 2] - logits[:, 1]
        return genuine

    def step(self, network: nn.Sequential, loss: Tensor) -> float:
        """Take an optimizer step on a network."""
        optimizer = self.optimizers[network]
        optimizer.zero_grad()
        loss.backward()
        rate = cosine(self.settings.learning_rate, 0.0, self.updates / self.settings.updates)
        optimizer.param_groups[0]["lr"] = rate
        optimizer.step()
        return loss.item()


def _dense(sizes: list[int]) -> list[nn.Module]:
    """Affine maps of these sizes with rectifiers between them."""
    modules: list[nn.Module] = []
    for width, out in pairwise(sizes):
        modules += [nn.Linear(width, out), nn.ReLU()]
    return modules[:-1]


def _repeat(update: Callable[[], float], updates: int) -> Callable[[], float]:
    def work() -> float:
        for _ in range(updates):
            update()
        return float(updates)

    return work
