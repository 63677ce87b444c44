"""The command line: interlect list, train, resume, evaluate, study, operators, credit."""

import signal
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import reduce
from importlib.metadata import version
from io import StringIO
from operator import or_
from pathlib import Path
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

import tyro

from ...protocols.common.errors import Refused, bad
from ..learners.settings import Settings
from ..learners.table import check_preset, preset, recipe, recipes
from ..runs.interrupts import catch_signals
from ..runs.loop import Diverged, Stopped
from ..runs.run_folder import team_in
from ..runs.seeds import parse_seeds
from . import commands


@dataclass(frozen=True)
class List:
    """Games, recipes and channels, a line each, and which recipe runs on which game."""

    def run(self) -> None:
        """Print it."""
        commands.show_list()


S = TypeVar("S", bound=Settings)


@dataclass(frozen=True)
class TrainRecipe(Generic[S]):
    """Train a team for a fixed number of updates, and evaluate its last checkpoint."""

    settings: tyro.conf.OmitArgPrefixes[S]
    preset: str = "interlect"
    """Where defaults come from: interlect, or for dial and rial also paper (the text of Foerster et al. 2016) and
    authors (their code)."""
    out: Path | None = None
    """The run's folder, new or empty; runs/RECIPE-GAME-nN[-silent]-seedS if not given."""
    seeds: str | None = None
    """Several seeds, as 0-4 or 0,3,7: one run each under the folder, and an aggregate with spread."""
    workers: int = 1
    """How many of several seeds are trained at the same time."""
    start: Path | None = None
    """A trained team to go on from: a run's folder, or one of `save_team`, such as what an operator made."""
    operators: bool = False
    """Then apply all six operators to what was trained, as `interlect operators` does."""

    def run(self) -> None:
        """Train, with a progress bar."""
        start = team_in(self.start) if self.start else None
        if self.operators:
            commands.check_operators(self.settings, start, newcomers=self.seeds is not None)
        with catch_signals(process_ends=True):
            if self.seeds is None:
                out = commands.train_one(self.settings, self.out, start)
            else:
                out = commands.train_several(self.settings, parse_seeds(self.seeds), self.out, self.workers, start)
        if self.operators:
            commands.show_operators([out], out, None, None, self.workers)


R = TypeVar("R", bound=TrainRecipe[Any])


@dataclass(frozen=True)
class Train(Generic[R]):
    """Train a team: interlect train RECIPE GAME. Each recipe has settings of its own; see its --help."""

    recipe: tyro.conf.OmitSubcommandPrefixes[R]

    def run(self) -> None:
        """Train it."""
        self.recipe.run()


@dataclass(frozen=True)
class Resume:
    """Go on with a run, or with the runs of several seeds, bit for bit as if they had never stopped."""

    path: tyro.conf.Positional[Path]
    """The folder of the run, or of the runs: the --out of `interlect train`."""
    workers: int = 1
    """How many of several seeds are trained at the same time."""

    def run(self) -> None:
        """Go on, with a progress bar."""
        with catch_signals(process_ends=True):
            commands.resume(self.path, self.workers)


@dataclass(frozen=True)
class Evaluate:
    """What a trained team is worth, also with its channel silenced, constant or shuffled."""

    path: tyro.conf.Positional[Path]
    """The run's folder."""
    channel: str = "normal"
    """What is done to messages: normal, silent, constant or shuffled."""

    def run(self) -> None:
        """Evaluate, and print it."""
        commands.show_evaluation(self.path, self.channel)


@dataclass(frozen=True)
class Operators:
    """All six operators on what was trained, beside their controls: operators.json, and a page, operators.html."""

    path: tyro.conf.Positional[Path]
    """A run's folder, or that of several seeds."""
    beside: Path | None = None
    """Another folder of the same kind, to be shown side by side: private beside public chains."""
    other: Path | None = None
    """For a single relay run: a run of another seed, from which a new agent comes. Several seeds take the next one."""
    updates: int | None = None
    """Of each re-learning of interfaces; fewer are faster. What is distilled takes as long as ever."""
    workers: int = 1
    """How many runs are worked on at the same time."""
    out: Path | None = None
    """Where the two files go; the run's folder if not given."""

    def run(self) -> None:
        """Apply, measure, print and write."""
        paths = [self.path] if self.beside is None else [self.path, self.beside]
        commands.show_operators(paths, self.out or self.path, self.other, self.updates, self.workers)


