"""Settings that all recipes share. The command line is generated from these dataclasses."""

import math
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from typing import Annotated, Any, ClassVar, TypeAlias

import numpy as np
import tyro

from ...envs.core import registry
from ...protocols.common.checks import check_bool, check_choice, check_integer, check_number
from ...protocols.common.draws import LAST_SEED
from ...protocols.common.errors import argument, invalid
from ...protocols.common.limits import MAX_AGENTS, MAX_INTEGER, MAX_LANES, MAX_LAYERS, MAX_WIDTH

Option: TypeAlias = int | float | bool | str
RESERVED_OPTIONS = ("agents", "lanes", "seed")
"""Arguments of a core for which a run has its own settings."""
LIMITS = {
    "agents": MAX_AGENTS,
    "batch": MAX_LANES,
    "width": MAX_WIDTH,
    "vocabulary": MAX_WIDTH,
    "length": MAX_WIDTH,
    "layers": MAX_LAYERS,
    "blocks": MAX_LAYERS,
    "longest": MAX_AGENTS + 1,
    "threads": 1024,
    "seed": LAST_SEED,
    "split_seed": LAST_SEED,
}
"""Maximum of integer settings by name; ``MAX_INTEGER`` for all others."""


class NameChoices(tyro.constructors.PrimitiveConstructorSpec[str]):
    """Names that the command line offers. They are looked up when the help is shown, because plugins can add names.

    Args:
        names: Returns the names.
        closed: Whether other names are rejected when arguments are parsed; if not, the settings check them.
    """

    nargs = 1
    _action = None
    _names: Callable[[], tuple[str, ...]]
    _closed: bool

    def __init__(self, names: Callable[[], tuple[str, ...]], closed: bool = True) -> None:
        object.__setattr__(self, "_names", names)
        object.__setattr__(self, "_closed", closed)

    def instance_from_str(self, words: list[str]) -> str:
        """The name, which the settings check."""
        return words[0]

    def is_instance(self, value: Any) -> bool:
        """Whether a value is a name."""
        return isinstance(value, str)

    def str_from_instance(self, value: str) -> list[str]:
        """The argument on the command line."""
        return [value]

    @property
    def choices(self) -> tuple[str, ...] | None:
        """The names; None if other names are not rejected."""
        return self._names() if self._closed else None

    @property
    def metavar(self) -> str:
        """The names as shown in the help."""
        return f"{{{','.join(self._names())}}}"


def devices() -> tuple[str, ...]:
    """The devices that PyTorch can use on this machine."""
    import torch

    gpus = tuple(f"cuda:{i}" for i in range(torch.cuda.device_count()))
    return ("cpu", "cuda", *gpus) if torch.cuda.is_available() else ("cpu",)


def check_device(device: object) -> None:
    """Raise unless PyTorch has a device of this name, on which a run can compute.

    Whether this machine has the device is checked when it is used, so that runs of other machines can be read.
    """
    kinds = ("cpu", "cuda", "mps", "xpu")
    if not isinstance(device, str) or not re.fullmatch(rf"({'|'.join(kinds)})(:\d{{1,3}})?", device):
        remedy = f"Pass {argument('device', 'cpu')}."
        raise invalid("device must be cpu or a GPU such as cuda or cuda:0", device, remedy)


