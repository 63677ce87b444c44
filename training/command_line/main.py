"""The command line, with the commands list, train, resume, check, evaluate, study, operators and credit."""

import signal
import sys
import warnings
from collections.abc import Collection, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import reduce
from importlib.metadata import version
from io import StringIO
from operator import or_
from pathlib import Path
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

import tyro

from ...envs.core import registry
from ...protocols.common.errors import InvalidArgument, invalid, naming_flags
from ...protocols.common.plugins import import_plugin
from ..learners.settings import Settings
from ..recipes.game_defaults import defaults
from ..recipes.table import recipe, recipes
from ..run_folders.checkpoints import DamagedCheckpointWarning
from ..run_folders.existing import Existing
from ..run_folders.run_folder import team_in
from ..runs.interrupts import catch_signals
from ..runs.loop import Diverged, Stopped
from ..runs.seeds import parse_seeds
from ..runs.workers import Interrupted
from . import commands
from .usage import one_line

ABOUT = """Train agents that communicate over learned channels, and study the protocols that they learn.

To use your own registered games, recipes, carriers and so on, add --import MODULE to any command, where MODULE is a
module or the path of a .py file."""


@dataclass(frozen=True)
class List:
    """List games, recipes and channels, and which recipe runs on which game."""

    def run(self) -> None:
        """Print the list."""
        commands.show_list()


S = TypeVar("S", bound=Settings)


@dataclass(frozen=True)
class TrainRecipe(Generic[S]):
    """Train a team for a fixed number of updates, and evaluate its last checkpoint."""

    settings: Annotated[tyro.conf.OmitArgPrefixes[S], tyro.conf.arg(name="training", prefix_name=False)]
    out: Path | None = None
    """New or empty folder for the run. The default is runs/RECIPE-GAME-nN[-silent]-seedS."""
    seeds: str | None = None
    """Seeds such as 0-4 or 0,3,7: trains one run per seed, each in a subfolder, and aggregates the results."""
    workers: int = 1
    """Number of seeds trained at the same time."""
    start: Path | None = None
    """Team from which training continues: the folder of a run, or a folder written by `save_team`."""
    existing: Existing = "error"
    """What to do if the folder holds a run: raise an error, resume it, or overwrite it. Only a run with the same
    settings is resumed or overwritten."""
    operators: bool = False
    """After training, apply all six operators to the team, as `interlect operators` does."""

    def run(self) -> None:
        """Train, with a progress bar."""
        start = team_in(self.start) if self.start else None
        if self.operators:
            commands.check_operators(self.settings, start, new_agents=self.seeds is not None)
        with catch_signals(process_ends=True):
            if self.seeds is None:
                out = commands.train_one(self.settings, self.out, start, self.existing)
            else:
                seeds = parse_seeds(self.seeds)
                out = commands.train_several(self.settings, seeds, self.out, self.workers, start, self.existing)
        if self.operators:
            commands.show_operators([out], out, None, None, self.workers)


@dataclass(frozen=True)
class TrainPreset(TrainRecipe[S]):
    """Train a team with the settings of a recipe that has presets."""

    preset: str = "interlect"
    """Source of the defaults: interlect (tuned per game), paper (Foerster et al. 2016) or authors (their code)."""


R = TypeVar("R", bound=TrainRecipe[Any])


@dataclass(frozen=True)
class Train(Generic[R]):
    """Train a team: interlect train RECIPE GAME. For the settings of a recipe, run interlect train RECIPE --help."""

    recipe: Annotated[tyro.conf.OmitSubcommandPrefixes[R], tyro.conf.arg(name="run")]

    def run(self) -> None:
        """Train."""
        self.recipe.run()


@dataclass(frozen=True)
class Resume:
    """Continue a run, or the runs of several seeds, bit for bit as if they had never been stopped."""

    path: tyro.conf.Positional[Path]
    """Folder of the run or runs, which is the --out of `interlect train`."""
    workers: int = 1
    """Number of seeds trained at the same time."""

    def run(self) -> None:
        """Continue, with a progress bar."""
        with catch_signals(process_ends=True):
            commands.resume(self.path, self.workers)


