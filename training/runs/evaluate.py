"""Evaluation of a trained team: exact if the game can be enumerated, otherwise on sampled episodes."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ...agents import Team
from ...envs.core.evaluation import MAX_SHUFFLES, evaluate
from ...envs.core.play import play
from ...envs.core.reference_returns import normalized_return
from ...envs.core.registry import game, game_spec, make_core, measures
from ...protocols.channels.interventions import intervention
from ...protocols.channels.serialization import OWN
from ...protocols.common.checks import check_integer
from ...protocols.common.errors import invalid
from ..learners.settings import Settings

CURVE_ENUMERATED = 1000
"""Maximum number of episodes that a point of the learning curve enumerates."""
CURVE_SAMPLED = 1024
"""Maximum number of episodes that a point of the learning curve samples."""
MEASURED = 2500
"""Number of episodes from which the measures that a game defines are computed."""

SPLITS_NOTE = (
    "In both splits, the no-communication optimum is that of agents that know the distribution of the instances on "
    "which they are evaluated"
)
"""The common rule of the reference returns for training and for held-out instances, without a final period."""

SILENT_NOTE = "This team was trained with --silent: its agents receive no messages under any intervention."


def evaluate_team(
    settings: Settings,
    team: Team,
    channel: str = "normal",
    episodes: int | None = None,
    exact: bool = True,
    shuffles: int = MAX_SHUFFLES,
) -> dict[str, Any]:
    """Evaluate a team, and return its return, the reference returns of the game, and both normalized values.

    The keys are those of result.json. If the game defines further measures, these are under "measures".

    Args:
        settings: The settings that the team was trained with.
        team: The team.
        channel: Intervention on messages: normal, silent, constant or shuffled. Agents trained with ``silent`` receive
            no messages under any of them.
        episodes: Maximum number of sampled episodes if the value is not exact; the default of the game if None.
        exact: Whether to compute an exact value if possible.
        shuffles: Maximum number of shuffles over which an enumeration under "shuffled" is averaged, at least 2.

    Raises:
        ValueError: for an unknown intervention, arguments of other types, or a team that was made for another game,
            number of agents or size of messages than those of the settings.
    """
    if not isinstance(settings, Settings):
        raise invalid("The settings must be those of a run", settings, "Pass run.settings.")
    if not isinstance(team, Team):
        raise invalid("The team must be a Team", type(team).__name__, "Pass run.team.")
    if episodes is not None:
        check_integer("episodes", episodes, 2)
    _check_settings(settings, team)
    heard = "silent" if settings.silent else channel
    played = game(settings.game, **settings.options())
    sampled = None if episodes is None else min(episodes, played.episodes)
    found = asdict(
        evaluate(played, settings.agents, team, team.channel, heard, sampled, exact=exact, shuffles=shuffles)
    )
    found["how"] += held_out(settings)
    measured = _measures(settings, team, settings.options()) if channel == "normal" else {}
    return _with_evaluation_episodes(found) | ({"measures": measured} if measured else {})


def evaluate_on_training_split(settings: Settings, team: Team) -> dict[str, Any] | None:
    """Evaluate a team on the instances that it was trained on, to compare with those that were held out.

    Returns:
        As ``evaluate_team``; None if the game holds nothing out.
    """
    if not held_out(settings):
        return None
    played = game(settings.game, **settings.training_options())
    heard = "silent" if settings.silent else "normal"
    found = asdict(evaluate(played, settings.agents, team, team.channel, heard))
    found["how"] += ", on the instances of training"
    measured = _measures(settings, team, settings.training_options())
    return _with_evaluation_episodes(found) | ({"measures": measured} if measured else {})


def held_out(settings: Settings) -> str:
    """The options in which the game differs between evaluation and training, as a suffix for text.

    Returns:
        For example ", with split=held_out"; empty if there are none.
    """
    trained = settings.training_options()
    shown = [f"{name}={value}" for name, value in settings.options().items() if str(trained.get(name)) != str(value)]
    return f", with {', '.join(shown)}" if shown else ""


def learning_curve_point(settings: Settings, team: Team) -> dict[str, Any]:
    """A cheaper evaluation, on the same episodes at each point of the learning curve."""
    played = game(settings.game, **settings.options())
    total = played.episode_count(settings.agents)
    exact = total is not None and total <= CURVE_ENUMERATED
    heard = "silent" if settings.silent else "normal"
    episodes = min(CURVE_SAMPLED, played.episodes)
    found = evaluate(played, settings.agents, team, team.channel, heard, episodes, exact=exact)
    measured = _measures(settings, team, settings.options())
    return {
        "return_mean": found.return_mean,
        "normalized_return": found.normalized_return,
        "communication_gain": found.communication_gain,
        "standard_error": found.standard_error,
        "no_communication_normalized": normalized_return(found.no_communication.value, found.oracle)
        if found.no_communication
        else None,
    } | ({"measures": measured} if measured else {})


def _check_settings(settings: Settings, team: Team) -> None:
    """Check that a team has the number of agents and the size of messages of its settings.

    Raises:
        ValueError: If it does not.
    """
    remedy = "Pass the settings of the run that the team is from."
    seats = [agent.graph.inputs["seat"].count for agent in team.agents if "seat" in agent.graph.inputs]
    for count in seats:
        if count != settings.agents:
            raise invalid(f"The team must be one of {settings.agents} agents, as in the settings", count, remedy)
    carrier = team.channel.carrier
    if type(carrier).__name__ not in OWN:  # a registered carrier has its own defaults
        return
    vocabulary = getattr(settings, "vocabulary", None), getattr(carrier, "vocabulary", None)
    sizes = {"vocabulary": vocabulary, "length": (settings.message_symbols, carrier.symbols)}
    for name, (expected, found) in sizes.items():
        if None not in (expected, found) and expected != found:
            raise invalid(f"The {name} of the team's messages must be {expected}, as in the settings", found, remedy)


def _measures(settings: Settings, team: Team, options: Mapping[str, Any]) -> dict[str, float]:
    """The measures that the game with these options defines of ``MEASURED`` episodes of seed 0; empty if none."""
    if game_spec(settings.game).measures is None:
        return {}
    core = make_core(settings.game, settings.agents, MEASURED, 0, **options)
    transcript = play(core, team, team.channel, intervention("silent" if settings.silent else "normal"))
    return measures(settings.game, core, transcript)


def _with_evaluation_episodes(found: dict[str, Any]) -> dict[str, Any]:
    """The same values with another name for the episodes of an evaluation: a result also counts those of training."""
    return {"evaluation_episodes" if name == "episodes" else name: value for name, value in found.items()}
