"""What a trained team is worth: exactly where the game can be enumerated, else on episodes that are drawn."""

from dataclasses import asdict
from typing import Any

from ...agents import Team
from ...envs.core.reference_returns import normalized_return
from ...envs.core.evaluation import evaluate
from ...envs.core.registry import game
from ..learners.settings import Settings

EXACT_ON_THE_WAY = 1000
"""The most episodes that a point of the learning curve enumerates."""
PAIRED_ON_THE_WAY = 1024
"""The most episodes that a point of the learning curve plays otherwise."""

DEAF = "This team was trained in silence: it hears nothing, whatever is done to its channel."


def evaluate_team(settings: Settings, team: Team, channel: str = "normal") -> dict[str, Any]:
    """Value, reference returns and scores of a team, as result.json says them.

    Args:
        settings: what the team was trained with.
        team: who plays.
        channel: an intervention: normal, silent, constant or shuffled. A team trained in silence hears nothing in any.

    Raises:
        ValueError: for an unknown intervention.
    """
    heard = "silent" if settings.silent else channel
    found = asdict(evaluate(game(settings.game, **settings.options()), settings.agents, team, team.channel, heard))
    found["how"] += held_out(settings)
    return {"evaluation_episodes" if name == "episodes" else name: value for name, value in found.items()}


def held_out(settings: Settings) -> str:
    """The options in which the game that is evaluated differs from the one that is trained on, to be said after a text.

    Returns:
        ", with split=held_out"; empty where they are the same.
    """
    trained = settings.training_options()
    shown = [f"{name}={value}" for name, value in settings.options().items() if str(trained.get(name)) != str(value)]
    return f", with {', '.join(shown)}" if shown else ""


def learning_curve_point(settings: Settings, team: Team) -> dict[str, Any]:
    """A cheaper evaluation, on the same episodes at every point."""
    played = game(settings.game, **settings.options())
    total = played.episode_count(settings.agents)
    exact = total is not None and total <= EXACT_ON_THE_WAY
    heard = "silent" if settings.silent else "normal"
    episodes = min(PAIRED_ON_THE_WAY, played.episodes)
    found = evaluate(played, settings.agents, team, team.channel, heard, episodes, exact=exact)
    return {
        "return_mean": found.return_mean,
        "normalized_return": found.normalized_return,
        "communication_gain": found.communication_gain,
        "standard_error": found.standard_error,
        "no_communication_normalized": normalized_return(found.no_communication.value, found.oracle) if found.no_communication else None,
    }
