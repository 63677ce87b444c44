"""Episodes per CPU second in complete updates, and of the C-Net, compiled from its graph or hand-written."""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from ...agents import Agent, cnet
from ...envs.switch_riddle.rules import SwitchRiddle
from ...protocols import DRU, Channel
from ..learners.dial import Dial, dial_loss
from ..learners.settings import Settings
from ..recipes.table import make_learner
from ..rollouts.recurrent import unroll
from ..runs.evaluate import evaluate_team
from .hand_written import HandWrittenCNet


def complete_updates(settings: Settings, updates: int) -> Callable[[], float]:
    """A workload: complete updates of a recipe (rollout, targets, loss, gradients and optimizer step)."""
    learner = make_learner(replace(settings, updates=10**9))

    def work() -> float:
        for _ in range(updates):
            learner.update()
        return settings.batch * updates

    return work


def train_dial_to(goal: float, seed: int, every: int = 10) -> tuple[int, float]:
    """Train DIAL with its defaults until the exact normalized return of three agents reaches a goal.

    Returns:
        The number of updates, and CPU seconds without those of evaluations.

    Raises:
        RuntimeError: if the goal is not reached within the default number of updates.
    """
    learner = make_learner(Dial("switch_riddle_v0", seed=seed))
    seconds = 0.0
    for updates in range(every, learner.settings.updates + 1, every):
        start = time.process_time()
        for _ in range(every):
            learner.update()
        seconds += time.process_time() - start
        if evaluate_team(learner.settings, learner.team())["normalized_return"] >= goal:
            return updates, seconds
    raise RuntimeError(f"Seed {seed} did not reach {goal}")


def networks(batch: int, episodes: int) -> dict[str, Callable[[], float]]:
    """Workloads: rollouts and gradients of the compiled C-Net, and of the hand-written one."""
    channel = Channel(DRU())
    compiled = Agent(cnet(3, 1, 2, 2, channel.carrier, own_message=False))
    hand_written = HandWrittenCNet(3, 2, 2, channel.carrier)
    hand_written.load_state_dict(compiled.state_dict())
    return {
        "compiled": _rollouts(compiled, channel, batch, episodes),
        "hand-written": _rollouts(hand_written, channel, batch, episodes),
    }


def _rollouts(network: nn.Module, channel: Channel, batch: int, episodes: int) -> Callable[[], float]:
    core = SwitchRiddle(3, batch, 0)

    def work() -> float:
        for i in range(episodes):
            network.zero_grad()
            rng = np.random.default_rng(i)
            episode = unroll(network, core, channel, 0.05, False, False, rng, torch.device("cpu"))
            dial_loss(episode, episode.reward).backward()
        return batch * episodes

    return work
