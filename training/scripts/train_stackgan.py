"""StackGAN: a caption becomes a picture in two stages (Zhang et al. 2016).

python -m interlect.training.scripts.train_stackgan --first-stage 0.5
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
import tyro
from interlect.agents import Agent, Team, save_team
from interlect.agents.generators.convolutional import shrink
from interlect.agents.generators.text import kl_to_standard_normal
from interlect.agents.generators.two_stages import CaptionedGame, caption_critic, two_stage_painter
from interlect.envs import play
from interlect.envs.forgery.measures import measures
from interlect.envs.forgery.rules import FAKE, REAL, Forgery
from interlect.protocols import Channel, Continuous
from interlect.training.adversarial.averages import update_average
from interlect.training.adversarial.mismatched_captions import mismatch_loss, mismatched_captions
from interlect.training.adversarial.objectives import inconsistency, painted_loss, penalized_loss_and_logits
from interlect.training.rollouts.schedules import cosine


@dataclass(frozen=True)
class Settings:
    """Settings of a run."""

    seed: int = 0
    updates: int = 1600
    first_stage: float = 0.8  # fraction of the updates, the first ones, that train the first stage
    batch: int = 64  # genuine and painted pictures per update
    width: int = 48  # size of a caption's embedding, and number of channels of the coarsest features
    r1: float = 0.2  # weight of the gradient penalty at genuine pictures; proportional to the number of pixels
    r2: float = 0.2  # weight of the gradient penalty at painted pictures
    kl_weight: float = 0.01  # weight of the divergence of the condition from a standard normal distribution
    consistency: float = 100.0  # weight of the mean squared difference between the pictures of both stages
    average: float = 0.99  # decay of the moving average of the painter's parameters
    learning_rate: float = 2e-3  # at the first update of each stage; half-cosine annealing takes it to 0
    evaluate_every: int = 320  # updates between evaluations
    out: Path = Path("runs/train_stackgan")  # folder of the trained team


def main(settings: Settings) -> Team:
    """Train a painter in two stages, each against a critic, print measures of its pictures, and save the team."""
    torch.set_num_threads(1)
    torch.manual_seed(settings.seed)
    core = Forgery(2, settings.batch, settings.seed, "shapes", noise=32, condition="caption")
    words, captions, channel = core.condition_words, torch.from_numpy(core.codes), Channel(Continuous(core.source.size))
    game = CaptionedGame(core.conditions, (words, core.conditions // words), 32, (3, 32, 32), core.actions)
    painter = Agent(two_stage_painter(game, settings.width))
    critic, first_critic = (Agent(caption_critic(game, shape, settings.width)) for shape in (game.shape, game.half))
    averaged, trained = painter.clone(), (painter, critic, first_critic)
    team, change = Team([averaged, critic], channel), int(settings.first_stage * settings.updates)
    optimizers = {agent: torch.optim.Adam(agent.parameters(), betas=(0.0, 0.99), foreach=True) for agent in trained}

    def logits(judge: Agent, caption: torch.Tensor, pictures: torch.Tensor) -> torch.Tensor:
        observed = torch.cat([caption, torch.zeros(len(caption), 32 + pictures.shape[1])], 1)
        act: torch.Tensor = judge(observed, pictures[:, None], None)[0]["act"]
        return act[:, REAL] - act[:, FAKE]

    def step(agent: Agent, loss: torch.Tensor) -> None:
        optimizers[agent].zero_grad()
        loss.backward()
        optimizers[agent].param_groups[0]["lr"] = cosine(settings.learning_rate, 0.0, (update - start) / (end - start))
        optimizers[agent].step()

    for update in range(settings.updates):
        first = update < change
        judge, start, end = (first_critic, 0, change) if first else (critic, change, settings.updates)
        observed, real = (torch.from_numpy(a[:, 0]) for a in (core.reset().observation, core.genuine_picture))
        outputs, _ = painter(observed, None)
        painted = outputs["first_picture"].tanh() if first else channel.send(outputs["emit"])
        caption, real = observed[:, : core.conditions], shrink(real, game.shape) if first else real
        matching = partial(logits, judge, caption)
        # The critic's step: genuine pictures, painted pictures, and genuine pictures with other captions.
        wrong, differ = mismatched_captions(caption, captions, words, np.random.default_rng([settings.seed, update]))
        penalties = (weight * real.shape[1] / game.pixels for weight in (settings.r1, settings.r2))
        loss, right = penalized_loss_and_logits("relativistic", matching, real, painted, *penalties)
        step(judge, (loss + mismatch_loss("relativistic", right, logits(judge, wrong, real), differ)) / 2)
        # The painter's step: the gradient returns through the critic and the channel.
        if first:
            extra = settings.kl_weight * kl_to_standard_normal(outputs["mean"], outputs["log_deviation"])
        else:
            extra = settings.consistency * inconsistency(painted, outputs["first_picture"], game.shape)
        step(painter, painted_loss("relativistic", matching, real, painted) + extra)
        update_average(averaged, painter, settings.average)
        if update + 1 == settings.updates or (update + 1) % settings.evaluate_every == 0:
            sample = Forgery(2, 2500, 0, "shapes", "held_out", 32, "caption")
            found = measures(sample, play(sample, team, channel))
            print(f"update {update + 1}: painted pictures { ({name: round(x, 4) for name, x in found.items()}) }")
    save_team(settings.out, team)
    return team


if __name__ == "__main__":
    main(tyro.cli(Settings))
