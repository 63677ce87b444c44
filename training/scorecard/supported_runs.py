"""The scorecard of a run, and checks, before training, that a run can have one."""

from dataclasses import replace
from typing import Protocol, runtime_checkable

from ...agents import Team
from ...protocols.common.errors import argument, invalid
from ..adaptation.optimization import Budget
from ..adaptation.relearn import BUDGET
from ..learners.settings import Settings
from ..recipes.table import make_learner
from .rows import Row

AGENTS = 4
"""Number of agents in scorecards of the relay."""
BUDGETS = {
    "relay_v0": BUDGET,
    "switch_riddle_v0": Budget(updates=100, batch=32, learning_rate=1e-2),
    "digits_v0": Budget(updates=50, learning_rate=1e-2),
    "forgery_v0": Budget(updates=100, batch=256, learning_rate=1e-2),
}
"""Budget of each re-learning of interfaces; some rows use a multiple of it."""
RECIPES = {
    "relay_v0": ("value_regression", "supervised"),
    "switch_riddle_v0": ("dial", "rial"),
    "digits_v0": ("classification",),
    "forgery_v0": ("sgan",),
}
"""The recipes that a game's scorecard supports; it refers to the modules of their agents by name."""
USE_PYTHON = "Use the operators one by one in Python."


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
        settings: settings of the run.
        team: the trained team.
        other: a team of the same kind, from which a new agent is taken; None omits these rows.
        updates: number of updates per re-learning; None for the scorecard's default.
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
    if settings.game == "forgery_v0":
        from ..adversarial.sgan import SGAN
        from .painted import PaintedScorecard

        assert isinstance(settings, SGAN)
        return PaintedScorecard(team, settings, budget, other)
    from ..learners.classification import Classification
    from .digits import DigitsScorecard

    assert isinstance(settings, Classification)
    return DigitsScorecard(team.agents[0], settings, budget)


def evaluation_of(settings: Settings) -> str:
    """What the values in the scorecard of a run are over, compared with result.json, without a final period."""
    if settings.game == "relay_v0":
        return (
            "exact probability of a correct answer on held-out images, in the one chain of all agents in order; "
            "result.json is about all chains of the run instead"
        )
    if settings.game == "switch_riddle_v0":
        from .riddle import EPISODES, EXACT

        sampled = f"{EPISODES:,} episodes of seed 0, paired with the oracle"
        return (
            f"normalized return in the resulting game, exact over all episodes if there are at most {EXACT:,}, "
            f"otherwise over {sampled}; result.json states its own episodes"
        )
    if settings.game == "forgery_v0":
        return (
            "fraction of 2,500 painted pictures that a support vector classifier assigns to the kind that the painter "
            "observed, as in result.json"
        )
    return "exact accuracy over all held-out images, where all digits are equally likely, as in result.json"


def check_scorecard(settings: Settings, team: Team | None = None, new_agents: bool = False) -> None:
    """Check that a run can have a scorecard.

    Args:
        settings: settings of the run.
        team: the team that the run trained or starts from; None for an untrained team of its recipe.
        new_agents: whether the scorecard has rows for an agent from another team.

    Raises:
        ValueError: if the game has no scorecard, or a recipe or setting is not supported; if operators changed the
            team, because scorecards refer to modules by name; if an interface to re-learn is too large.
    """
    if settings.game not in BUDGETS:
        raise invalid(f"The game of a scorecard must be {' or '.join(BUDGETS)}", settings.game, USE_PYTHON)
    if settings.recipe not in RECIPES[settings.game]:
        rule = f"The scorecard of {settings.game} needs agents trained by {' or '.join(RECIPES[settings.game])}"
        remedy = f"Train with {' or '.join(RECIPES[settings.game])}, or use the operators one by one in Python."
        raise invalid(rule, settings.recipe, remedy)
    if settings.game == "digits_v0" and settings.agents > 1 and not settings.shared:
        remedy = f"Use {argument('agents', 1)} in training, and several seeds for several agents."
        raise invalid(
            "The scorecard of digits needs a single agent", f"{settings.agents} with separate parameters", remedy
        )
    if settings.game != "digits_v0" and settings.silent:
        remedy = f"Remove {argument('silent', True)} from training."
        raise invalid("Scorecards need agents that receive messages", "a team trained in silence", remedy)
    if settings.game == "relay_v0":
        _check_relay(settings)
    if settings.game == "forgery_v0" and vars(settings)["data"] != "digits":
        rule = "The scorecard of forgery needs pictures of digits, which an independent classifier recognizes"
        raise invalid(rule, vars(settings)["data"], f"Use {argument('data', 'digits')} in training.")
    untrained = make_learner(settings).team()
    if team is not None:
        _check_unchanged(settings, team, untrained)
    run_scorecard(settings, untrained, untrained if new_agents else None).check()


def _check_relay(settings: Settings) -> None:
    rule, values = "The scorecard of the relay needs", vars(settings)
    if settings.agents != AGENTS:
        remedy = f"Use {argument('agents', AGENTS)} in training. {USE_PYTHON}"
        raise invalid(f"{rule} {AGENTS} agents", settings.agents, remedy)
    if values["credit"] != "through":
        raise invalid(f"{rule} credit 'through'", values["credit"], USE_PYTHON)
    if values["carrier"] != "gumbel":
        raise invalid(f"{rule} symbols by Gumbel-softmax", values["carrier"], USE_PYTHON)


def _check_unchanged(settings: Settings, team: Team, untrained: Team) -> None:
    pairs = zip(team.spread(settings.agents).agents, untrained.spread(settings.agents).agents, strict=True)
    if len(team.agents) != len(untrained.agents) or any(a.graph.to_json() != b.graph.to_json() for a, b in pairs):
        remedy = "Use the operators one by one in Python, and agents.operators.measure."
        raise invalid("A scorecard needs a team with the graphs of its recipe", "a team that operators changed", remedy)


def relearning_budget(settings: Settings, updates: int | None) -> Budget:
    """Budget of each re-learning in a run's scorecard."""
    budget = replace(BUDGETS[settings.game], seed=settings.seed)
    return budget if updates is None else replace(budget, updates=updates)


def _separate_agents(team: Team) -> Team:
    """The same team with one agent per seat; a shared agent is copied, but modules that agents share stay shared."""
    if len({id(agent) for agent in team.agents}) == AGENTS:
        return team
    return replace(team, agents=[agent.clone() for agent in team.spread(AGENTS).agents])
