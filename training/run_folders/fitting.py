"""Whether a team fits the game of a run."""

from itertools import islice
from pathlib import Path

from ...agents import Team
from ...envs.core.play import frames
from ...envs.core.registry import make_core
from ...protocols.common.errors import invalid
from ..learners.settings import Settings

STEPS = 2
"""Number of steps that are played: the second is the first one with messages."""


def check_plays(team: Team, settings: Settings, source: Path) -> None:
    """Check that a team can play the first steps of one episode of the game of a run.

    Raises:
        ValueError: If it cannot, for whatever reason: the graphs of its agents can come from any file.
    """
    core = make_core(settings.game, settings.agents, lanes=1, seed=0, **settings.options())
    try:
        for _ in islice(frames(core, team, team.channel), STEPS):
            pass
    except Exception as error:
        rule = f"The team in {source} must be able to play {settings.game} with {settings.agents} agents"
        raise invalid(rule, f"{type(error).__name__}: {error}", "Put back the files that were there.") from error
    finally:
        for agent in team.agents:
            agent.train()  # as it was loaded
