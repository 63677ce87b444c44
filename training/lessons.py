"""What a team learns from outside of a run: the loss of its recipe, on a batch of episodes that it plays."""

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from ..agents import Team, Together
from ..envs.core import Core
from ..envs.relay.rules import Relay
from .digits_study import name_right
from .fitting import balanced
from .learner import linear
from .losses import td_targets
from .q_settings import QSettings
from .relay_settings import RelaySettings
from .relearn import Lesson
from .turns import play_turns
from .unroll import unroll


def relay_lesson(core: Relay, settings: RelaySettings) -> Lesson:
    """What a recipe of the relay learns from, on the episodes of ``core``, whose lanes are the batch.

    Actions are drawn at random as in the middle of a run.
    """

    def lesson(team: Team, rng: np.random.Generator) -> Tensor:
        choices = play_turns(team.agents, core, team.channel, settings.explores(0.5), settings.silent, rng)
        return settings.loss(choices, torch.from_numpy(core.right_action)[choices.lane])

    return lesson


def q_lesson(core: Core, settings: QSettings) -> Lesson:
    """What DIAL or RIAL learns from, in the middle of a run; the team's own values are the targets."""

    def lesson(team: Team, rng: np.random.Generator) -> Tensor:
        network = team.agents[0] if _one(team) else Together(team.agents)
        channel = replace(settings.channel(0.5), cut=team.channel.cut)
        epsilon = linear(settings.epsilon, settings.final_epsilon, 0.5)
        device = torch.device("cpu")
        episode = unroll(network, core, channel, epsilon, settings.explore_messages, settings.silent, rng, device)
        targets = td_targets(network, episode, settings.gamma, core.agents, settings.bootstrap)
        return settings.loss(episode, targets)

    return lesson


def digits_lesson(image: Float[np.ndarray, "P 64"], digit: Int64[np.ndarray, "P"], batch: int) -> Lesson:
    """What a reader, the first of its team, learns from: to name a batch of these pictures right."""

    def lesson(team: Team, rng: np.random.Generator) -> Tensor:
        rows = balanced(digit, rng, batch)
        return name_right(team.agents[0], image[rows], digit[rows])

    return lesson


def _one(team: Team) -> bool:
    return all(agent is team.agents[0] for agent in team.agents)
