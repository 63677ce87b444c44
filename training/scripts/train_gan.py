"""GAN: a painter and a critic learn from each other (Goodfellow et al. 2014).

python -m interlect.training.scripts.train_gan --data grid
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
import tyro
from interlect.agents import Agent, Team, critic, painter, save_team
from interlect.envs import play
from interlect.envs.forgery.measures import measures
from interlect.envs.forgery.rules import FAKE, REAL, Forgery
from interlect.protocols import Channel, Continuous
from interlect.training.adversarial.objectives import critic_loss, gradient_penalty, painter_loss
from interlect.training.rollouts.schedules import cosine


@dataclass(frozen=True)
class Settings:
    """Settings of a run."""

    seed: int = 0
    updates: int = 10_000
    batch: int = 256  # genuine and painted pictures per update
    data: Literal["ring", "grid", "digits"] = "ring"
    noise: int = 2  # random numbers that the painter observes
    width: int = 128  # width of the hidden layers
    layers: int = 3  # hidden layers of each network
    objective: Literal["non_saturating", "relativistic"] = "relativistic"
    r1: float = 0.1  # weight of the gradient penalty at genuine pictures
    r2: float = 0.1  # weight of the gradient penalty at painted pictures
    average: float = 0.999  # decay of the moving average of the painter's parameters
    learning_rate: float = 1e-3  # at the first update; half-cosine annealing takes it to 0
    beta1: float = 0.0
    beta2: float = 0.99
    evaluate_every: int = 500  # updates between evaluations
    out: Path = Path("runs/train_gan")  # folder of the trained team


def main(settings: Settings) -> Team:
    """Train a painter and a critic, print measures of the painted pictures, and save both."""
    torch.set_num_threads(1)
    torch.manual_seed(settings.seed)

    # The game, and a channel for its pictures.
    core = Forgery(2, settings.batch, settings.seed, settings.data, noise=settings.noise)
    carrier = Continuous(core.source.size)
    channel = Channel(carrier)

    # The agents, and the average of the painter's parameters, which is evaluated.
    shape = core.conditions, settings.noise, core.source.size, core.actions, carrier, settings.width, settings.layers
    artist, judge = Agent(painter(*shape)), Agent(critic(*shape))
    averaged = artist.clone()
    betas = settings.beta1, settings.beta2
    optimizers = {agent: torch.optim.Adam(agent.parameters(), betas=betas, foreach=True) for agent in (artist, judge)}

    def logits(pictures: torch.Tensor) -> torch.Tensor:
        act: torch.Tensor = judge(observed, pictures[:, None], None)[0]["act"]
        return act.select(-1, REAL) - act.select(-1, FAKE)

    def step(agent: Agent, loss: torch.Tensor) -> None:
        optimizers[agent].zero_grad()
        loss.backward()
        optimizers[agent].param_groups[0]["lr"] = cosine(settings.learning_rate, 0.0, update / settings.updates)
        optimizers[agent].step()

    for update in range(settings.updates):
        observed = torch.from_numpy(core.reset().observation[:, 0])
        real = torch.from_numpy(core.genuine_picture[:, 0]).requires_grad_()
        painted = channel.send(artist(observed, None)[0]["emit"])

        # The critic's step: judge genuine and painted pictures.
        fake = painted.detach().requires_grad_()
        judged = logits(real), logits(fake)
        loss = critic_loss(settings.objective, *judged)
        loss = loss + settings.r1 * gradient_penalty(judged[0], real) + settings.r2 * gradient_penalty(judged[1], fake)
        step(judge, loss)

        # The painter's step: the gradient returns through the critic and the channel.
        step(artist, painter_loss(settings.objective, logits(real).detach(), logits(painted)))
        with torch.no_grad():
            for average, newest in zip(averaged.parameters(), artist.parameters(), strict=True):
                average.lerp_(newest, 1 - settings.average)

        if update + 1 == settings.updates or (update + 1) % settings.evaluate_every == 0:
            sample = Forgery(2, 2500, 0, settings.data, noise=settings.noise)
            found = measures(sample, play(sample, Team([averaged, judge], channel), channel))
            shown = {name: round(value, 4) for name, value in found.items()}
            print(f"update {update + 1}: critic's loss {loss.item():.4f}, painted pictures {shown}")
    team = Team([averaged, judge], channel)
    save_team(settings.out, team)
    return team


if __name__ == "__main__":
    main(tyro.cli(Settings))
