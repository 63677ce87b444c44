"""Several seeds of one experiment: a run each, and an aggregate with spread."""

import math
import multiprocessing
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from ..learners.table import make_learner, settings_from_json
from ...agents import Team, save_team
from ...protocols.common.errors import bad
from ...protocols.common.files import read_object, write_json
from .aggregate import aggregate
from .loop import Run, Stopped, resume, train
from .run_folder import PLAN, START, RunFolder, check_new
from ..learners.settings import Settings
from .interrupts import catch_signals

UpdateCallback = Callable[[int, int, dict[str, Any]], None]
"""Called with a seed, its number of updates and the newest row of its metrics."""

TELLS_EVERY = 0.5
"""Seconds between the news of a worker."""


def parse_seeds(text: str) -> list[int]:
    """Read ``0-4`` or ``0,3,7-9``.

    Raises:
        ValueError: if it is neither, or names a seed twice.
    """
    seeds: list[int] = []
    try:
        for part in text.split(","):
            first, _, last = part.partition("-")
            seeds += range(int(first), int(last or first) + 1)
    except ValueError as error:
        raise bad("Seeds are written 0-4 or 0,3,7", text, "Write them so.") from error
    if not seeds or len(set(seeds)) < len(seeds):
        raise bad("Seeds are named once each, the smaller first", text, "Write them as 0-4 or 0,3,7.")
    return seeds


def train_seeds(
    settings: Settings,
    seeds: Sequence[int],
    out: Path,
    workers: int = 1,
    callback: Callable[[Run], None] | None = None,
    update_callback: UpdateCallback | None = None,
    start: Team | None = None,
) -> dict[str, Any]:
    """Train one run a seed in ``out/seed-S``, and write ``out/aggregate.json``.

    Args:
        settings: of every run, but for the seed.
        seeds: which.
        out: a new or empty folder.
        workers: processes at the same time.
        callback: called as each run ends.
        update_callback: called about twice a second for each run under way.
        start: the team that each run begins from; None for new ones.

    Raises:
        ValueError: if the folder holds something, or workers < 1.
        Stopped: by SIGINT or SIGTERM, after all runs under way have been saved.
        ChildProcessError: if a worker was killed.
    """
    _check(workers)
    check_new(out)
    if start:
        make_learner(settings, start)
    out.mkdir(parents=True, exist_ok=True)
    if start:
        save_team(out / START, start)
    write_json(out / PLAN, {"seeds": list(seeds), "settings": settings.to_json()})
    return resume_seeds(out, workers, callback, update_callback)


def resume_seeds(
    out: Path,
    workers: int = 1,
    callback: Callable[[Run], None] | None = None,
    update_callback: UpdateCallback | None = None,
) -> dict[str, Any]:
    """Go on with the runs of ``train_seeds``: those that ended stay, those under way go on exactly, the others begin.

    Raises:
        ValueError: if the folder holds no such runs, or workers < 1.
        Stopped, ChildProcessError: as ``train_seeds``.
    """
    _check(workers)
    settings, seeds = planned(out)
    folders = {seed: out / f"seed-{seed}" for seed in seeds}
    waiting, working, runs = list(seeds), dict[int, _Worker](), dict[int, Run]()
    with catch_signals() as caught:
        try:
            while (waiting or working) and not caught:
                while waiting and len(working) < workers:
                    seed = waiting.pop(0)
                    working[seed] = _Worker(replace(settings, seed=seed), folders[seed])
                wait([worker.answer for worker in working.values()], timeout=0.2)
                for seed, worker in list(working.items()):
                    for updates, row in worker.news():
                        if update_callback:
                            update_callback(seed, updates, row)
                    if worker.ended:
                        working.pop(seed).join(out)
                        runs[seed] = Run.load(folders[seed])
                        if callback:
                            callback(runs[seed])
        finally:
            for worker in working.values():
                worker.process.terminate()
            for worker in working.values():
                worker.process.join()
    if waiting or working:
        raise Stopped(caught[0], out, any(RunFolder(folder).saved() for folder in folders.values()))
    summary = aggregate([runs[seed].result for seed in seeds])
    write_json(out / "aggregate.json", summary)
    return summary


def planned(out: Path) -> tuple[Settings, list[int]]:
    """The settings and the seeds of a folder of several runs.

    Raises:
        ValueError: if it is no such folder.
    """
    if not (out / PLAN).is_file():
        raise bad(f"A folder of several seeds holds {PLAN}", str(out), "Give the --out of `interlect train --seeds`.")
    plan = read_object(out / PLAN, "settings", "seeds")
    return settings_from_json(plan, out / PLAN), parse_seeds(",".join(map(str, plan["seeds"])))


def runs_of(out: Path) -> dict[int, Path]:
    """The run of each seed, of a folder of several runs.

    Raises:
        ValueError: if it is no such folder, or a run has no checkpoint yet.
    """
    _, seeds = planned(out)
    runs = {seed: out / f"seed-{seed}" for seed in seeds}
    lacking = [run.name for run in runs.values() if not RunFolder(run).has_checkpoint()]
    if lacking:
        received = f"none of {', '.join(lacking)}"
        remedy = f"Train the rest: `interlect resume {out}`."
        raise bad("A folder of several seeds has a run with a checkpoint of each", received, remedy)
    return runs


def _check(workers: int) -> None:
    if workers < 1:
        raise bad("Runs need at least one worker", workers, "Give --workers 1 or more.")


class _Worker:
    """A process of its own for one run: nothing is shared that it could take with it when it is killed."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self.answer, theirs = context.Pipe(duplex=False)
        self.process = context.Process(target=_work, args=(settings, folder, theirs))
        self.process.start()
        theirs.close()
        self.ended, self._error = False, None

    def news(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """What it has said since it was asked last: updates and the newest row of metrics; and whether it ended."""
        while not self.ended and self.answer.poll():
            try:
                said = self.answer.recv()
            except EOFError:
                said = ChildProcessError("A worker died, perhaps for want of memory.")
            if isinstance(said, tuple):
                yield said
            else:
                self.ended, self._error = True, said

    def join(self, out: Path) -> None:
        """Wait for the end, which has been announced.

        Raises:
            Exception: what the run raised.
            ChildProcessError: if the worker died without a word.
        """
        self.process.join()
        if isinstance(self._error, ChildProcessError):
            remedy = f"All checkpoints are kept. Go on with `interlect resume {out}`, perhaps with fewer --workers."
            raise ChildProcessError(f"{self._error} {remedy}")
        if self._error:
            raise self._error


def _work(settings: Settings, folder: Path, answer: Connection) -> None:
    end_with_parent()
    error: Exception | None = None
    told = -math.inf

    def tell(updates: int, row: dict[str, Any]) -> None:
        nonlocal told
        if time.monotonic() - told > TELLS_EVERY:
            told = time.monotonic()
            answer.send((updates, row))

    with catch_signals():
        try:
            if RunFolder(folder).has_checkpoint():
                resume(folder, tell)
            else:
                shutil.rmtree(folder, ignore_errors=True)
                train(settings, folder, tell, RunFolder(folder.parent).start())
        except Exception as raised:
            error = raised
        answer.send(error)


def end_with_parent() -> None:
    """A worker whose parent was killed must not go on writing into a folder that is resumed meanwhile."""
    parent = multiprocessing.parent_process()

    def wait_and_end() -> None:
        if parent:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait_and_end, daemon=True).start()
