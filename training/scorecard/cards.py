"""Which scorecard a run has, and which runs can have one: said before anything is learned."""

from dataclasses import replace
from typing import Protocol, runtime_checkable

from ...agents import Team
from ...protocols.common.errors import bad
from ..adaptation.fitting import Budget
from ..adaptation.relearn import BUDGET
from ..learners.settings import Settings
from ..learners.table import make_learner
from .card import Row

AGENTS = 4
"""How many runners a scorecard of the relay is about."""
BUDGETS = {
    "relay_v0": BUDGET,
    "switch_riddle_v0": Budget(updates=100, batch=32, learning_rate=1e-2),
    "digits_v0": Budget(updates=50, learning_rate=1e-2),
}
"""What each re-learning of interfaces may cost; longer ones cost a multiple."""
RECIPES = {
    "relay_v0": ("value_regression", "supervised"),
    "switch_riddle_v0": ("dial", "rial"),
    "digits_v0": ("classification",),
}
"""Whose agents a game's scorecard is about: it names their modules."""
BY_HAND = "Apply the operators one by one in Python."


@runtime_checkable
class Card(Protocol):
    """One trained team under all operators."""

    def check(self) -> None:
        """That no interface which is learned again is too large.

        Raises:
            ValueError: if one is.
        """

    def rows(self) -> list[Row]:
        """All rows."""


def card(settings: Settings, team: Team, other: Team | None = None, updates: int | None = None) -> Card:
    """The card of a run that can have one; see ``check_card``.

    Args:
        settings: of the run.
        team: what it trained.
        other: a team of the same kind, from which a new agent comes; None leaves those rows out.
        updates: of each re-learning; None for the card's own.
    """
    budget = budget_of(settings, updates)
    if settings.game == "relay_v0":
        from ..learners.value_regression import RelaySettings
        from .relay import RelayCard

        assert isinstance(settings, RelaySettings)
        return RelayCard(_apart(team), settings, budget, settings.seed, other and _apart(other))
    if settings.game == "switch_riddle_v0":
        from ..learners.dial import QSettings
        from .riddle import RiddleCard

        assert isinstance(settings, QSettings)
        return RiddleCard(team.spread(settings.agents), settings, budget, settings.seed)
    from ..learners.classification import Classification
    from .digits import DigitsCard

    assert isinstance(settings, Classification)
    return DigitsCard(team.agents[0], settings, budget)


def check_card(settings: Settings, team: Team | None = None, newcomers: bool = False) -> None:
    """That a run can have a card.

    Args:
        settings: of the run.
        team: what it trained, or goes on from; None for one as its recipe makes it.
        newcomers: the card has rows of an agent from another team.

    Raises:
        ValueError: for a game without a card, or a recipe or settings that its card is not about; for a team that
            operators changed, because cards name modules; if an interface that would be learned again is too large.
    """
    if settings.game not in BUDGETS:
        raise bad(f"There are scorecards for {', '.join(BUDGETS)}", settings.game, BY_HAND)
    if settings.recipe not in RECIPES[settings.game]:
        rule = f"The scorecard of {settings.game} is of agents by {' or '.join(RECIPES[settings.game])}"
        raise bad(rule, settings.recipe, BY_HAND)
    if settings.game == "digits_v0" and settings.agents > 1 and not settings.shared:
        remedy = "Train with --agents 1; several seeds stand for several readers."
        raise bad("The scorecard of digits is of one reader", f"{settings.agents} of their own parameters", remedy)
    if settings.game != "digits_v0" and settings.silent:
        remedy = f"Train without --silent. {BY_HAND}"
        raise bad("A scorecard is of agents that hear each other", "a team trained in silence", remedy)
    if settings.game == "relay_v0":
        _check_relay(settings)
    made = make_learner(settings).team()
    if team is not None:
        _check_unchanged(settings, team, made)
    card(settings, made, made if newcomers else None).check()


def _check_relay(settings: Settings) -> None:
    rule, said = "The scorecard of a relay is of", vars(settings)
    if settings.agents != AGENTS:
        raise bad(f"{rule} {AGENTS} agents", settings.agents, f"Train with --agents {AGENTS}. {BY_HAND}")
    if said["credit"] != "through":
        raise bad(f"{rule} credit that comes through", said["credit"], BY_HAND)
    if said["carrier"] != "gumbel":
        raise bad(f"{rule} symbols by Gumbel-softmax", said["carrier"], BY_HAND)


def _check_unchanged(settings: Settings, team: Team, made: Team) -> None:
    pairs = zip(team.spread(settings.agents).agents, made.spread(settings.agents).agents, strict=True)
    if len(team.agents) != len(made.agents) or any(a.graph.to_json() != b.graph.to_json() for a, b in pairs):
        remedy = "Apply the operators one by one in Python, and measure with agents.operators.measure."
        raise bad("Scorecards are of teams as their recipe makes them", "a team that operators changed", remedy)


def budget_of(settings: Settings, updates: int | None) -> Budget:
    """What each re-learning of a run's scorecard may cost."""
    budget = replace(BUDGETS[settings.game], seed=settings.seed)
    return budget if updates is None else replace(budget, updates=updates)


def _apart(team: Team) -> Team:
    """The same team with an agent of its own in each seat, also where one was shared; the modules of others stay so."""
    if len({id(agent) for agent in team.agents}) == AGENTS:
        return team
    return replace(team, agents=[agent.clone() for agent in team.spread(AGENTS).agents])
