"""Losses for training a team outside of a run: the loss of its recipe on a batch of episodes that it plays."""

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from ...agents import Agent, SeparateAgents, Team
from ...envs.core.core import Core
from ...envs.core.registry import make_core
from ...envs.relay.rules import Relay
from ..adversarial.levels import split_levels
from ..adversarial.sgan import SGAN, encoder_of
from ..learners.dial import QLearner, QSettings, td_targets
from ..learners.value_regression import RelayLearner, RelaySettings
from ..recipes.table import make_learner
from ..rollouts.memoryless import play_memoryless
from ..rollouts.recurrent import unroll
from ..rollouts.schedules import linear
from .digit_classifiers import classification_loss
from .optimization import class_balanced_rows
from .relearn import BatchLoss


def relay_batch_loss(core: Relay, settings: RelaySettings) -> BatchLoss:
    """Make the loss of a relay recipe on the episodes of ``core``, whose lanes are the batch.

    Exploration is that of the middle of a run.
    """
    learner = make_learner(replace(settings, batch=1))
    assert isinstance(learner, RelayLearner)

    def batch_loss(team: Team, rng: np.random.Generator) -> Tensor:
        choices = play_memoryless(team.agents, core, team.channel, learner.epsilon(0.5), settings.silent, rng)
        return learner.objective(choices, torch.from_numpy(core.correct_action)[choices.lane])

    return batch_loss


def q_batch_loss(core: Core, settings: QSettings) -> BatchLoss:
    """Make the loss of DIAL or RIAL in the middle of a run; targets are computed from the team's own values."""
    learner = make_learner(replace(settings, batch=1, device="cpu"))
    assert isinstance(learner, QLearner)

    def batch_loss(team: Team, rng: np.random.Generator) -> Tensor:
        network = team.agents[0] if _is_shared(team) else SeparateAgents(team.agents)
        channel = replace(learner.channel(0.5), cut=team.channel.cut)
        epsilon = linear(settings.epsilon, settings.final_epsilon, 0.5)
        device = torch.device("cpu")
        episode = unroll(network, core, channel, epsilon, learner.explore_messages, settings.silent, rng, device)
        targets = td_targets(network, episode, settings.gamma, core.agents, settings.bootstrap)
        return learner.objective(episode, targets)

    return batch_loss


def digits_batch_loss(image: Float[np.ndarray, "P 64"], digit: Int64[np.ndarray, "P"], batch: int) -> BatchLoss:
    """Make the cross-entropy of the first agent of a team on a batch of these images."""

    def batch_loss(team: Team, rng: np.random.Generator) -> Tensor:
        rows = class_balanced_rows(digit, rng, batch)
        return classification_loss(team.agents[0], image[rows], digit[rows])

    return batch_loss


def painted_batch_loss(settings: SGAN, batch: int, painter: Agent) -> BatchLoss:
    """Make the conditional loss of the picture level: the encoder of the run recovers the features of a painter.

    The features are those that the upper level of this painter, which is not trained, generates on the same
    observations.
    """
    core = make_core(settings.game, settings.agents, batch, settings.seed, **settings.training_options())
    encode, (upper, _) = encoder_of(settings).graph.modules["picture_encoder"], split_levels(painter.graph)

    def batch_loss(team: Team, rng: np.random.Generator) -> Tensor:
        observed = torch.from_numpy(core.reset().observation[:, 0])
        with torch.no_grad():
            features = upper(observed, None)[0]["features"]
        painted = team.channel.send(team.agents[0](observed, None)[0]["emit"])
        return torch.nn.functional.mse_loss(encode(painted), features)

    return batch_loss


def _is_shared(team: Team) -> bool:
    return all(agent is team.agents[0] for agent in team.agents)
