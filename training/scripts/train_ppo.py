"""PPO (Schulman et al. 2017, arXiv:1707.06347): messages are sampled like actions, with the same advantage.

python -m interlect.training.scripts.train_ppo --agents 3 --updates 1000
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import tyro
from gymnasium import spaces
from interlect.agents import Agent, Team, cnet, save_team
from interlect.envs import game, make_core, returns_under_interventions
from interlect.envs.core.registry import game_spec
from interlect.protocols import Channel, Sampled
from interlect.training.learners.ppo import advantages, clipped_loss, log_probability_and_entropy, mean, standardize
from interlect.training.rollouts.recurrent import recompute, unroll
from interlect.training.rollouts.schedules import cosine, linear


@dataclass(frozen=True)
class Settings:
    """Settings of a run."""

    game: str = "switch_riddle_v0"  # any game in which agents receive messages
    agents: int = 3  # number of agents (N)
    seed: int = 0
    updates: int = 1000
    batch: int = 128  # episodes per update
    width: int = 128  # width of all hidden layers
    vocabulary: int = 2  # number of symbols (V)
    length: int = 1  # symbols per message (L)
    gamma: float = 1.0  # discount factor
    gae_lambda: float = 0.95  # lambda of generalized advantage estimation
    epochs: int = 4  # optimizer steps on the episodes of an update
    clip_range: float = 0.2  # largest rewarded change of a probability (epsilon)
    entropy: float = 0.01  # weight of the entropy bonus at the first update; falls linearly to 0
    learning_rate: float = 1e-3  # at the first update; half-cosine annealing takes it to 0
    evaluate_every: int = 50  # updates between evaluations
    out: Path = Path("runs/train_ppo")  # folder of the trained team


def main(settings: Settings) -> Team:
    """Train a team, print what its messages are worth, and save it."""
    torch.set_num_threads(1)
    torch.manual_seed(settings.seed)

    # The game: a batch of training episodes, and the game with held-out data, if it has any, for evaluation.
    spec = game_spec(settings.game)
    core = make_core(settings.game, settings.agents, settings.batch, settings.seed, **spec.train_options)
    held_out = game(settings.game, **spec.held_out_options)

    # The channel, and one agent that all seats share: an actor with a value head.
    carrier = Sampled(settings.vocabulary, settings.length)
    channel = Channel(carrier, credit="blocked")
    size = spaces.flatdim(core.observation_space)
    observations = size if isinstance(core.observation_space, spaces.Discrete) else (size,)
    sizes = core.agents, core.message_slots, core.actions, observations, carrier
    network = Agent(cnet(*sizes, True, settings.width, 1, True, core.image_observations))
    optimizer = torch.optim.Adam(network.parameters(), settings.learning_rate, eps=1e-5)
    for update in range(settings.updates):
        rng = np.random.default_rng([settings.seed, update])
        torch.manual_seed(int(rng.integers(2**63)))
        # Play a batch of episodes; actions and messages are sampled. Steps without any choice do not count.
        with torch.no_grad():
            episode = unroll(network.eval(), core, channel, None, False, False, rng, torch.device("cpu"))
        counted = episode.live * ((episode.legal.sum(-1) > 1) | (episode.delivered > 0))
        for epoch in range(settings.epochs):
            out = recompute(network, episode.inputs, recurrent=True)
            log_probability, bonus = log_probability_and_entropy(out, episode, carrier)
            value = out["value"].squeeze(-1)
            if epoch == 0:
                old_log_probability, old_value = log_probability.detach(), value.detach()
                gae = advantages(old_value, episode.reward, episode.live, settings.gamma, settings.gae_lambda)
                advantage, target = standardize(gae, counted), gae + old_value
            loss = clipped_loss(log_probability, old_log_probability, advantage, counted, settings.clip_range)
            loss = loss + 0.5 * mean((value - target) ** 2, episode.live)
            loss = loss - linear(settings.entropy, 0.0, update / settings.updates) * mean(bonus, counted)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 0.5)
            for group in optimizer.param_groups:
                group["lr"] = cosine(settings.learning_rate, 0.0, update / settings.updates)
            optimizer.step()
        with torch.no_grad():
            recompute(network.train(), episode.inputs, recurrent=True)  # updates the running statistics of images
        # Evaluate: with the messages sent, with none, and with messages shuffled between episodes; exactly at the end.
        last = update + 1 == settings.updates
        if last or (update + 1) % settings.evaluate_every == 0:
            team, episodes = Team([network.clone().cpu()], channel), None if last else 1024
            returns = returns_under_interventions(held_out, core.agents, team, channel, episodes, exact=last)
            print(f"update {update + 1}: loss {loss.item():.4f}, return {returns}")
    save_team(settings.out, team)
    return team


if __name__ == "__main__":
    main(tyro.cli(Settings))
