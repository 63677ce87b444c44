"""Supervised learning: memoryless agents pass on messages along a chain, and learn from the correct answers.

python -m interlect.training.scripts.train_supervised --agents 4 --updates 4000
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
import tyro
from interlect.agents import Agent, Team, relay_agent, save_team
from interlect.envs import game, returns_under_interventions
from interlect.envs.pictures.images import PIXELS
from interlect.envs.relay.rules import Relay
from interlect.protocols import Channel, Gumbel
from interlect.training.learners.supervised import cross_entropies
from interlect.training.rollouts.memoryless import play_memoryless
from interlect.training.rollouts.schedules import cosine, linear


@dataclass(frozen=True)
class Settings:
    """Settings of a run."""

    agents: int = 4  # number of agents (N)
    task: Literal["count", "spell"] = "count"  # the last agent's answer: number of odd digits, or last three parities
    chains: Literal["private", "public"] = "public"  # one fixed chain, or another one in each episode
    seed: int = 0
    updates: int = 4000
    batch: int = 256  # episodes per update
    width: int = 64  # width of the hidden layers
    vocabulary: int = 16  # number of symbols (V)
    length: int = 1  # symbols per message (L)
    temperature: float = 2.0  # temperature of the Gumbel-softmax at the first update
    final_temperature: float = 0.5  # the same at the last update, reached linearly
    scale: float = 4.0  # standard deviation of a message's logits
    noise: float = 0.1  # standard deviation of the noise on images, in training
    dropout: float = 0.2  # dropout probability in the image encoder
    learning_rate: float = 2e-3  # at the first update; half-cosine annealing takes it to 0
    max_grad_norm: float = 1.0  # largest norm of the gradient
    evaluate_every: int = 200  # updates between evaluations
    out: Path = Path("runs/train_supervised")  # folder of the trained team


def main(settings: Settings) -> Team:
    """Train a team, print what its messages are worth, and save it."""
    torch.set_num_threads(1)
    torch.manual_seed(settings.seed)

    # The game: a batch of training episodes, and the game with held-out images for evaluation.
    options: dict[str, Any] = {"task": settings.task, "chains": settings.chains}
    core = Relay(settings.agents, settings.batch, settings.seed, pictures="train", **options)
    held_out = game("relay_v0", pictures="held_out", **options)

    # The channel, and one agent per seat.
    channel = Channel(Gumbel(settings.vocabulary, settings.length, straight_through=False), credit="through")
    sizes = settings.width, settings.scale, settings.noise, settings.dropout
    agents = [Agent(relay_agent(PIXELS, core.actions, channel.carrier, *sizes)) for _ in range(core.agents)]
    parameters = [parameter for agent in agents for parameter in agent.parameters()]
    optimizer = torch.optim.Adam(parameters, settings.learning_rate)

    for update in range(settings.updates):
        progress, rng = update / settings.updates, np.random.default_rng([settings.seed, update])
        torch.manual_seed(int(rng.integers(2**63)))
        temperature = linear(settings.temperature, settings.final_temperature, progress)
        channel = Channel(Gumbel(settings.vocabulary, settings.length, temperature, False), credit="through")

        # Play a batch of episodes, greedily.
        for agent in agents:
            agent.train()
        epsilon, silent = 0.0, False
        choices = play_memoryless(agents, core, channel, epsilon, silent, rng)

        # The acting agent learns the correct action; messages learn from the errors of their receivers.
        correct = torch.from_numpy(core.correct_action)[choices.lane]
        loss = cross_entropies(choices, correct).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, settings.max_grad_norm)
        for group in optimizer.param_groups:
            group["lr"] = cosine(settings.learning_rate, 0.0, progress)
        optimizer.step()

        # Evaluate: with the messages sent, with none, and with messages shuffled between episodes; exactly at the end.
        last = update + 1 == settings.updates
        if last or (update + 1) % settings.evaluate_every == 0:
            team, episodes = Team(agents, channel), None if last else 1024
            returns = returns_under_interventions(held_out, core.agents, team, channel, episodes, exact=last)
            print(f"update {update + 1}: loss {loss.item():.4f}, return {returns}")
    save_team(settings.out, team)
    return team


if __name__ == "__main__":
    main(tyro.cli(Settings))
