"""Scorecards of the runs in several folders and of several seeds, made in several processes."""

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import torch

from ...protocols.common.checks import check_integer
from ...protocols.common.disk_errors import disk_errors
from ...protocols.common.errors import InvalidArgument, argument, invalid
from ...protocols.common.files import read_json
from ...protocols.common.limits import MAX_WORKERS
from ...protocols.common.schemas import check_json
from ..run_folders.contents import ScorecardSide
from ..run_folders.existing import holds_runs
from ..run_folders.paths import path_of
from ..run_folders.remedies import another_folder, is_several
from ..run_folders.run_folder import RunFolder
from ..runs.seeds import runs_of
from ..runs.workers import Report, dead_workers, run_tasks
from .page import write_page
from .rows import Row, write_scorecard
from .supported_runs import check_scorecard, evaluation_of, relearning_budget, run_scorecard

SCORECARD, PAGE = "operators.json", "operators.html"
NEW_AGENTS = ("relay_v0", "forgery_v0")
"""Games whose scorecards have rows for which an agent, or a part of it, is taken from another team."""


def scorecard_rows(path: Path, new_agent_from: Path | None, updates: int | None) -> list[Row]:
    """The rows of one run's newest checkpoint.

    Args:
        path: the run's folder.
        new_agent_from: a run of the same kind and another seed, from which a new agent is taken.
        updates: number of updates per re-learning; None for the scorecard's default.

    Raises:
        ValueError: if the folder holds no run.
    """
    folder = RunFolder.open(path)
    settings, other_team = folder.settings(), RunFolder.open(new_agent_from).team() if new_agent_from else None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        return run_scorecard(settings, folder.team(), other_team, updates).rows()


def make_scorecards(
    paths: Sequence[Path],
    out: Path,
    new_agent_from: Path | None = None,
    updates: int | None = None,
    workers: int = 1,
    callback: Callable[[Path], object] | None = None,
) -> dict[str, Any]:
    """Make the scorecards of folders, and write ``operators.json`` and ``operators.html``, which compare them.

    Args:
        paths: folders of single runs or of several seeds; with several seeds, a new agent is taken from the team of
            the next seed.
        out: folder for the two files.
        new_agent_from: for a single run, the run from which a new agent is taken.
        updates: number of updates per re-learning; None for the scorecard's default.
        workers: number of processes.
        callback: called with the path of each finished run.

    Returns:
        The content of operators.json.

    Raises:
        ValueError: if a folder holds no run, the scorecards have different rows, or ``out`` holds other files of these
            names.
        DiskError: if a file cannot be written.
    """
    if len({path.resolve() for path in paths}) < len(paths):
        raise invalid("Compared folders must be different", [str(p) for p in paths], "Pass each folder once.")
    paths, out = [path_of(path) for path in paths], path_of(out)
    if updates is not None:
        check_integer("updates", updates, 0)
    several = [str(path) for path in paths if is_several(path)]
    if new_agent_from and several:
        remedy = "Remove it, so that a new agent is taken from the next seed's team, or pass the folder of one run."
        raise invalid(
            f"{argument('new_agent_from')} needs a single run", f"several seeds in {', '.join(several)}", remedy
        )
    runs = {path: _runs(path, new_agent_from) for path in paths}
    _check_comparable([pair for pairs in runs.values() for pair in pairs.values()])
    _check_replaceable(out)
    again = "use the same `interlect operators` again"
    with disk_errors(out, lambda: ("All runs are unchanged.", another_folder(), again)):
        try:
            out.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            remedy = f"Choose another folder: {error.strerror}."
            raise invalid("Scorecards need a folder that can be created", str(out), remedy) from error
        with dead_workers(again.capitalize()):
            return _make_scorecards(paths, runs, out, updates, workers, callback)


def _make_scorecards(
    paths: Sequence[Path],
    runs: dict[Path, dict[int, tuple[Path, Path | None]]],
    out: Path,
    updates: int | None,
    workers: int,
    callback: Callable[[Path], object] | None,
) -> dict[str, Any]:
    names = _names(paths)
    origins = {
        name: {seed: _origin(run, source, updates) for seed, (run, source) in runs[path].items()}
        for name, path in zip(names, paths, strict=True)
    }
    rows_of: dict[Path, dict[int, list[Row]]] = {path: {} for path in paths}
    tasks = {run: (path, seed, source) for path, pairs in runs.items() for seed, (run, source) in pairs.items()}
    todo = {run: (run, source, updates) for run, (_, _, source) in tasks.items()}
    with closing(_rows_by_run(todo, workers)) as finished:
        for run, rows in finished:
            path, seed, _ = tasks[run]
            rows_of[path][seed] = rows
            if callback:
                callback(run)
    sides = {name: dict(sorted(rows_of[path].items())) for name, path in zip(names, paths, strict=True)}
    summary = write_scorecard(out / SCORECARD, sides, origins)
    write_page(out / PAGE, sides, summary)
    return summary


