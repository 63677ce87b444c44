"""Several seeds of one experiment: one run per seed, and an aggregate with the spread over seeds."""

import math
import re
import secrets
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from ...agents import Team, load_team, save_team
from ...protocols.common.checks import check_integer, check_one_of
from ...protocols.common.draws import LAST_SEED
from ...protocols.common.errors import invalid
from ...protocols.common.files import check_contents, check_regular, read_typed, write_json
from ...protocols.common.limits import MAX_WORKERS
from ..learners.settings import Settings
from ..recipes.table import check_readable, make_learner, settings_from_json
from ..run_folders.checkpoints import remove_leftovers
from ..run_folders.contents import Plan
from ..run_folders.existing import (
    Existing,
    check_kind,
    check_replaceable,
    check_same_settings,
    check_same_start,
    only_same,
    put_back,
    refused_if_damaged,
    set_aside,
)
from ..run_folders.locking import locked
from ..run_folders.paths import START, check_new, check_there, is_run, new_folder, path_of
from ..run_folders.remedies import PLAN, is_several, resume_command, writing
from ..run_folders.run_folder import RunFolder
from .aggregate import aggregate
from .loop import Stopped, resume, train
from .workers import Interrupted, Report, dead_workers, run_tasks

EndCallback = Callable[[int, dict[str, Any]], object]
"""Called with a seed and the result of its run."""
UpdateCallback = Callable[[int, int, dict[str, Any]], None]
"""Called with a seed, its number of updates and the newest row of its metrics."""

MAX_SEEDS = 10_000
"""Maximum number of seeds of an experiment."""
REPORT_EVERY = 0.5
"""Seconds between reports of a worker."""


def parse_seeds(text: str) -> list[int]:
    """Parse seeds such as ``0-4`` or ``0,3,7-9``.

    Raises:
        ValueError: if the text has another form, or repeats a seed.
    """
    seeds: list[int] = []
    for part in text.split(","):
        ends = re.fullmatch(r"([0-9]{1,20})(?:-([0-9]{1,20}))?", part.strip())
        if ends is None:
            raise invalid("Seeds must have a form such as 0-4 or 0,3,7", text, "Use one of these forms.")
        first, last = int(ends[1]), int(ends[2] or ends[1])
        seeds += range(first, min(last, first + MAX_SEEDS) + 1)
    check_seeds(seeds, text)
    return seeds


def check_seeds(seeds: object, text: str | None = None) -> None:
    """Check seeds, of which ``text`` is the form on the command line.

    Raises:
        ValueError: if they are not different integers from 0 to 2^64 - 1, at least one and at most ``MAX_SEEDS``.
    """
    received = seeds if text is None else text
    if not isinstance(seeds, list | tuple | range):
        raise invalid("Seeds must be a list", received, "Pass a list such as [0, 1, 2].")
    if len(seeds) > MAX_SEEDS:
        raise invalid(f"There must be at most {MAX_SEEDS} seeds", received, "Use fewer seeds.")
    for seed in seeds:
        check_integer("Each seed", seed, 0, LAST_SEED)
    if not seeds or len(set(seeds)) < len(seeds):
        remedy = "Use a form such as 0-4 or 0,3,7."
        raise invalid("Each seed must occur only once, and ranges must ascend", received, remedy)


def train_seeds(
    settings: Settings,
    seeds: Sequence[int],
    out: Path,
    workers: int = 1,
    callback: EndCallback | None = None,
    update_callback: UpdateCallback | None = None,
    start: Team | None = None,
    existing: Existing = "error",
) -> dict[str, Any]:
    """Train one run per seed in ``out/seed-S``, and write ``out/aggregate.json``.

    Args:
        settings: Settings of each run, apart from the seed.
        seeds: The seeds.
        out: A new or empty folder.
        workers: Number of processes that run at the same time.
        callback: Called at the end of each run with its seed and result.
        update_callback: Called about twice per second for each active run.
        start: The team that each run starts from; None for new teams.
        existing: What to do if the folder holds runs: raise an "error", "resume" or "overwrite" them; see ``train``.

    Raises:
        ValueError: if ``existing`` does not permit what the folder holds, or workers < 1.
        Stopped: by SIGINT or SIGTERM, after all active runs have been saved.
        ChildProcessError: if a worker was killed.
    """
    check_integer("workers", workers, 1, limit=MAX_WORKERS)
    check_seeds(seeds)
    out = path_of(out)
    check_one_of("existing", existing, get_args(Existing))
    put_back(out)
    check_kind(out, several=True)
    if is_several(out):
        _check_existing(out, existing, settings, seeds, start)
    else:
        check_new(out)
    if existing == "resume" and is_several(out):
        return resume_seeds(out, workers, callback, update_callback)
    check_readable(settings)
    if start:
        make_learner(settings, start)
    with writing(out), set_aside(out, existing) as remove_old, new_folder(out), locked(out):
        check_new(out)
        if start:
            shutil.rmtree(out / START, ignore_errors=True)
            save_team(out / START, start)
        write_json(out / PLAN, {"seeds": list(seeds), "settings": settings.to_json()})
        remove_old()
    return resume_seeds(out, workers, callback, update_callback)


