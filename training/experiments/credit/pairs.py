"""Valid pairs of carrier and credit per game, and the recipe that trains each pair."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from ....protocols.channels.channel import Credit
from ....protocols.common.checks import one_of
from ...learners.settings import Settings
from ...learners.table import recipe


@dataclass(frozen=True)
class Spoken:
    """A carrier in a game.

    Attributes:
        carrier: the carrier's name in tables.
        recipe: the recipe that trains a team with this carrier.
        options: settings of the recipe that differ from its defaults.
        credits: the kinds of credit that it supports; if there are several, the recipe's ``credit`` selects one.
        why: the reason why it supports no others.
    """

    carrier: str
    recipe: str
    options: Mapping[str, Any] = field(default_factory=dict)
    credits: tuple[Credit, ...] = get_args(Credit)
    why: str = ""


SPOKEN = {
    "switch_riddle_v0": (
        Spoken("bit (DRU)", "dial"),
        Spoken("Gumbel, straight-through", "dial", {"carrier": "gumbel"}),
        Spoken("quantized", "dial", {"carrier": "quantized"}),
        Spoken("number", "dial", {"carrier": "number"}),
        Spoken("symbol", "rial", credits=("blocked",), why="a symbol is a separate action without gradient"),
    ),
    "relay_v0": (
        Spoken("Gumbel", "value_regression"),
        Spoken("Gumbel, straight-through", "value_regression", {"straight_through": True}),
        Spoken("bits (DRU)", "value_regression", {"carrier": "bits"}),
        Spoken("quantized", "value_regression", {"carrier": "quantized"}),
        Spoken("numbers", "value_regression", {"carrier": "numbers"}),
        Spoken(
            "symbols, score function",
            "value_regression",
            {"carrier": "sampled", "credit": "blocked"},
            credits=("blocked",),
            why="a sampled symbol has no gradient; its probability is learned by a score function",
        ),
    ),
}
"""Carriers by game; a carrier that a recipe can train is listed here."""


@dataclass(frozen=True)
class Pair:
    """A carrier, a kind of credit, and the settings that train them; or the reason why they cannot be combined."""

    carrier: str
    credit: Credit
    settings: Settings | None
    why: str = ""

    @property
    def name(self) -> str:
        """Name of the folder of its runs."""
        letters = "".join(letter if letter.isalnum() else "-" for letter in f"{self.carrier}-{self.credit}")
        return "-".join(part for part in letters.lower().split("-") if part)


def pairs(game: str, updates: int | None = None) -> list[Pair]:
    """All pairs of a game, carrier by carrier.

    Args:
        game: the name of the game.
        updates: the number of updates of each run; None for the default of its recipe.

    Raises:
        ValueError: for a game without carriers, or updates < 1.
    """
    one_of("game with carriers to pair", game, SPOKEN)
    found = []
    for spoken in SPOKEN[game]:
        for credit in get_args(Credit):
            chosen = {"credit": credit} if len(spoken.credits) > 1 else {}
            settings = _settings(game, updates, spoken, chosen) if credit in spoken.credits else None
            found.append(Pair(spoken.carrier, credit, settings, "" if settings else spoken.why))
    return found


def _settings(game: str, updates: int | None, spoken: Spoken, chosen: Mapping[str, Any]) -> Settings:
    """Settings with one evaluation, at the end, so that times are those of training."""
    kind = recipe(spoken.recipe)
    budget = kind(game).updates if updates is None else updates
    return kind(game, updates=budget, evaluate_every=budget, **spoken.options, **chosen)