def _origin(run: Path, source: Path | None, updates: int | None) -> dict[str, Any]:
    """The origin of a run's rows: settings, versions, checkpoint and budget of re-learning."""
    config: dict[str, Any] = read_json(run / "config.json")
    checkpoint = int(RunFolder.open(run).checkpoints.latest().name)
    settings = RunFolder.open(run).settings()
    relearning_updates = relearning_budget(settings, updates).updates
    return config | {
        "checkpoint": checkpoint,
        "new_agent_from": str(source) if source else None,
        "relearning_updates": relearning_updates,
        "evaluation": evaluation_of(settings),
    }


def _check_replaceable(out: Path) -> None:
    """Check that the two files, if they exist outside the folder of a run, are those of scorecards."""
    there = [str(out / name) for name in (SCORECARD, PAGE) if os.path.lexists(out / name)]
    if not there or holds_runs(out):
        return
    try:
        check_json(read_json(out / SCORECARD), dict[str, ScorecardSide], SCORECARD, "")
    except InvalidArgument as error:
        rule = f"{argument('out')} must not hold files with the names of scorecards that are not scorecards"
        raise invalid(rule, ", ".join(there), f"{another_folder().capitalize()}, or move them elsewhere.") from error


def _names(paths: Sequence[Path]) -> list[str]:
    """Short names of these paths: as many of their last parts as make all names different."""
    parts = [path.resolve().parts for path in paths]
    depth = 1
    while len({p[-depth:] for p in parts}) < len(parts):
        depth += 1
    return ["/".join(p[-depth:]) for p in parts]


def _check_comparable(runs: Sequence[tuple[Path, Path | None]]) -> None:
    """Check, before the first scorecard is made, that all runs can have scorecards with the same rows."""
    kinds = {}
    for run, source in runs:
        RunFolder.open(run).checkpoints.latest()
        settings = RunFolder.open(run).settings()
        check_scorecard(settings, RunFolder.open(run).team(), new_agents=source is not None)
        if source and source.resolve() == run.resolve():
            raise invalid("A new agent must be taken from another team", str(source), "Pass a run of another seed.")
        new_agent = " and a team for a new agent" if source and settings.game in NEW_AGENTS else ""
        task = getattr(settings, "task", None)
        game = f"{settings.game} {task}" if task else settings.game
        kinds[f"{settings.agents} agents, {game}{new_agent}"] = run
    if len(kinds) > 1:
        received = "; ".join(f"{run}: {kind}" for kind, run in kinds.items())
        remedy = (
            "Pass runs of one game and number of agents: several seeds per folder, or one run with "
            f"{argument('new_agent_from')}."
        )
        raise invalid("Compared runs must be of the same kind", received, remedy)


def _rows_by_run(
    tasks: dict[Path, tuple[Path, Path | None, int | None]], workers: int
) -> Generator[tuple[Path, list[Row]], None, None]:
    """Yield the rows of each run as soon as they are finished, computed in this process or in several processes."""
    check_integer("workers", workers, 1, limit=MAX_WORKERS)
    if workers == 1:
        for run, task in tasks.items():
            yield run, scorecard_rows(*task)
    else:
        yield from run_tasks(_scorecard_rows, tasks, workers)


def _scorecard_rows(report: Report, path: Path, source: Path | None, updates: int | None) -> list[Row]:
    """The rows of one run, in a worker."""
    torch.set_num_threads(1)
    return scorecard_rows(path, source, updates)


def _runs(path: Path, source: Path | None) -> dict[int, tuple[Path, Path | None]]:
    """By seed: a run, and the run from which a new agent is taken."""
    if not is_several(path):
        return {RunFolder.open(path).settings().seed: (path, source)}
    by_seed = runs_of(path)
    runs = list(by_seed.values())
    sources: list[Path | None] = [*runs[1:], runs[0]] if len(runs) > 1 else [source]
    return dict(zip(by_seed, zip(runs, sources, strict=True), strict=True))
