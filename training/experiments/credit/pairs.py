"""Valid pairs of carrier and credit per game, and the recipe that trains each pair."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from ....protocols.channels.channel import Credit
from ....protocols.common.checks import check_one_of
from ...learners.settings import Settings
from ...recipes.table import recipe


@dataclass(frozen=True)
class CarrierSpec:
    """A carrier in a game.

    Attributes:
        carrier: the carrier's name in tables.
        recipe: the recipe that trains a team with this carrier.
        options: settings of the recipe that differ from its defaults.
        credits: the kinds of credit that it supports; if there are several, the recipe's ``credit`` selects one.
        reason: the reason why it does not support the others.
    """

    carrier: str
    recipe: str
    options: Mapping[str, Any] = field(default_factory=dict)
    credits: tuple[Credit, ...] = get_args(Credit)
    reason: str = ""


CARRIERS = {
    "switch_riddle_v0": (
        CarrierSpec("bit (DRU)", "dial"),
        CarrierSpec("Gumbel, straight-through", "dial", {"carrier": "gumbel"}),
        CarrierSpec("quantized", "dial", {"carrier": "quantized"}),
        CarrierSpec("number", "dial", {"carrier": "number"}),
        CarrierSpec("symbol", "rial", credits=("blocked",), reason="a symbol is a separate action without gradient"),
    ),
    "relay_v0": (
        CarrierSpec("Gumbel", "value_regression"),
        CarrierSpec("Gumbel, straight-through", "value_regression", {"straight_through": True}),
        CarrierSpec("bits (DRU)", "value_regression", {"carrier": "bits"}),
        CarrierSpec("quantized", "value_regression", {"carrier": "quantized"}),
        CarrierSpec("numbers", "value_regression", {"carrier": "numbers"}),
        CarrierSpec(
            "symbols, score function",
            "value_regression",
            {"carrier": "sampled", "credit": "blocked"},
            credits=("blocked",),
            reason="a sampled symbol has no gradient; its probability is learned by a score function",
        ),
    ),
}
"""Carriers by game; add a carrier here if a recipe can train it."""


@dataclass(frozen=True)
class Pair:
    """A carrier, a kind of credit, and the settings for training; or the reason why the two cannot be combined."""

    carrier: str
    credit: Credit
    settings: Settings | None
    reason: str = ""

    @property
    def name(self) -> str:
        """The name of the folder of the pair's runs."""
        letters = "".join(letter if letter.isalnum() else "-" for letter in f"{self.carrier}-{self.credit}")
        return "-".join(part for part in letters.lower().split("-") if part)


def pairs(game: str, updates: int | None = None) -> list[Pair]:
    """List all pairs of a game, carrier by carrier.

    Args:
        game: the name of the game.
        updates: the number of updates of each run; None for the default of its recipe.

    Raises:
        ValueError: for a game without carriers, or updates < 1.
    """
    check_one_of("game", game, CARRIERS)
    listed = []
    for spec in CARRIERS[game]:
        for credit in get_args(Credit):
            chosen = {"credit": credit} if len(spec.credits) > 1 else {}
            settings = _settings(game, updates, spec, chosen) if credit in spec.credits else None
            listed.append(Pair(spec.carrier, credit, settings, "" if settings else spec.reason))
    return listed


def _settings(game: str, updates: int | None, spec: CarrierSpec, chosen: Mapping[str, Any]) -> Settings:
    """Settings with a single evaluation at the end, so that measured times are those of training."""
    kind = recipe(spec.recipe)
    budget = kind(game).updates if updates is None else updates
    return kind(game, updates=budget, evaluate_every=budget, **spec.options, **chosen)