def resume_seeds(
    out: Path,
    workers: int = 1,
    callback: EndCallback | None = None,
    update_callback: UpdateCallback | None = None,
) -> dict[str, Any]:
    """Continue the runs of ``train_seeds``: finished runs are kept, interrupted ones resume exactly, and others start.

    Of finished runs, only the results are read; they need no process, and no team is loaded.

    Raises:
        ValueError: if the folder does not contain such runs, or workers < 1.
        Stopped, ChildProcessError: as ``train_seeds``.
    """
    put_back(out)
    settings, seeds = planned(out)
    folders = {seed: out / f"seed-{seed}" for seed in seeds}
    results: dict[int, dict[str, Any]] = {}

    def ended(seed: int) -> None:
        results[seed] = RunFolder.open(folders[seed]).result()
        if callback:
            callback(seed, results[seed])

    def reported(seed: int, report: tuple[int, dict[str, Any]]) -> None:
        if update_callback:
            update_callback(seed, *report)

    with writing(out), locked(out):
        remove_leftovers(out)
        for seed in seeds:
            if is_run(folders[seed]) and RunFolder.open(folders[seed]).has_ended(settings.updates):
                ended(seed)
        tasks = {s: (replace(settings, seed=s).to_json(), folders[s]) for s in seeds if s not in results}
        again = f"All checkpoints are kept. Continue with `{resume_command(out)}`"
        try:
            with dead_workers(again), closing(run_tasks(_train, tasks, workers, reported, saves=True)) as trained:
                for seed, _ in trained:
                    ended(seed)
        except (Interrupted, Stopped) as stop:
            raise Stopped(stop.number, out, any(map(is_run, folders.values()))) from None
        summary = aggregate([results[seed] for seed in seeds])
        write_json(out / "aggregate.json", summary)
        return summary


def _check_existing(
    out: Path, existing: Existing, settings: Settings, seeds: Sequence[int], start: Team | None
) -> None:
    """Check that the runs of a folder are those of this experiment, so that they can be resumed or overwritten."""
    with refused_if_damaged(out, existing):
        known, known_seeds = planned(out)
        began = load_team(out / START) if (out / START).is_dir() else None
    check_same_settings(out, replace(known, seed=settings.seed), settings)
    if known_seeds != list(seeds):
        raise only_same(out, "seeds", f"{list(seeds)} instead of {known_seeds}")
    check_same_start(out, began, start)
    if existing == "error":
        check_new(out)
    if existing == "overwrite":
        check_replaceable(out)


def planned(out: Path) -> tuple[Settings, list[int]]:
    """The settings and the seeds of a folder of several runs.

    Raises:
        ValueError: if the folder is not one of several seeds, or contains a link or another special file.
    """
    check_there(path_of(out))
    if not is_several(path_of(out)):
        raise invalid(
            f"A folder of several seeds must contain {PLAN}", str(out), "Pass the --out of `interlect train --seeds`."
        )
    check_regular(path_of(out) / PLAN)
    check_contents(path_of(out))
    plan = read_typed(out / PLAN, Plan)
    check_seeds(plan["seeds"])
    return settings_from_json(plan, out / PLAN), plan["seeds"]


def runs_of(out: Path) -> dict[int, Path]:
    """The folder of each seed's run.

    Raises:
        ValueError: if the folder is not one of several seeds, or a run has no checkpoint yet.
    """
    _, seeds = planned(out)
    runs = {seed: out / f"seed-{seed}" for seed in seeds}
    lacking = [run.name for run in runs.values() if not is_run(run)]
    if lacking:
        received = f"no checkpoint of {', '.join(lacking)}"
        remedy = f"Train the remaining seeds with `{resume_command(out)}`."
        raise invalid("Each seed of the folder must have a run with a checkpoint", received, remedy)
    return runs


def _train(report: Report, settings: dict[str, Any], folder: Path) -> None:
    """Train or resume the run of one seed, in a worker."""
    last_report = -math.inf

    def callback(updates: int, row: dict[str, Any]) -> None:
        nonlocal last_report
        if time.monotonic() - last_report > REPORT_EVERY:
            last_report = time.monotonic()
            report((updates, row))

    if is_run(folder):
        resume(folder, callback)
    else:
        if folder.is_dir() and (folder / "config.json").exists():  # its checkpoints are gone; the rest is kept aside
            folder.rename(folder.with_name(f"{folder.name}.without-checkpoints-{secrets.token_hex(4)}"))
        start = folder.parent / START
        made = settings_from_json({"settings": settings}, folder)
        train(made, folder, callback, load_team(start) if start.is_dir() else None)
