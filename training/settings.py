"""Every setting of a run, written once. The command line comes from here."""

import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, get_args

import tyro

from ..protocols.errors import bad, unknown

Bootstrap: TypeAlias = Literal["self", "team"]
COUNTS = (
    *("agents", "updates", "batch", "vocabulary", "width", "layers"),
    *("target_interval", "evaluate_every", "checkpoint_every", "threads"),
)


@dataclass(frozen=True)
class Optimizer:
    """RMSProp, as in both sources.

    Attributes:
        learning_rate: at the first update.
        final_learning_rate: at the last update, reached along a half cosine; equal to the first for none.
        alpha: decay of the squared gradient's mean.
        momentum: of the step.
        clip: largest absolute value of one parameter's gradient; 0 for none.
    """

    learning_rate: float = 5e-4
    final_learning_rate: float = 0.0
    alpha: float = 0.99
    momentum: float = 0.0
    clip: float = 10.0

    def __post_init__(self) -> None:
        for name in ("learning_rate", "final_learning_rate", "clip"):
            _number(name, getattr(self, name), 0.0)
        for name in ("alpha", "momentum"):
            _number(name, getattr(self, name), 0.0, 1.0)


@dataclass(frozen=True)
class Settings:
    """One run. What a field means does not depend on any other field.

    Attributes:
        recipe: which learner; see ``interlect list``.
        game: which game; see ``interlect list``.
        agents: how many agents (N).
        seed: of everything random in the run.
        updates: optimizer steps in all.
        batch: episodes an update.
        shared: one set of parameters for all agents; if not, one an agent (the paper's -NS).
        silent: nobody hears anything, in training and after.
        sigma: noise of the discretize/regularize unit (DIAL only), at the first update.
        final_sigma: the same at the last update, reached linearly.
        vocabulary: messages to choose from (RIAL only).
        width: of every layer.
        layers: of the GRU.
        gamma: discount.
        bootstrap: whose value a target builds on: the agent's own, or the mean over teammates with a choice.
        epsilon: share of actions drawn at random in training; RIAL draws messages apart, at the same share.
        final_epsilon: epsilon at the last update, reached linearly.
        target_interval: updates between copies into the target network.
        optimizer: of the parameters.
        evaluate_every: updates between evaluations for the learning curve; they never choose what is kept.
        checkpoint_every: updates between checkpoints.
        device: "cpu", "cuda" or "cuda:1".
        threads: of torch on the CPU; runs repeat exactly on one device and number of threads.
    """

    recipe: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="RECIPE")]
    game: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="GAME")]
    agents: int = 3
    seed: int = 0
    updates: int = 1000
    batch: int = 32
    shared: bool = True
    silent: bool = False
    sigma: float = 2.0
    final_sigma: float = 2.0
    vocabulary: int = 2
    width: int = 128
    layers: int = 2
    gamma: float = 1.0
    bootstrap: Bootstrap = "self"
    epsilon: float = 0.05
    final_epsilon: float = 0.05
    target_interval: int = 100
    optimizer: Optimizer = field(default_factory=Optimizer)
    evaluate_every: int = 50
    checkpoint_every: int = 500
    device: str = "cpu"
    threads: int = 1

    def __post_init__(self) -> None:
        for name in COUNTS:
            _whole(name, getattr(self, name), 1)
        _whole("seed", self.seed, 0)
        for name in ("epsilon", "final_epsilon", "gamma"):
            _number(name, getattr(self, name), 0.0, 1.0)
        for name in ("sigma", "final_sigma"):
            _number(name, getattr(self, name), 0.0)
        if self.bootstrap not in get_args(Bootstrap):
            raise unknown("bootstrap", self.bootstrap, get_args(Bootstrap))


def _whole(name: str, value: object, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise bad(f"{name} is a whole number, at least {least}", value, f"Give --{_flag(name)} {least} or more.")


def _number(name: str, value: object, low: float, high: float = math.inf) -> None:
    if not isinstance(value, int | float) or not (low <= value <= high and math.isfinite(value)):
        span = f"from {low:g} to {high:g}" if high < math.inf else f"of {low:g} or more"
        raise bad(f"{name} is a finite number {span}", value, f"Give --{_flag(name)} such a number.")


def _flag(name: str) -> str:
    return name.replace("_", "-")


PRESETS: dict[str, dict[str, object]] = {
    "interlect": {},
    "paper": {"optimizer": Optimizer(final_learning_rate=5e-4, momentum=0.95, clip=0.0)},
    "authors": {"optimizer": Optimizer(final_learning_rate=5e-4)},
}
"""Values by source: ours; the paper's text; the authors' code, where it differs from the text."""


def preset(name: str, recipe: str, game: str) -> Settings:
    """The settings of a preset for a recipe and a game.

    Raises:
        ValueError: if there is no preset of that name.
    """
    if name not in PRESETS:
        raise unknown("preset", name, PRESETS)
    return replace(Settings(recipe=recipe, game=game), **PRESETS[name])  # type: ignore[arg-type]


def settings_from_json(config: object, source: Path) -> Settings:
    """The settings in a run's config.json.

    Raises:
        ValueError: if they are not settings of this version.
    """
    try:
        values = dict(config["settings"])  # type: ignore[index]
        values["optimizer"] = Optimizer(**values["optimizer"])
        return Settings(**values)
    except (KeyError, TypeError) as error:
        remedy = "Resume it with the version that wrote it (see its `versions`)."
        raise bad(f"{source} must hold the settings of a run", str(error), remedy) from error