@dataclass(frozen=True)
class Inactive:
    """Settings that have no effect while another setting has certain values.

    Attributes:
        other: Name of the other setting.
        values: Its values for which the settings have no effect.
        names: Names of the settings without effect.
    """

    other: str
    values: tuple[object, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Settings:
    """Settings of one run. The meaning of a field does not depend on any other field.

    Attributes:
        recipe: Name of the recipe, on the command line and in files.
        about: One-line description of the recipe.
        games: The games that it runs on; None for every cooperative game in which agents receive messages.
        presets: Published values, by the name of their source.
        inactive: Settings that have no effect in combination with others; setting one of them is then an error.
        structure: Settings that only determine the modules of new agents. A team that training starts from keeps its
            own modules, and ``interlect train --start RUN`` requires the values of that run.
        loss_name: Name of the loss in charts.
        game: Name of the game; ``interlect list`` prints all names.
        agents: Number of agents (N); 0 selects the game's default.
        seed: Seed of all random numbers of the run.
        updates: Number of updates.
        batch: Number of episodes per update.
        shared: If True, all agents share one set of parameters; otherwise each agent has its own set.
        silent: If True, no agent receives any message, neither in training nor in evaluation.
        width: Width of all hidden layers.
        evaluate_every: Number of updates between points of the learning curve; 0 selects a twentieth of ``updates``.
            These evaluations never determine which checkpoints are kept.
        checkpoint_every: Number of updates between checkpoints.
        device: PyTorch device of the run, such as "cpu" or "cuda:0".
        threads: Number of CPU threads of PyTorch. A run is reproducible on the same device with the same number of
            threads.
    """

    recipe: ClassVar[str]
    about: ClassVar[str]
    games: ClassVar[tuple[str, ...] | None] = None
    presets: ClassVar[dict[str, dict[str, object]]] = {"interlect": {}}
    inactive: ClassVar[tuple[Inactive, ...]] = ()
    structure: ClassVar[tuple[str, ...]] = ("width",)
    loss_name: ClassVar[str] = "loss"

    game: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="GAME")]
    agents: int = 0
    seed: int = 0
    updates: int = 1000
    batch: int = 32
    shared: bool = True
    silent: bool = False
    width: int = 128
    evaluate_every: int = 0
    checkpoint_every: int = 500
    device: Annotated[str, NameChoices(devices, closed=False)] = "cpu"
    threads: int = 1

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, np.generic):
                object.__setattr__(self, name, value.item())
        if not isinstance(self.game, str):
            check_choice("game", self.game, registry.GAMES)
        check_inactive(self)
        check_integer_setting("agents", self.agents, 0)
        if self.agents == 0 and registry.is_registered(self.game):
            object.__setattr__(self, "agents", registry.default_agents(self.game))
        for name in ("updates", "batch", "width", "checkpoint_every", "threads"):
            check_integer_setting(name, getattr(self, name), 1)
        check_integer_setting("evaluate_every", self.evaluate_every, 0)
        if self.evaluate_every == 0:
            object.__setattr__(self, "evaluate_every", max(1, self.updates // 20))
        check_integer_setting("seed", self.seed, 0)
        for name in ("shared", "silent"):
            check_bool(name, getattr(self, name))
        check_device(self.device)

    @classmethod
    def runs_on(cls, game: str) -> bool:
        """Whether the recipe runs on the game of this name.

        Raises:
            ValueError: if there is no such game.
        """
        spec = registry.game_spec(game)
        return spec.has_messages and spec.cooperative if cls.games is None else game in cls.games

    def options(self) -> dict[str, Any]:
        """Options of the game in evaluation, other than the number of agents: the held-out split."""
        return dict(registry.game_spec(self.game).held_out_options)

    def training_options(self) -> dict[str, Any]:
        """Options of the game in training."""
        return dict(registry.game_spec(self.game).train_options)

    def file_digests(self) -> dict[str, str]:
        """Digests of the files outside its folder that a run reads, by path; missing files are omitted."""
        return {}

    @property
    def message_symbols(self) -> int | None:
        """Number of symbols, bits or numbers of a message; None if the settings do not determine it."""
        return getattr(self, "length", None)

    @property
    def depth(self) -> int:
        """Number of layers with square matrices in the network of an agent, for estimates of its memory."""
        return 2

    @property
    def name(self) -> str:
        """Default name of the folder of a run with these settings, without the seed."""
        return f"{self.recipe}-{self.game}-n{self.agents}{'-silent' if self.silent else ''}"

    def to_json(self) -> dict[str, Any]:
        """The name of the recipe, and all fields."""
        return {"recipe": self.recipe} | asdict(self)


@dataclass(frozen=True)
class GameSettings(Settings):
    """Settings of a recipe that runs on every game in which agents receive messages.

    Attributes:
        game_options: Options of the game by name, which are used in training and in evaluation in addition to the
            training and held-out splits, as in ``--game-options task reconstruct values 5``. Tuples can be passed only
            in Python, to ``make_core`` and ``parallel_env``. See docs/games.md.
    """

    game_options: dict[str, Option] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        if registry.is_registered(self.game) and not self.runs_on(self.game):
            games = ", ".join(game for game in registry.GAMES if self.runs_on(game))
            rule = f"{self.recipe} needs a cooperative game in which agents receive messages"
            raise invalid(rule, self.game, f"Choose one of {games}.")
        if not isinstance(self.game_options, dict):
            raise invalid(
                "game_options must be a dict of options by name", self.game_options, 'Pass {"task": "count"}.'
            )
        values = {k: v.item() if isinstance(v, np.generic) else v for k, v in self.game_options.items()}
        object.__setattr__(self, "game_options", values)
        for name, value in values.items():
            if not isinstance(name, str):
                raise invalid("The names of game_options must be strings", name, 'Pass {"task": "count"}.')
            if name in RESERVED_OPTIONS:
                raise invalid("game_options must not contain settings of the run", name, "Remove it from game_options.")
            if not isinstance(value, Option):
                rule = f"The option {name} must be a number, True, False or a word"
                raise invalid(rule, value, "Pass a single value of one of these types.")

    def options(self) -> dict[str, Any]:
        return super().options() | self.game_options

    def training_options(self) -> dict[str, Any]:
        return super().training_options() | self.game_options


def check_integer_setting(name: str, value: object, least: int) -> None:
    """Raise unless a setting is an integer of ``least`` or more, and within its limit in ``LIMITS``."""
    remedy = f"Set {argument(name)} to an integer of {least} or more."
    check_integer(name, value, least, remedy=remedy, limit=LIMITS.get(name, MAX_INTEGER))


def check_number_setting(name: str, value: object, low: float, high: float = math.inf) -> None:
    """Raise unless a setting is a finite number in a range."""
    span = f"from {low:g} to {high:g}" if high < math.inf else f"of {low:g} or more"
    check_number(name, value, low, high, f"Set {argument(name)} to a number {span}.")


def check_positive_setting(name: str, value: float) -> None:
    """Raise unless a setting is a finite number above 0."""
    check_number_setting(name, value, 0.0)
    if not value:
        raise invalid(f"{name} must be above 0", value, f"Set {argument(name)} to a number above 0.")


def check_inactive(settings: Settings) -> None:
    """Raise if a setting has no effect in combination with the others, but differs from its default."""
    defaults = {field.name: field.default for field in fields(settings)}
    for rule in settings.inactive:
        other = getattr(settings, rule.other)
        changed = [name for name in rule.names if _differs(getattr(settings, name), defaults[name])]
        if changed and isinstance(other, Option) and other in rule.values:
            name, value = changed[0], argument(rule.other, other)
            message = f"{argument(name)} must not be set, as it has no effect with {value}"
            raise invalid(message, getattr(settings, name), f"Remove it, or choose another {argument(rule.other)}.")


def _differs(value: object, default: object) -> bool:
    return not isinstance(value, Option | None) or value != default
