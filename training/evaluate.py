"""What a trained team is worth: exactly where the game can be enumerated, else paired with the oracle."""

from typing import Any

from ..agents import Team
from ..envs.evaluation import Evaluation, evaluate
from .settings import Settings

CURVE_EPISODES = 1000
"""Paired episodes of a learning curve's point, where exact evaluation would take seconds."""


def evaluate_team(settings: Settings, team: Team, channel: str = "normal") -> dict[str, Any]:
    """Value, bars and scores of a team, as result.json says them.

    Args:
        settings: what the team was trained with.
        team: who plays.
        channel: an intervention: normal, silent, constant or shuffled.

    Raises:
        ValueError: for an unknown intervention.
    """
    return {}


def learning_curve_point(settings: Settings, team: Team) -> dict[str, float]:
    """A cheaper evaluation for the learning curve."""
    return {}
