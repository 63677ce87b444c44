"""Episodes per CPU second in complete updates; and of the C-Net, compiled from its graph or written by hand."""

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
from ..learners.table import make_learner
from ..rollouts.recurrent import unroll
from ..runs.evaluate import evaluate_team
from .hand_written import HandWrittenCNet


def whole_updates(settings: Settings, updates: int) -> Callable[[], float]:
    """Complete updates of a recipe: rollout, targets, loss, gradients, optimizer."""
    learner = make_learner(replace(settings, updates=10**9))

    def work() -> float:
        for _ in range(updates):
            learner.update()
        return settings.batch * updates

    return work


def dial_to(goal: float, seed: int, every: int = 10) -> tuple[int, float]:
    """Train DIAL with its defaults until the exact normalized return of three agents reaches a goal.

    Returns:
        Updates and CPU seconds, excluding evaluation.

    Raises:
        RuntimeError: if it never reaches the goal.
    """
    learner = make_learner(Dial("switch_riddle_v0", seed=seed))
    spent = 0.0
    for updates in range(every, learner.settings.updates + 1, every):
        began = time.process_time()
        for _ in range(every):
            learner.update()
        spent += time.process_time() - began
        if evaluate_team(learner.settings, learner.team())["normalized_return"] >= goal:
            return updates, spent
    raise RuntimeError(f"Seed {seed} did not reach {goal}")


def networks(batch: int, episodes: int) -> dict[str, Callable[[], float]]:
    """Rollout and gradient through the compiled C-Net, and through the same network by hand."""
    channel = Channel(DRU())
    compiled = Agent(cnet(3, 1, 2, 2, channel.carrier, own_message=False))
    by_hand = HandWrittenCNet(3, 2, 2, channel.carrier)
    by_hand.load_state_dict(compiled.state_dict())
    return {
        "compiled": _through(compiled, channel, batch, episodes),
        "by hand": _through(by_hand, channel, batch, episodes),
    }


def _through(network: nn.Module, channel: Channel, batch: int, episodes: int) -> Callable[[], float]:
    core = SwitchRiddle(3, batch, 0)

    def work() -> float:
        for i in range(episodes):
            network.zero_grad()
            rng = np.random.default_rng(i)
            episode = unroll(network, core, channel, 0.05, False, False, rng, torch.device("cpu"))
            dial_loss(episode, episode.reward).backward()
        return batch * episodes

    return work
