"""The functions that the commands run, which print their results."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ...agents import Team
from ...envs.core.evaluation import evaluate
from ...envs.core.players import make_player
from ...envs.core.registry import GAMES, default_agents, game, game_spec
from ...protocols import Channel
from ...protocols.channels.serialization import CARRIERS, LINKS
from ...protocols.common.errors import argument, invalid
from ..experiments.credit.pairs import Pair
from ..learners.settings import Settings
from ..recipes.table import recipes
from ..reports.run_report import study_run
from ..run_folders.existing import Existing
from ..run_folders.paths import path_of
from ..run_folders.remedies import command, is_several
from ..run_folders.run_folder import RunFolder, team_in
from ..runs import loop
from ..runs.checking import check_folder
from ..runs.evaluate import SILENT_NOTE, SPLITS_NOTE, evaluate_team
from ..runs.figures import decimals
from ..runs.seeds import planned, resume_seeds, train_seeds
from .progress import progress, seed_count, seeds_progress
from .terminal import screens

console = Console()
SPLITS = ("return_mean", "normalized_return", "communication_gain", "no_communication", "how")
"""Results that are printed for training and for held-out instances, where a game holds some out."""


def say(text: str) -> None:
    """Print one message verbatim, because folder names can look like markup."""
    console.print(text, soft_wrap=True, markup=False, highlight=False)


def warn(message: Warning | str, *_: object, **__: object) -> None:
    """Print one warning verbatim."""
    console.print(Text.assemble(("Warning: ", "bold yellow"), str(message)), soft_wrap=True)


def complain(error: Exception | str) -> None:
    """Print one error message verbatim."""
    console.print(Text.assemble(("Error: ", "bold red"), str(error)), soft_wrap=True)


def show_list() -> None:
    """Print games, recipes, channels, and which recipe runs on which game."""
    for title, lines in _lists().items():
        table = Table(title=title, title_justify="left", show_header=False, box=None, padding=(0, 2))
        for name, about in lines:
            table.add_row(f"[bold]{name}[/]", about)
        console.print(table)
    console.print(_compatibility())
    say("To see which carriers and links a recipe supports, run: interlect train RECIPE --help")
    say("In Python, every game supports all of them: parallel_env(channel=Channel(carrier, link)).")


def _compatibility() -> Table:
    table = Table("game", "recipes", title="Which recipe runs on which game", title_justify="left", box=None)
    for name in GAMES:
        table.add_row(name, ", ".join(key for key, recipe in recipes().items() if recipe.runs_on(name)))
    return table


def _lists() -> dict[str, list[tuple[str, str]]]:
    channels = [(f"carrier {name}", _first_line(kind)) for name, kind in CARRIERS.items()]
    channels += [(f"link {name}", _first_line(kind)) for name, kind in LINKS.items()]
    channels += [("credit through", "The receiver's gradient reaches the sender.")]
    channels += [("credit synthetic", "The sender learns from a prediction of the receiver's gradient.")]
    channels += [("credit blocked", "No gradient reaches the sender.")]
    return {
        "Games": [(name, entry.about) for name, entry in GAMES.items()],
        "Recipes": [(name, recipe.about) for name, recipe in recipes().items()],
        "Channels": channels,
    }


def start_of(settings: Settings, path: Path) -> Team:
    """The team from which a run continues: that of another run, or one that was saved.

    Raises:
        ValueError: If the folder contains neither, or the agents of the other run were made with other settings, which
            have no effect on a team that exists.
    """
    team = team_in(path)
    if not (path / "team.json").is_file():
        there = RunFolder.open(path).settings()
        names = [name for name in settings.structure if name in there.structure]
        differ = [name for name in names if getattr(settings, name) != getattr(there, name)]
        if differ:
            received, wanted = (
                " ".join(argument(name, getattr(one, name)) for name in differ) for one in (settings, there)
            )
            rule = f"The settings of the network must be those of the run that training starts from, {path}"
            raise invalid(rule, received, f"Pass {wanted}.")
    return team


def train_one(settings: Settings, out: Path | None, start: Team | None = None, existing: Existing = "error") -> Path:
    """Train one run, and print its result.

    Returns:
        The folder of the run.
    """
    with progress(settings, console) as callback:
        run = loop.train(settings, out, callback, start, existing)
    _show_run(run)
    return run.path


def resume(path: Path, workers: int) -> None:
    """Continue one run, or the runs of several seeds, and print the result."""
    if is_several(path_of(path)):
        resume_several(path, workers)
    else:
        if workers != 1:
            raise invalid("--workers needs the folder of several seeds", workers, "Remove --workers.")
        resume_one(path)


def resume_one(path: Path) -> None:
    """Continue one run, and print its result."""
    with progress(RunFolder.open(path).settings(), console) as callback:
        run = loop.resume(path, callback)
    _show_run(run)


def train_several(
    settings: Settings,
    seeds: Sequence[int],
    out: Path | None,
    workers: int,
    start: Team | None = None,
    existing: Existing = "error",
) -> Path:
    """Train one run per seed, and print the aggregate.

    Returns:
        The folder of the runs.
    """
    folder = out or Path("runs") / settings.name
    with seeds_progress(settings, len(seeds), console) as bars:
        summary = train_seeds(settings, seeds, folder, workers, bars.ended, bars.update, start, existing)
    _show_aggregate(summary, folder)
    return folder


def resume_several(path: Path, workers: int) -> None:
    """Continue the runs of several seeds, and print the aggregate."""
    settings, seeds = planned(path)
    with seeds_progress(settings, len(seeds), console) as bars:
        summary = resume_seeds(path, workers, bars.ended, bars.update)
    _show_aggregate(summary, path)


def _show_aggregate(summary: dict[str, Any], folder: Path) -> None:
    splits = {"": summary}
    if summary["training_split"]:
        splits = {", training instances": summary["training_split"], ", held-out instances": summary}
    seeds = seed_count(summary["seeds"])
    for split, found in splits.items():
        measure = "normalized_return" if summary["normalized_return"] else "return_mean"
        for name, spread in (found.get("measures") or {measure: found[measure]}).items():
            mean, median, least, most = (decimals(spread[key]) for key in ("mean", "median", "minimum", "maximum"))
            title = name.replace("_mean", "").replace("_", " ").capitalize()
            say(f"{title}{split}, over {seeds}: mean {mean}, median {median}, from {least} to {most}.")
    say(f"{folder / 'aggregate.json'}")


def show_check(path: Path) -> None:
    """Print whether each part of a folder is complete and undamaged.

    Raises:
        ValueError: If any part is not, after all of them have been printed.
    """
    parts = check_folder(path)
    for part in parts:
        say(f"ok       {part.name}" if part.problem is None else f"damaged  {part.name}: {part.problem}")
    damaged = [part.name for part in parts if part.problem]
    if damaged:
        rule = f"{path} must be complete and undamaged"
        raise invalid(rule, f"damaged or missing: {', '.join(damaged)}", "Put back the files that were there.")


def show_evaluation(path: Path, channel: str) -> None:
    """Evaluate the team of a run, and print the result."""
    folder = RunFolder.open(path)
    folder.check_files()
    settings = folder.settings()
    named = _channel(settings.game, "silent" if settings.silent else channel)
    result = evaluate_team(settings, folder.team(), channel)
    if settings.silent:
        say(SILENT_NOTE)
    _show_result(result | named)


def _channel(name: str, channel: str) -> dict[str, str]:
    """The row that names the intervention on messages; empty for a game without messages.

    Raises:
        ValueError: For an intervention in a game without messages.
    """
    if game_spec(name).has_messages:
        return {"channel": channel}
    if channel != "normal":
        raise invalid(f"{name} has no messages to change", channel, "Remove --channel.")
    return {}


def show_player(name: str, player: str, agents: int, channel: str) -> None:
    """Evaluate a registered player on a game, over a one-bit channel, and print the result."""
    played, seats = game(name), agents or default_agents(name)
    over, named = Channel(), _channel(name, channel)
    made = make_player(player, played, seats, over)
    found = asdict(evaluate(played, seats, made, over, channel, exact=False))
    _show_result({"game": name, "player": player} | named | found)


def check_operators(settings: Settings, start: Team | None, new_agents: bool) -> None:
    """Raise if a run that is about to be trained cannot have a scorecard."""
    from ..scorecard.supported_runs import check_scorecard

    check_scorecard(settings, start, new_agents)


def show_operators(
    paths: Sequence[Path], out: Path, new_agent_from: Path | None, updates: int | None, workers: int
) -> None:
    """Apply all operators to trained teams, print the scorecards, and write operators.json and operators.html."""
    from ..scorecard.rows import table
    from ..scorecard.scorecards import make_scorecards

    with console.status("Applying operators and re-learning interfaces"):
        made = make_scorecards(paths, out, new_agent_from, updates, workers, lambda run: say(f"done: {run}"))
    for side, found in made.items():
        console.print(table(side, found["rows"]))
        say(f"All values: {found['evaluation']}.")
    say(f"{out / 'operators.json'}\n{out / 'operators.html'}")


def show_credit(name: str, seeds: Sequence[int], out: Path, updates: int | None, workers: int) -> None:
    """Train every pair of carrier and credit of a game, print the results, and write credit.json and credit.svg."""
    from ..experiments.credit.study import study_credit, table

    def ended(pair: Pair, seed: int, result: dict[str, Any]) -> None:
        value = decimals(result["normalized_return"])
        say(f"{pair.carrier}, credit {pair.credit}, seed {seed}: normalized return {value}")

    with console.status("Training every pair of carrier and credit"):
        found = study_credit(name, seeds, out, updates, workers, ended)
    console.print(table(found))
    for row in found:
        if "reason" in row:
            say(f"{row['carrier']} does not support {row['credit']} credit: {row['reason']}.")
    say(f"{out / 'credit.json'}\n{out / 'credit.svg'}")


def show_study(path: Path) -> None:
    """Study the protocol of a run with a line of progress, print the results, and write study.json and report.html."""
    with console.status("Loading the team") as status:
        found, page = study_run(path, lambda stage: status.update(stage))
    for screen in screens(found, page):
        console.print(screen)
    say(f"\nThe report: {page}")


def _show_run(run: loop.Run) -> None:
    _show_result(run.result)
    what = "learned protocol" if game_spec(run.settings.game).has_messages else "run"
    say(f"To study the {what}, run: {command('study', run.path)}")


def _show_result(result: dict[str, Any]) -> None:
    table = Table(show_header=False, box=None, padding=(0, 2))
    result = dict(result)
    training = result.pop("training_split", None)
    if result.get("how", "").startswith("exact"):  # which also states the episodes
        result.pop("evaluation_episodes", None)
    measures = result.pop("measures", {})
    for name, value in (result | measures).items():
        if training and name in SPLITS:
            continue
        if value is not None and (name, value) != ("standard_error", 0.0):
            table.add_row(name, Text(_number(value)))
    console.print(table)
    if training:
        splits = Table("", "training instances", "held-out instances", box=None, padding=(0, 2))
        for name in SPLITS:
            if result[name] is not None:
                splits.add_row(name, Text(_number(training[name])), Text(_number(result[name])))
        console.print(splits)
        if result["communication_gain"] is not None:
            say(f"{SPLITS_NOTE}.")


def _number(value: Any) -> str:
    if isinstance(value, dict) and "value" in value:
        return f"{_number(value['value'])} ({value['kind']})"
    return decimals(value) if isinstance(value, float) else str(value)


def _first_line(kind: type) -> str:
    return (kind.__doc__ or "").strip().splitlines()[0].replace("``", "")
