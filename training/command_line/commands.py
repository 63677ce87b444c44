"""What each command does: run it, and show it to a person."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ...agents import Team
from ...envs.core.registry import GAMES
from ...protocols.channels.serialization import CARRIERS, LINKS
from ..experiments.credit.pairs import Pair
from ..learners.settings import Settings
from ..learners.table import recipes
from ..reports.compositionality import renderables
from ..reports.run_report import study_run
from ..runs import loop
from ..runs.evaluate import DEAF, evaluate_team
from ..runs.figures import decimals
from ..runs.run_folder import PLAN, RunFolder
from ..runs.seeds import planned, resume_seeds, train_seeds
from .progress import progress, seeds_progress

console = Console()


def say(text: str) -> None:
    """Print one message, as it is: what users call their folders is no markup."""
    console.print(text, soft_wrap=True, markup=False, highlight=False)


def complain(error: Exception) -> None:
    """Print one error, as it is."""
    console.print(Text.assemble(("Error: ", "bold red"), str(error)), soft_wrap=True)


def show_list() -> None:
    """Print games, recipes, channels, and which recipe runs on which game."""
    for title, lines in _lists().items():
        table = Table(title=title, title_justify="left", show_header=False, box=None, padding=(0, 2))
        for name, about in lines:
            table.add_row(f"[bold]{name}[/]", about)
        console.print(table)
    console.print(_who_learns_what())
    say("Carriers and links that a recipe takes are in: interlect train RECIPE --help")
    say("From Python every game takes all of them: parallel_env(channel=Channel(carrier, link)).")


def _who_learns_what() -> Table:
    table = Table("", *recipes(), title="Which recipe runs on which game", title_justify="left", box=None)
    for game in GAMES:
        table.add_row(game, *("yes" if game in recipe.games else "-" for recipe in recipes().values()))
    return table


def _lists() -> dict[str, list[tuple[str, str]]]:
    channels = [(f"carrier {name}", _first_line(kind)) for name, kind in CARRIERS.items()]
    channels += [(f"link {name}", _first_line(kind)) for name, kind in LINKS.items()]
    channels += [("credit through", "the receiver's gradient reaches the sender")]
    channels += [("credit synthetic", "the sender learns from a prediction of the receiver's gradient")]
    channels += [("credit blocked", "no gradient comes back")]
    return {
        "Games": [(name, game.about) for name, game in GAMES.items()],
        "Recipes": [(name, recipe.about) for name, recipe in recipes().items()],
        "Channels": channels,
    }


def train_one(settings: Settings, out: Path | None, start: Team | None = None) -> Path:
    """Train one run, and show its result; its folder."""
    with progress(settings, console) as callback:
        run = loop.train(settings, out, callback, start)
    _show_run(run)
    return run.path


def resume(path: Path, workers: int) -> None:
    """Go on with one run, or with the runs of several seeds, and show what came of it."""
    if (path / PLAN).is_file():
        resume_several(path, workers)
    else:
        resume_one(path)


def resume_one(path: Path) -> None:
    """Go on with one run, and show its result."""
    with progress(RunFolder.open(path).settings(), console) as callback:
        run = loop.resume(path, callback)
    _show_run(run)


def train_several(
    settings: Settings, seeds: Sequence[int], out: Path | None, workers: int, start: Team | None = None
) -> Path:
    """Train one run a seed, and show the aggregate; their folder."""
    folder = out or Path("runs") / settings.name
    with seeds_progress(settings, len(seeds), console) as bars:
        summary = train_seeds(settings, seeds, folder, workers, bars.ended, bars.update, start)
    _show_aggregate(summary, folder)
    return folder


def resume_several(path: Path, workers: int) -> None:
    """Go on with the runs of several seeds, and show the aggregate."""
    settings, seeds = planned(path)
    with seeds_progress(settings, len(seeds), console) as bars:
        summary = resume_seeds(path, workers, bars.ended, bars.update)
    _show_aggregate(summary, path)


def _show_aggregate(summary: dict[str, Any], folder: Path) -> None:
    name, found = (
        ("Score", summary["normalized_return"]) if summary["normalized_return"] else ("Return", summary["return_mean"])
    )
    mean, median, least, most = (decimals(found[key]) for key in ("mean", "median", "minimum", "maximum"))
    say(f"{name} over {summary['seeds']} seeds: mean {mean}, median {median}, from {least} to {most}.")
    say(f"{folder / 'aggregate.json'}")


def show_evaluation(path: Path, channel: str) -> None:
    """Evaluate a run's team, and show it."""
    folder = RunFolder.open(path)
    settings = folder.settings()
    result = evaluate_team(settings, folder.team(), channel)
    if settings.silent:
        say(DEAF)
    _show_result(result | {"channel": "silent" if settings.silent else channel})


def check_operators(settings: Settings, start: Team | None, newcomers: bool) -> None:
    """That there will be a scorecard of a run, before it is trained."""
    from ..scorecard.supported_runs import check_scorecard

    check_scorecard(settings, start, newcomers)


def show_operators(paths: Sequence[Path], out: Path, other: Path | None, updates: int | None, workers: int) -> None:
    """Apply all operators to what was trained, show the scorecards, and write operators.json and operators.html."""
    from ..scorecard.make import make_scorecards
    from ..scorecard.rows import table

    with console.status("Applying operators, and learning interfaces again"):
        said = make_scorecards(paths, out, other, updates, workers, lambda run: say(f"done: {run}"))
    for side, found in said.items():
        console.print(table(side, found["rows"]))
    say(f"{out / 'operators.json'}\n{out / 'operators.html'}")


def show_credit(game: str, seeds: Sequence[int], out: Path, updates: int | None, workers: int) -> None:
    """Train every pair of carrier and credit of a game, show what came of it, and write credit.json and credit.svg."""
    from ..experiments.credit.study import study_credit, table

    def ended(pair: Pair, run: loop.Run) -> None:
        say(f"{pair.carrier}, credit {pair.credit}, seed {run.settings.seed}: normalized return {decimals(run.result['normalized_return'])}")

    with console.status("Training every pair of carrier and credit"):
        found = study_credit(game, seeds, out, updates, workers, ended)
    console.print(table(found))
    for row in found:
        if "why" in row:
            say(f"{row['carrier']} has no credit {row['credit']}: {row['why']}.")
    say(f"{out / 'credit.json'}\n{out / 'credit.svg'}")


def show_study(path: Path) -> None:
    """Study a run's protocol, show it, and write study.json and report.html."""
    found, page = study_run(path)
    if found.study is None:
        say("These messages are real numbers, not symbols, so there is no table of meanings.")
    else:
        console.print(found.study.renderables())
    if "compositionality" in found.measured.values:
        console.print(renderables(found.measured.values["compositionality"]))
    console.print(found.measured.table())
    say(f"\nThe report: {page}")


def _show_run(run: loop.Run) -> None:
    _show_result(run.result)
    say(f"Read what it says with: interlect study {run.path}")


def _show_result(result: dict[str, Any]) -> None:
    table = Table(show_header=False, box=None, padding=(0, 2))
    for name, value in result.items():
        if value is not None and (name, value) != ("standard_error", 0.0):
            table.add_row(name, Text(_number(value)))
    console.print(table)


def _number(value: Any) -> str:
    if isinstance(value, dict) and "value" in value:
        return f"{_number(value['value'])} ({value['kind']})"
    return decimals(value) if isinstance(value, float) else str(value)


def _first_line(kind: type) -> str:
    return (kind.__doc__ or "").strip().splitlines()[0].replace("``", "")
