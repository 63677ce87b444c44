"""What all runs have in common. Each recipe adds its own settings; the command line comes from these classes."""

import math
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

import tyro

from ...agents import Team
from ...envs.core import registry
from ...protocols.common.checks import flag, number, whole
from ...protocols.common.errors import bad
from .base import Learner


@dataclass(frozen=True)
class Inactive:
    """Settings that have no effect while another one has one of these values.

    Attributes:
        other: the name of the other one.
        values: with which nothing comes of the others.
        names: of these others.
    """

    other: str
    values: tuple[object, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Settings(ABC):
    """One run of a recipe. What a field means does not depend on any other field.

    Attributes:
        recipe: its name, on the command line and in files.
        about: the recipe in one line.
        games: where it runs.
        presets: values by name of their source.
        inactive: which settings can do nothing beside which others; they are then refused, unless they have their
            default.
        game: which game; see ``interlect list``.
        agents: how many agents (N); 0 for as many as the game has by itself.
        seed: of everything random in the run.
        updates: optimizer steps in all.
        batch: episodes an update.
        shared: one set of parameters for all agents; if not, one an agent.
        silent: nobody hears anything, in training and after.
        width: of every layer.
        evaluate_every: updates between evaluations for the learning curve; they never choose what is kept.
        checkpoint_every: updates between checkpoints.
        device: "cpu", "cuda" or "cuda:1".
        threads: of torch on the CPU; runs repeat exactly on one device and number of threads.
    """

    recipe: ClassVar[str]
    about: ClassVar[str]
    games: ClassVar[tuple[str, ...]]
    presets: ClassVar[dict[str, dict[str, object]]] = {"interlect": {}}
    inactive: ClassVar[tuple[Inactive, ...]] = ()

    game: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="GAME")]
    agents: int = 0
    seed: int = 0
    updates: int = 1000
    batch: int = 32
    shared: bool = True
    silent: bool = False
    width: int = 128
    evaluate_every: int = 50
    checkpoint_every: int = 500
    device: str = "cpu"
    threads: int = 1

    def __post_init__(self) -> None:
        check_inactive(self)
        check_whole("agents", self.agents, 0)
        if self.agents == 0 and self.game in registry.GAMES:
            object.__setattr__(self, "agents", registry.default_agents(self.game))
        for name in ("updates", "batch", "width", "evaluate_every", "checkpoint_every", "threads"):
            check_whole(name, getattr(self, name), 1)
        check_whole("seed", self.seed, 0)
        for name in ("shared", "silent"):
            flag(name, getattr(self, name))

    @abstractmethod
    def learner(self, start: Team | None = None) -> Learner[Any]:
        """A new learner.

        Args:
            start: the team that learns, in the place of a fresh one.

        Raises:
            ValueError: if the recipe does not run on the game, or the device is not there, or the team does not fit.
        """

    def options(self) -> dict[str, Any]:
        """What the game is made with, beside the number of agents, when the team is evaluated: what was held out."""
        return dict(registry.game_spec(self.game).held_out_options)

    def training_options(self) -> dict[str, Any]:
        """What the game is made with in training."""
        return dict(registry.game_spec(self.game).train_options)

    @property
    def name(self) -> str:
        """What folders of such runs are called, where nobody names them."""
        return f"{self.recipe}-{self.game}-n{self.agents}{'-silent' if self.silent else ''}"

    def to_json(self) -> dict[str, Any]:
        """The recipe's name and every field."""
        return {"recipe": self.recipe} | asdict(self)


def check_whole(name: str, value: object, least: int) -> None:
    """Raise unless a setting is a whole number, and large enough."""
    whole(name, value, least, remedy=f"Give --{_flag(name)} {least} or more.")


def check_number(name: str, value: object, low: float, high: float = math.inf) -> None:
    """Raise unless a setting is a finite number in a range."""
    number(name, value, low, high, f"Give --{_flag(name)} such a number.")


def check_positive(name: str, value: float) -> None:
    """Raise unless a setting is a finite number above 0."""
    check_number(name, value, 0.0)
    if not value:
        raise bad(f"{name} is above 0", value, f"Give --{_flag(name)} such a number.")


def check_inactive(settings: Settings) -> None:
    """Raise if a setting was given that has no effect beside the others."""
    defaults = {field.name: field.default for field in fields(settings)}
    for rule in settings.inactive:
        other = getattr(settings, rule.other)
        given = [name for name in rule.names if getattr(settings, name) != defaults[name]]
        if given and other in rule.values:
            beside = f"--{_flag(rule.other)}"
            remedy = f"Leave it out, or give another {beside}."
            raise bad(f"--{_flag(given[0])} has no effect with {beside} {other}", getattr(settings, given[0]), remedy)


def _flag(name: str) -> str:
    return name.replace("_", "-")


def settings_from_json(config: object, source: Path) -> Settings:
    """The settings in a run's config.json.

    Raises:
        ValueError: if they are not settings of this version.
    """
    from .table import recipe

    try:
        values = config["settings"].copy()  # type: ignore[index]
        kind = recipe(values.pop("recipe"))
        for field in fields(kind):
            if isinstance(field.default_factory, type) and is_dataclass(field.default_factory):
                values[field.name] = field.default_factory(**values[field.name])
        return kind(**values)
    except (KeyError, TypeError, AttributeError) as error:
        remedy = "Resume it with the version that wrote it (see its `versions`)."
        raise bad(f"{source} must hold the settings of a run", str(error), remedy) from error
