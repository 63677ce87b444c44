"""A trained team, and the episodes in which it is studied."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from gymnasium import spaces

from ...agents import Team
from ...envs.core.evaluation import MAX_SHUFFLES, every_episode
from ...envs.core.game import Game
from ...envs.core.play import Transcript, play
from ...envs.core.registry import game, game_spec, knowledge
from ...protocols.analysis.knowledge import Knowledge
from ...protocols.channels.channel import Channel
from ...protocols.channels.interventions import INTERVENTIONS, RANDOM, intervention
from ..learners.settings import Settings
from ..runs.evaluate import evaluate_team, held_out
from .study import Study, study

MAX_EXHAUSTIVE = 1000
"""In games with more episodes than this, a sample is studied."""
SAMPLED_FRACTION = 4
"""A sample consists of this fraction of the episodes that an evaluation of the game samples: one in so many."""
MOST_EPISODES = 1 << 18
"""Maximum number of episodes of an exact evaluation with an intervention, over all shuffles."""
MOST_ACTIONS, LEAST_SAMPLE = 1 << 16, 512
"""Approximate maximum number of actions of an evaluation on sampled episodes, and the minimum number of episodes."""


@dataclass(frozen=True)
class StudiedRun:
    """A trained team, its settings, and a transcript of its play; values derived from them are computed once.

    Attributes:
        settings: the settings of the run.
        team: the team that it trained.
        transcript: all episodes of the game, or a sample.
        population: a description of these episodes.
        result: the evaluation of the team, as in result.json; None to evaluate it again.
    """

    settings: Settings
    team: Team
    transcript: Transcript
    population: str
    result: Mapping[str, Any] | None = None

    @classmethod
    def play(cls, settings: Settings, team: Team, result: Mapping[str, Any] | None = None) -> "StudiedRun":
        """Play the episodes to study: all episodes of the game, or a sample if there are too many."""
        played = game(settings.game, **settings.options())
        total = played.episode_count(settings.agents)
        if total is not None and total <= MAX_EXHAUSTIVE:
            core = played.enumerated_core(settings.agents, np.arange(total))
            population = every_episode(played, settings.agents, total)
        else:
            sample = _sample_size(played)
            core, population = played.core(settings.agents, sample, 0), f"{sample} episodes of seed 0"
        heard = intervention("silent" if settings.silent else "normal")
        transcript = play(core, team, team.channel, heard)
        return cls(settings, team, transcript, population + held_out(settings), result)

    @property
    def channel(self) -> Channel:
        """The team's channel."""
        return self.team.channel

    @property
    def discrete(self) -> bool:
        """Whether messages are discrete: symbols, not real numbers."""
        return isinstance(self.channel.carrier.space, spaces.MultiDiscrete)

    @cached_property
    def knowledge(self) -> Knowledge | None:
        """Knowledge, messages and actions by decision; None for continuous messages or games without ``knowledge``."""
        available = self.discrete and game_spec(self.settings.game).knowledge is not None
        return knowledge(self.settings.game, self.transcript, self.channel) if available else None

    @cached_property
    def study(self) -> Study | None:
        """The team's language; None for a game without ``knowledge``, or continuous messages."""
        return study(self.knowledge, self.population) if self.knowledge else None

    @property
    def has_messages(self) -> bool:
        """Whether agents of the game ever receive messages."""
        return game_spec(self.settings.game).has_messages

    @cached_property
    def interventions(self) -> Mapping[str, Mapping[str, Any]]:
        """Evaluations with each intervention on the channel, by name, each with a description of its episodes.

        They are as in ``evaluate_team``, but take seconds: games with many episodes have fewer shuffles, or a sample
        instead of all episodes, and smaller samples. Only "normal" in a game without messages, or for a team trained in
        silence.
        """
        names = INTERVENTIONS if self.has_messages and not self.settings.silent else ("normal",)
        exact = self.result is not None and self.result["standard_error"] == 0
        known = {"normal": self.result} if self.result is not None and exact else {}
        return {name: known.get(name) or self._evaluate(name) for name in names}

    def _evaluate(self, name: str) -> dict[str, Any]:
        agents, played = self.settings.agents, game(self.settings.game, **self.settings.options())
        total = played.episode_count(agents) or 1
        sample = min(
            _sample_size(played), max(LEAST_SAMPLE, MOST_ACTIONS // (agents * played.core(agents, 1, 0).horizon))
        )
        shuffles = min(MAX_SHUFFLES, MOST_EPISODES // total)
        exact = shuffles >= (2 if name in RANDOM else 1)
        return evaluate_team(self.settings, self.team, name, sample, exact, max(2, shuffles))


def _sample_size(played: Game) -> int:
    """Number of sampled episodes. It is small for the environments of others, which play one episode at a time."""
    return played.episodes // SAMPLED_FRACTION