@dataclass(frozen=True)
class Evaluate:
    """Evaluate a trained team with intact, silent, constant or shuffled messages, or evaluate a player on a game."""

    path: tyro.conf.Positional[Path]
    """Folder of the run, or, with --player, the name of a game."""
    channel: str = "normal"
    """Intervention on messages: normal, silent, constant or shuffled."""
    player: str | None = None
    """Name of a registered player to evaluate on the game."""
    agents: int = 0
    """Number of agents for --player. 0 selects the default of the game."""

    def run(self) -> None:
        """Evaluate, and print the result."""
        if self.player is None:
            commands.show_evaluation(self.path, self.channel)
        else:
            commands.show_player(str(self.path), self.player, self.agents, self.channel)


@dataclass(frozen=True)
class Check:
    """Check that the folder of a run, of several seeds, of a team or of an agent is complete and undamaged."""

    path: tyro.conf.Positional[Path]
    """Folder to check. Nothing in it is changed."""

    def run(self) -> None:
        """Check, and print each part; the exit status is 1 if any part is missing or damaged."""
        commands.show_check(self.path)


@dataclass(frozen=True)
class Operators:
    """Apply all six operators to a trained team and its controls, and write operators.json and operators.html."""

    path: tyro.conf.Positional[Path]
    """Folder of a run, or of the runs of several seeds."""
    compare_with: Path | None = None
    """Another folder of the same kind to show side by side, such as one with private instead of public chains."""
    new_agent_from: Path | None = None
    """For a single relay run, a run of another seed that provides the new agent. Several seeds use the next seed."""
    updates: int | None = None
    """Number of updates for re-learning interfaces. The default depends on the game. Distillation is not affected."""
    workers: int = 1
    """Number of runs processed at the same time."""
    out: Path | None = None
    """Folder for the two files. The default is the folder of the run."""

    def run(self) -> None:
        """Apply, measure, print and write."""
        paths = [self.path] if self.compare_with is None else [self.path, self.compare_with]
        commands.show_operators(paths, self.out or self.path, self.new_agent_from, self.updates, self.workers)


@dataclass(frozen=True)
class Study:
    """Study the learned protocol (tables, decision trees, the meaning of each symbol), and write report.html."""

    path: tyro.conf.Positional[Path]
    """Folder of the run."""

    def run(self) -> None:
        """Study, print, and write the report."""
        commands.show_study(self.path)


@dataclass(frozen=True)
class Credit:
    """Train teams with every carrier and every kind of credit, and write credit.json and a heat map, credit.svg."""

    game: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="GAME")]
    """Name of the game: switch_riddle_v0 or relay_v0."""
    seeds: str = "0-4"
    """Seeds of each pair of carrier and credit, such as 0-4 or 0,3,7."""
    updates: int | None = None
    """Number of updates of each run. The default is that of the recipe."""
    workers: int = 1
    """Number of seeds of a pair that are trained at the same time."""
    out: Path | None = None
    """Folder for all runs and the two files. The default is runs/credit-GAME. An interrupted study in it is
    continued."""

    def run(self) -> None:
        """Train, print and write."""
        with catch_signals(process_ends=True):
            out = self.out or Path("runs") / f"credit-{self.game}"
            commands.show_credit(self.game, parse_seeds(self.seeds), out, self.updates, self.workers)