@dataclass(frozen=True)
class Study:
    """The learned protocol: tables, decision trees, what each symbol means, and report.html."""

    path: tyro.conf.Positional[Path]
    """The run's folder."""

    def run(self) -> None:
        """Study, print it, and write the report."""
        commands.show_study(self.path)


@dataclass(frozen=True)
class Credit:
    """Every carrier of a game with every way for credit to come back: credit.json, and a heat map, credit.svg.

    The same command goes on with what was stopped.
    """

    game: tyro.conf.Positional[str]
    """Which: switch_riddle_v0 or relay_v0."""
    seeds: str = "0-4"
    """Seeds of each pair, as 0-4 or 0,3,7."""
    updates: int | None = None
    """Of each run; the recipe's own number if not given."""
    workers: int = 1
    """How many seeds of a pair are trained at the same time."""
    out: Path | None = None
    """The folder of all runs and of the two files; runs/credit-GAME if not given."""

    def run(self) -> None:
        """Train, print and write."""
        with catch_signals(process_ends=True):
            out = self.out or Path("runs") / f"credit-{self.game}"
            commands.show_credit(self.game, parse_seeds(self.seeds), out, self.updates, self.workers)


Command: TypeAlias = List | Train[Any] | Resume | Evaluate | Study | Operators | Credit


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; errors a user can mend are printed as one line, without a traceback."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments == ["--version"]:
        commands.say(f"interlect {version('interlect')}")
        return 0
    try:
        _parse(arguments).run()
    except Stopped as stopped:
        commands.say(str(stopped))
        return 128 + stopped.number
    except KeyboardInterrupt:
        commands.say("Stopped; nothing was being written.")
        return 128 + signal.SIGINT
    except (ValueError, OSError, Diverged) as error:
        commands.complain(error)
        return 1
    return 0


def _parse(arguments: Sequence[str]) -> Command:
    """The command that was asked for.

    Raises:
        Refused: for settings that cannot be; tyro would print it as an error of its own insides.
        SystemExit: after --help, or what is no command.
    """

    def parse() -> Command:
        about = "Train agents that talk over learned channels, and read what they say."
        command: Command = tyro.cli(_commands(arguments), args=arguments, prog="interlect", description=about)
        return command

    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            return parse()
    except SystemExit as leaving:
        cause: BaseException | None = leaving
        while cause and not isinstance(cause, Refused):
            cause = cause.__context__
        if cause:
            raise cause from None
        return parse()  # once more, for all to see


def train_recipe(recipe: str) -> int:
    """The command line of one recipe's own script."""
    return main(["train", recipe, *sys.argv[1:]])


def _commands(arguments: Sequence[str]) -> Any:
    """All commands; ``train`` has one a recipe, whose defaults are those of the preset that the arguments name."""
    words = [word for argument in arguments for word in argument.split("=", 1)]
    source = words[words.index("--preset") + 1] if "--preset" in words[:-1] else "interlect"
    if {"--seed", "--seeds"} <= set(words):
        raise bad("One of --seed and --seeds says which seeds are trained", "both", "Leave out --seed.")
    if words[:1] == ["train"] and len(words) > 1 and not words[1].startswith("-"):
        check_preset(source, recipe(words[1]))
    each: Any = reduce(or_, [_train(kind, source) for kind in recipes().values()])
    return (
        Annotated[List, tyro.conf.subcommand("list")]
        | Annotated[Train[each], tyro.conf.subcommand("train", description=Train.__doc__)]
        | Annotated[Resume, tyro.conf.subcommand("resume")]
        | Annotated[Evaluate, tyro.conf.subcommand("evaluate")]
        | Annotated[Study, tyro.conf.subcommand("study")]
        | Annotated[Operators, tyro.conf.subcommand("operators")]
        | Annotated[Credit, tyro.conf.subcommand("credit")]
    )


def _train(kind: type[Settings], source: str) -> Any:
    words: dict[str, Any] = {"name": kind.recipe, "description": kind.about}
    if source in kind.presets and source != "interlect":
        values = preset(source, kind, "")
        object.__setattr__(values, "game", tyro.MISSING)  # no value of the field's type: it must be given
        words["default"] = TrainRecipe(values, source)
    about = tyro.conf.subcommand(**words)
    return Annotated[TrainRecipe[kind], about]  # type: ignore[valid-type]
