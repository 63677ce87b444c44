"""SGAN: a painter of two levels learns to invert a classifier level by level (Huang et al. 2016).

python -m interlect.training.scripts.train_sgan --joint 0
"""

from dataclasses import dataclass
from pathlib import Path

import interlect.training.adversarial.levels as sgan
import torch
import tyro
from interlect.agents import Agent, Team, save_team
from interlect.agents.generators import feature_critic, recovering_critic, stacked_painter
from interlect.envs import play
from interlect.envs.forgery.measures import measures
from interlect.envs.forgery.rules import Forgery
from interlect.protocols import Channel, Continuous
from interlect.training.adversarial.averages import update_average
from interlect.training.rollouts.schedules import cosine


@dataclass(frozen=True)
class Settings:
    """Settings of a run."""

    seed: int = 0
    updates: int = 2000
    batch: int = 128  # genuine and painted pictures per update
    noise: int = 80  # random numbers that the painter observes
    feature_noise: int = 40  # those of them that the feature level receives
    features: int = 32  # numbers that pass between the levels
    width: int = 128  # width of the hidden layers
    joint: float = 0.5  # fraction of the updates, the last ones, in which the levels learn jointly
    r1: float = 0.1  # weight of the gradient penalty at genuine pictures
    r2: float = 0.1  # weight of the gradient penalty at painted pictures
    condition_weight: float = 1.0
    entropy_weight: float = 3.0
    average: float = 0.99  # decay of the moving average of the painter's parameters
    learning_rate: float = 4e-3  # at the first update; half-cosine annealing takes it to 0
    evaluate_every: int = 100  # updates between evaluations
    out: Path = Path("runs/train_sgan")  # folder of the trained team


def main(settings: Settings) -> Team:
    """Train an encoder, then a painter and its critics; print measures of the painted pictures, and save the team."""
    torch.set_num_threads(1)
    torch.manual_seed(settings.seed)
    core = Forgery(2, settings.batch, settings.seed, "digits", noise=settings.noise, condition="kind")
    pixels, noises = core.source.size, (settings.feature_noise, settings.noise - settings.feature_noise)
    channel, hidden = Channel(carrier := Continuous(pixels)), (settings.width, 2)
    painter = Agent(stacked_painter(10, noises, pixels, core.actions, carrier, settings.features, *hidden))
    critic = Agent(recovering_critic(10, noises, pixels, core.actions, carrier, *hidden))
    upper_critic, averaged = Agent(feature_critic(settings.features, noises[0], *hidden)), painter.clone()
    trained = painter, critic, upper_critic
    optimizers = {agent: torch.optim.Adam(agent.parameters(), betas=(0.0, 0.99), foreach=True) for agent in trained}
    upper, lower = sgan.split_levels(painter.graph)
    encoder = sgan.train_encoder(core.source, settings.features, settings.width, settings.seed)

    def step(agent: Agent, loss: torch.Tensor) -> None:
        optimizers[agent].zero_grad()
        loss.backward()
        optimizers[agent].param_groups[0]["lr"] = cosine(settings.learning_rate, 0.0, update / settings.updates)
        optimizers[agent].step()

    for update in range(settings.updates):
        observed = torch.from_numpy(core.reset().observation[:, 0])
        kind, z1, z0, _ = observed.split([10, *noises, pixels], -1)
        picture = torch.from_numpy(core.genuine_picture[:, 0])
        real = encoder(picture, None)[0]["features"]

        # The levels learn alone from the features of genuine pictures, and then jointly.
        features = upper(observed, None)[0]["features"]
        received = features if update >= (1 - settings.joint) * settings.updates else real
        painted = channel.send(lower(observed, received, None)[0]["emit"])
        conditions = sgan.conditional_losses(encoder, kind.argmax(-1), features, received, painted)
        top = sgan.LevelBatch(sgan.feature_judge(upper_critic), real, features, z1, conditions[0])
        bottom = sgan.LevelBatch(sgan.picture_judge(critic, observed), picture, painted, z0, conditions[1])

        # The critics' steps: judge genuine and painted features and pictures, and recover the noise.
        weights = settings.r1, settings.r2, settings.entropy_weight
        step(upper_critic, sgan.level_critic_loss("relativistic", top, *weights))
        step(critic, sgan.level_critic_loss("relativistic", bottom, *weights))

        # The painter's step: the encoder recovers what each level received, and the critics its noise.
        further = settings.condition_weight, settings.entropy_weight
        losses = [sgan.level_painter_loss("relativistic", level, *further) for level in (top, bottom)]
        step(painter, losses[0] + losses[1])
        update_average(averaged, painter, settings.average)

        if update + 1 == settings.updates or (update + 1) % settings.evaluate_every == 0:
            sample = Forgery(2, 2500, 0, "digits", "held_out", settings.noise, "kind")
            found = measures(sample, play(sample, Team([averaged, critic], channel), channel))
            print(f"update {update + 1}: measures", {name: round(value, 4) for name, value in found.items()})
    save_team(settings.out, team := Team([averaged, critic], channel))
    return team


if __name__ == "__main__":
    main(tyro.cli(Settings))
