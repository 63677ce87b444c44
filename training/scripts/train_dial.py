"""DIAL (Foerster et al. 2016, arXiv:1605.06676): Q-learning, with gradients through the channel.

python -m interlect.training.scripts.train_dial --agents 3 --updates 1000
"""

import copy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import tyro
from gymnasium import spaces
from interlect.agents import Agent, Team, cnet, save_team
from interlect.envs import game, make_core, returns_under_interventions
from interlect.envs.core.registry import game_spec
from interlect.protocols import DRU, Channel
from interlect.training.learners.dial import dial_loss, td_targets
from interlect.training.rollouts.recurrent import unroll
from interlect.training.rollouts.schedules import cosine


@dataclass(frozen=True)
class Settings:
    """Settings of a run."""

    game: str = "switch_riddle_v0"  # any game in which agents receive messages
    agents: int = 3  # number of agents (N)
    seed: int = 0
    updates: int = 1000
    batch: int = 32  # episodes per update
    width: int = 128  # width of all hidden layers
    layers: int = 2  # number of GRU layers
    length: int = 1  # bits per message (L)
    sigma: float = 2.0  # standard deviation of the noise on bits, in training
    gamma: float = 1.0  # discount factor
    epsilon: float = 0.05  # probability of a random action, in training
    target_interval: int = 100  # updates between copies into the target network
    learning_rate: float = 5e-4  # at the first update; half-cosine annealing takes it to 0
    clip_grad_value: float = 10.0  # largest absolute value of a gradient
    evaluate_every: int = 50  # updates between evaluations
    device: str = "cpu"
    out: Path = Path("runs/train_dial")  # folder of the trained team


def main(settings: Settings) -> Team:
    """Train a team, print what its messages are worth, and save it."""
    torch.set_num_threads(1)
    torch.manual_seed(settings.seed)
    device = torch.device(settings.device)

    # The game: a batch of training episodes, and the game with held-out data, if it has any, for evaluation.
    spec = game_spec(settings.game)
    core = make_core(settings.game, settings.agents, settings.batch, settings.seed, **spec.train_options)
    held_out = game(settings.game, **spec.held_out_options)

    # The channel, and one agent that all seats share.
    channel = Channel(DRU(settings.length, settings.sigma), credit="through")
    size = spaces.flatdim(core.observation_space)
    observations = size if isinstance(core.observation_space, spaces.Discrete) else (size,)
    sizes = core.agents, core.message_slots, core.actions, observations, channel.carrier
    images = core.image_observations
    graph = cnet(*sizes, own_message=False, width=settings.width, layers=settings.layers, image_observations=images)
    network = Agent(graph).to(device)
    target = copy.deepcopy(network)
    optimizer = torch.optim.RMSprop(network.parameters(), settings.learning_rate, alpha=0.99)

    for update in range(settings.updates):
        rng = np.random.default_rng([settings.seed, update])
        if update % settings.target_interval == 0:
            target.load_state_dict(network.state_dict())
        # Play a batch of episodes: actions are epsilon-greedy, messages are noisy.
        explore_messages, silent = False, False
        episode = unroll(network, core, channel, settings.epsilon, explore_messages, silent, rng, device)
        # Q-learning on the actions; messages learn from the TD errors of their receivers.
        targets = td_targets(target, episode, settings.gamma, core.agents)
        loss = dial_loss(episode, targets)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_value_(network.parameters(), settings.clip_grad_value)
        for group in optimizer.param_groups:
            group["lr"] = cosine(settings.learning_rate, 0.0, update / settings.updates)
        optimizer.step()

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
