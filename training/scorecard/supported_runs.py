"""Which runs have a scorecard, and which one; checked before training."""

from dataclasses import replace
from typing import Protocol, runtime_checkable

from ...agents import Team
from ...protocols.common.errors import invalid
from ..adaptation.optimization import Budget
from ..adaptation.relearn import BUDGET
from ..learners.settings import Settings
from ..learners.table import make_learner
from .rows import Row

AGENTS = 4
"""Number of agents in scorecards of the relay."""
BUDGETS = {
    "relay_v0": BUDGET,
    "switch_riddle_v0": Budget(updates=100, batch=32, learning_rate=1e-2),
    "digits_v0": Budget(updates=50, learning_rate=1e-2),
}
"""Budget of each re-learning of interfaces; long ones take a multiple of it."""
RECIPES = {
    "relay_v0": ("value_regression", "supervised"),
    "switch_riddle_v0": ("dial", "rial"),
    "digits_v0": ("classification",),
}
"""Recipes whose agents a game's scorecard supports: it refers to their modules by name."""
BY_HAND = "Apply the operators one by one in Python."


@runtime_checkable
class Scorecard(Protocol):
    """Applies all operators to one trained team."""

    def check(self) -> None:
        """Check the sizes of all interfaces to re-learn.

        Raises:
            ValueError: if one is too large.
        """

    def rows(self) -> list[Row]:
        """All rows."""


def run_scorecard(settings: Settings, team: Team, other: Team | None = None, updates: int | None = None) -> Scorecard:
    """The scorecard of a run that passes ``check_scorecard``.

    Args:
        settings: of the run.
        team: the trained team.
        other: a team of the same kind that a new agent is taken from; None leaves out these rows.
        updates: updates per re-learning; None for the scorecard's default.
    """
    budget = relearning_budget(settings, updates)
    if settings.game == "relay_v0":
        from ..learners.value_regression import RelaySettings
        from .relay import RelayScorecard

        assert isinstance(settings, RelaySettings)
        return RelayScorecard(
            _separate_agents(team), settings, budget, settings.seed, other and _separate_agents(other)
        )
    if settings.game == "switch_riddle_v0":
        from ..learners.dial import QSettings
        from .riddle import RiddleScorecard

        assert isinstance(settings, QSettings)
        return RiddleScorecard(team.spread(settings.agents), settings, budget, settings.seed)
    from ..learners.classification import Classification
    from .digits import DigitsScorecard

    assert isinstance(settings, Classification)
    return DigitsScorecard(team.agents[0], settings, budget)


def check_scorecard(settings: Settings, team: Team | None = None, new_agents: bool = False) -> None:
    """Check that a run can have a scorecard.

    Args:
        settings: of the run.
        team: the team that it trained or starts from; None for one made by its recipe.
        new_agents: whether the scorecard has rows for an agent from another team.

    Raises:
        ValueError: for a game without a scorecard, or an unsupported recipe or setting; for a team that operators
            changed, because scorecards refer to modules by name; if an interface to re-learn is too large.
    """
    if settings.game not in BUDGETS:
        raise invalid(f"There are scorecards for {', '.join(BUDGETS)}", settings.game, BY_HAND)
    if settings.recipe not in RECIPES[settings.game]:
        rule = f"The scorecard of {settings.game} is for agents of the recipes {' or '.join(RECIPES[settings.game])}"
        raise invalid(rule, settings.recipe, BY_HAND)
    if settings.game == "digits_v0" and settings.agents > 1 and not settings.shared:
        remedy = "Train with --agents 1; use several seeds for several agents."
        raise invalid("The scorecard of digits is for one agent", f"{settings.agents} with separate parameters", remedy)
    if settings.game != "digits_v0" and settings.silent:
        remedy = f"Train without --silent. {BY_HAND}"
        raise invalid("Scorecards need agents that hear each other", "a team trained in silence", remedy)
    if settings.game == "relay_v0":
        _check_relay(settings)
    made = make_learner(settings).team()
    if team is not None:
        _check_unchanged(settings, team, made)
    run_scorecard(settings, made, made if new_agents else None).check()


def _check_relay(settings: Settings) -> None:
    rule, values = "The scorecard of the relay is for", vars(settings)
    if settings.agents != AGENTS:
        raise invalid(f"{rule} {AGENTS} agents", settings.agents, f"Train with --agents {AGENTS}. {BY_HAND}")
    if values["credit"] != "through":
        raise invalid(f"{rule} credit 'through'", values["credit"], BY_HAND)
    if values["carrier"] != "gumbel":
        raise invalid(f"{rule} symbols by Gumbel-softmax", values["carrier"], BY_HAND)


def _check_unchanged(settings: Settings, team: Team, made: Team) -> None:
    pairs = zip(team.spread(settings.agents).agents, made.spread(settings.agents).agents, strict=True)
    if len(team.agents) != len(made.agents) or any(a.graph.to_json() != b.graph.to_json() for a, b in pairs):
        remedy = "Apply the operators one by one in Python, and measure with agents.operators.measure."
        raise invalid(
            "Scorecards support only teams as their recipe makes them", "a team that operators changed", remedy
        )


def relearning_budget(settings: Settings, updates: int | None) -> Budget:
    """Budget of each re-learning in a run's scorecard."""
    budget = replace(BUDGETS[settings.game], seed=settings.seed)
    return budget if updates is None else replace(budget, updates=updates)


def _separate_agents(team: Team) -> Team:
    """The same team with one agent per seat, where one was shared; modules that agents share stay shared."""
    if len({id(agent) for agent in team.agents}) == AGENTS:
        return team
    return replace(team, agents=[agent.clone() for agent in team.spread(AGENTS).agents])