Command: TypeAlias = List | Train[Any] | Resume | Check | Evaluate | Study | Operators | Credit
COMMANDS: dict[str, Any] = {
    "list": List,
    "train": Train,
    "resume": Resume,
    "check": Check,
    "evaluate": Evaluate,
    "study": Study,
    "operators": Operators,
    "credit": Credit,
}
"""All commands by name."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Errors that a user can correct are printed as one line, without a traceback.

    Returns:
        The exit status: 0 for success, 1 for an error, 128 plus the number of a signal.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments == ["--version"]:
        commands.say(f"interlect {version('interlect')}")
        return 0
    try:
        with naming_flags(), warnings.catch_warnings():
            warnings.showwarning = commands.warn
            warnings.simplefilter("default", DamagedCheckpointWarning)
            _parse(_import_plugins(arguments)).run()
    except Interrupted as stop:
        commands.say(f"Stopped by {signal.Signals(stop.number).name}. Run the same command again to continue.")
        return 128 + stop.number
    except Stopped as stopped:
        commands.say(str(stopped))
        return 128 + stopped.number
    except KeyboardInterrupt:
        commands.say("Stopped. No files were being written.")
        return 128 + signal.SIGINT
    except (ValueError, OSError, Diverged) as error:
        commands.complain(error)
        return 1
    return 0


def _import_plugins(arguments: list[str]) -> list[str]:
    """Import what ``--import`` names.

    Returns:
        The other arguments.

    Raises:
        ValueError: if a module cannot be imported, or none is named.
    """
    others, left = [], list(arguments)
    while left:
        word = left.pop(0)
        if word != "--import" and not word.startswith("--import="):
            others.append(word)
        elif word == "--import" and not left:
            raise InvalidArgument(
                "--import must be followed by a module or the path of a .py file. Pass --import MODULE."
            )
        else:
            import_plugin(word.removeprefix("--import=") if "=" in word else left.pop(0))
    return others


def _parse(arguments: Sequence[str]) -> Command:
    """Parse a command.

    Raises:
        InvalidArgument: for invalid settings, which tyro would otherwise report itself.
        SystemExit: after --help, or after an error message for arguments that are not a command.
    """

    def parse() -> Command:
        command: Command = tyro.cli(_commands(arguments), args=arguments, prog="interlect", description=ABOUT)
        return command

    printed = StringIO()
    try:
        with redirect_stdout(printed), redirect_stderr(printed):
            return parse()
    except SystemExit as leaving:
        cause: BaseException | None = leaving
        while cause and not isinstance(cause, InvalidArgument):
            cause = cause.__context__
        if cause:
            raise cause from None
        if leaving.code:
            commands.complain(one_line(printed.getvalue(), arguments, COMMANDS))
            raise
        return parse()  # the help again, without hiding it


def _commands(arguments: Sequence[str]) -> Any:
    """All commands; ``train`` has one subcommand per recipe, with the defaults of the arguments' preset and game."""
    words = [word for argument in arguments for word in argument.split("=", 1)]
    source = words[words.index("--preset") + 1] if "--preset" in words[:-1] else "interlect"
    if {"--seed", "--seeds"} <= set(words):
        both = (word for flag in ("--seed", "--seeds") for word in words[words.index(flag) :][:2])
        raise invalid("--seed and --seeds cannot be combined", " ".join(both), "Remove --seed.")
    chosen = None
    if words[:1] == ["train"] and len(words) > 1 and not words[1].startswith("-"):
        chosen = recipe(words[1])
    game = next((word for word in words[2:] if registry.is_registered(word)), "")
    passed = {word[2:].replace("-", "_") for word in words if word.startswith("--")}
    each: Any = reduce(
        or_, [_train(kind, source, game if kind is chosen else "", passed) for kind in recipes().values()]
    )
    kinds = COMMANDS | {"train": Train[each]}
    named = [
        Annotated[kind, tyro.conf.subcommand(name, description=COMMANDS[name].__doc__)] for name, kind in kinds.items()
    ]
    return reduce(or_, named)


def _train(kind: type[Settings], source: str, game: str, passed: Collection[str]) -> Any:
    words: dict[str, Any] = {"name": kind.recipe, "description": kind.about}
    command: Any = TrainPreset if len(kind.presets) > 1 else TrainRecipe
    if game or (source != "interlect" and source in kind.presets):
        values = kind(game, **defaults(kind, game, source, passed))
        for name in ("agents", "evaluate_every"):  # depend on other arguments
            object.__setattr__(values, name, getattr(kind, name))
        if not game:
            object.__setattr__(values, "game", tyro.MISSING)  # the game has no default and must be passed
        words["default"] = command(values, **({"preset": source} if command is TrainPreset else {}))
    return Annotated[command[kind], tyro.conf.subcommand(**words)]
