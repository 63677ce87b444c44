"""Classification: a network of interchangeable modules names digits; their order may change in every update.

python -m interlect.training.scripts.train_classification --order random --module-dropout 0.1
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
import tyro
from interlect.agents import Agent, Team, image_classifier, save_team
from interlect.agents.editing.arrangements import Arrangements
from interlect.envs import evaluate, game
from interlect.envs.digits.rules import Digits
from interlect.envs.pictures.images import PIXELS
from interlect.protocols import Channel
from interlect.training.rollouts.schedules import cosine


@dataclass(frozen=True)
class Settings:
    """Settings of a run."""

    seed: int = 0
    updates: int = 1000
    batch: int = 64  # images per update
    width: int = 32  # width between the modules
    blocks: int = 4  # number of modules between encoder and head
    residual: bool = True  # each of them adds its input to its output
    order: Literal["fixed", "random"] = "fixed"  # order of the modules; "random" draws one in every update
    module_dropout: float = 0.0  # probability that an update leaves a module out
    wire_noise: float = 0.0  # standard deviation of the noise on each module's input, in training
    learning_rate: float = 3e-3  # at the first update; half-cosine annealing takes it to 0
    max_grad_norm: float = 1.0  # largest norm of the gradient
    evaluate_every: int = 50  # updates between evaluations
    out: Path = Path("runs/train_classification")  # folder of the trained team


def main(settings: Settings) -> Team:
    """Train a classifier, print its accuracy with its modules rearranged, and save it."""
    torch.set_num_threads(1)
    torch.manual_seed(settings.seed)

    # The game: a batch of training images, and the game with held-out images for evaluation.
    core = Digits(1, settings.batch, settings.seed, pictures="train")
    held_out = game("digits_v0", pictures="held_out")

    # The agent. Its modules can be reordered or left out; all arrangements share parameters. No messages are sent.
    channel, names = Channel(), [f"block_{place}" for place in range(settings.blocks)]
    shape = settings.width, settings.blocks, settings.residual, settings.wire_noise
    agent = Agent(image_classifier(PIXELS, core.actions, channel.carrier, *shape))
    arrangements = Arrangements(agent, names)
    optimizer = torch.optim.Adam(agent.parameters(), settings.learning_rate)

    for update in range(settings.updates):
        rng = np.random.default_rng([settings.seed, update])
        torch.manual_seed(int(rng.integers(2**63)))
        images, digits = torch.from_numpy(core.reset().observation), torch.from_numpy(core.digit)

        # Cross-entropy of the correct answers, in a random arrangement of the modules.
        agent.train()
        arranged = arrangements.draw(rng, settings.order == "random", settings.module_dropout)
        outputs, _ = arranged(images.flatten(0, 1), None)
        loss = torch.nn.functional.cross_entropy(outputs["act"], digits.flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(agent.parameters(), settings.max_grad_norm)
        for group in optimizer.param_groups:
            group["lr"] = cosine(settings.learning_rate, 0.0, update / settings.updates)
        optimizer.step()

        # Evaluate: as trained, in reverse order, and without the first module.
        if update + 1 == settings.updates or (update + 1) % settings.evaluate_every == 0:
            agent.eval()
            accuracy = {}
            for name, order in {"normal": names, "reversed": names[::-1], "without the first": names[1:]}.items():
                found = evaluate(held_out, core.agents, Team([arrangements(order)], channel), channel)
                accuracy[name] = round(found.return_mean, 4)
            print(f"update {update + 1}: loss {loss.item():.4f}, accuracy {accuracy}")
    team = Team([agent], channel)
    save_team(settings.out, team)
    return team


if __name__ == "__main__":
    main(tyro.cli(Settings))
