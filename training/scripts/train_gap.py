"""GAP: pairs of a painter and a critic that learn from each other, and swap partners (Im et al. 2016).

python -m interlect.training.scripts.train_gap --data grid --swap-every 20
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
import tyro
from interlect.agents import Agent, BatchedAgents, Team, critic, painter, save_team
from interlect.envs import play
from interlect.envs.forgery.measures import measures
from interlect.envs.forgery.rules import FAKE, REAL, Forgery
from interlect.protocols import Channel, Continuous
from interlect.training.adversarial.objectives import critic_loss, gradient_penalty, painter_loss
from interlect.training.rollouts.schedules import cosine


@dataclass(frozen=True)
class Settings:
    """Settings of a run."""

    agents: int = 8  # painters and as many critics
    seed: int = 0
    updates: int = 10_000
    batch: int = 64  # genuine and painted pictures per pair and update
    data: Literal["ring", "grid", "digits"] = "ring"
    noise: int = 2  # random numbers that a painter observes
    width: int = 64  # width of the hidden layers
    layers: int = 3  # hidden layers of each network
    swap_every: int = 20  # updates between random permutations of the pairing; 0 for none
    objective: Literal["non_saturating", "relativistic"] = "relativistic"
    r1: float = 0.1  # weight of the gradient penalty at genuine pictures
    r2: float = 0.1  # weight of the gradient penalty at painted pictures
    average: float = 0.999  # decay of the moving averages of the painters' parameters
    learning_rate: float = 1e-3  # at the first update; half-cosine annealing takes it to 0
    evaluate_every: int = 500  # updates between evaluations
    out: Path = Path("runs/train_gap")  # folder of the trained team


def main(s: Settings) -> Team:
    """Train painters and critics, print measures of the painted pictures, and save all agents."""
    torch.set_num_threads(1)
    torch.manual_seed(s.seed)
    core = Forgery(s.agents, s.batch, s.seed, s.data, noise=s.noise)
    pairs, carrier = s.agents // 2, Continuous(core.source.size)
    channel = Channel(carrier)

    # The agents of each kind as one network of batched matrix products, and the averages of the painters' parameters.
    shape = core.conditions, s.noise, core.source.size, core.actions, carrier, s.width, s.layers
    made = [(Agent(painter(*shape)), Agent(critic(*shape))) for _ in range(pairs)]
    artists, judges = (BatchedAgents(agents) for agents in zip(*made, strict=True))
    averaged = BatchedAgents(artists.agents())
    betas, networks = (0.0, 0.99), (artists, judges)
    optimizers = {group: torch.optim.Adam(group.parameters(), betas=betas, fused=True) for group in networks}

    def logits(pictures: torch.Tensor) -> torch.Tensor:
        act: torch.Tensor = judges(observed, pictures[:, None], None)[0]["act"]
        return act.select(-1, REAL) - act.select(-1, FAKE)

    def rows(values: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(values.swapaxes(0, 1).reshape(-1, values.shape[-1]))  # those of agent 0 first

    def step(group: BatchedAgents, loss: torch.Tensor) -> None:
        optimizers[group].zero_grad()
        (pairs * loss).backward()  # the sum of the losses of the pairs
        optimizers[group].param_groups[0]["lr"] = cosine(s.learning_rate, 0.0, update / s.updates)
        optimizers[group].step()

    for update in range(s.updates):
        if s.swap_every and (swap := update // s.swap_every):
            core.set_pairing(np.random.default_rng([s.seed, swap]).permutation(pairs))
        observed = rows(core.reset().observation[:, :pairs])
        real = rows(core.genuine_picture).requires_grad_()
        painted = channel.send(artists(observed, None)[0]["emit"])
        painted = painted.unflatten(0, (pairs, -1))[core.pairing].flatten(0, 1)  # in the order of the critics
        fake = painted.detach().requires_grad_()
        judged = logits(real), logits(fake)
        loss = critic_loss(s.objective, *judged)
        loss = loss + s.r1 * gradient_penalty(judged[0], real) + s.r2 * gradient_penalty(judged[1], fake)
        step(judges, loss)
        step(artists, painter_loss(s.objective, logits(real).detach(), logits(painted)))
        with torch.no_grad():
            for average, newest in zip(averaged.parameters(), artists.parameters(), strict=True):
                average.lerp_(newest, 1 - s.average)
        if update + 1 == s.updates or (update + 1) % s.evaluate_every == 0:
            team = Team([*averaged.agents(), *judges.agents()], channel)
            sample = Forgery(s.agents, 2500, 0, s.data, noise=s.noise)
            shown = {name: round(value, 4) for name, value in measures(sample, play(sample, team, channel)).items()}
            print(f"update {update + 1}: critics' loss {loss.item():.4f}, painted pictures {shown}")
    save_team(s.out, team)
    return team


if __name__ == "__main__":
    main(tyro.cli(Settings))
