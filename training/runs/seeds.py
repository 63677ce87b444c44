"""Several seeds of one experiment: one run per seed, and an aggregate with the spread over seeds."""

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

from ...agents import Team, save_team
from ...protocols.common.errors import invalid
from ...protocols.common.files import read_object, write_json
from ...protocols.common.plugins import IMPORTED, import_plugin
from ..learners.settings import Settings
from ..learners.table import check_readable, make_learner, settings_from_json
from .aggregate import aggregate
from .interrupts import catch_signals
from .loop import Run, Stopped, resume, train
from .run_folder import PLAN, START, RunFolder, check_new

UpdateCallback = Callable[[int, int, dict[str, Any]], None]
"""Called with a seed, its number of updates and the newest row of its metrics."""

REPORT_EVERY = 0.5
"""Seconds between reports of a worker."""


def parse_seeds(text: str) -> list[int]:
    """Parse seeds such as ``0-4`` or ``0,3,7-9``.

    Raises:
        ValueError: if the text has another form, or repeats a seed.
    """
    seeds: list[int] = []
    try:
        for part in text.split(","):
            first, _, last = part.partition("-")
            seeds += range(int(first), int(last or first) + 1)
    except ValueError as error:
        raise invalid("Seeds must have a form such as 0-4 or 0,3,7", text, "Use one of these forms.") from error
    if not seeds or len(set(seeds)) < len(seeds):
        raise invalid(
            "Each seed must occur only once, and ranges must ascend", text, "Use a form such as 0-4 or 0,3,7."
        )
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
    """Train one run per seed in ``out/seed-S``, and write ``out/aggregate.json``.

    Args:
        settings: Settings of each run, apart from the seed.
        seeds: The seeds.
        out: A new or empty folder.
        workers: Number of processes that run at the same time.
        callback: Called at the end of each run.
        update_callback: Called about twice per second for each active run.
        start: The team that each run starts from; None for new teams.

    Raises:
        ValueError: if the folder is not empty, or workers < 1.
        Stopped: by SIGINT or SIGTERM, after all active runs have been saved.
        ChildProcessError: if a worker was killed.
    """
    _check(workers)
    check_new(out)
    check_readable(settings)
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
    """Continue the runs of ``train_seeds``: finished runs are kept, interrupted ones resume exactly, and others start.

    Raises:
        ValueError: if the folder does not contain such runs, or workers < 1.
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
                    for updates, row in worker.reports():
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
        ValueError: if the folder is not one of several seeds.
    """
    if not (out / PLAN).is_file():
        raise invalid(
            f"A folder of several seeds must contain {PLAN}", str(out), "Pass the --out of `interlect train --seeds`."
        )
    plan = read_object(out / PLAN, "settings", "seeds")
    return settings_from_json(plan, out / PLAN), parse_seeds(",".join(map(str, plan["seeds"])))


def runs_of(out: Path) -> dict[int, Path]:
    """The folder of each seed's run.

    Raises:
        ValueError: if the folder is not one of several seeds, or a run has no checkpoint yet.
    """
    _, seeds = planned(out)
    runs = {seed: out / f"seed-{seed}" for seed in seeds}
    lacking = [run.name for run in runs.values() if not RunFolder(run).has_checkpoint()]
    if lacking:
        received = f"no checkpoint of {', '.join(lacking)}"
        remedy = f"Train the remaining seeds with `interlect resume {out}`."
        raise invalid("Each seed of the folder must have a run with a checkpoint", received, remedy)
    return runs


def _check(workers: int) -> None:
    if workers < 1:
        raise invalid("The number of workers must be 1 or more", workers, "Pass --workers 1 or more.")


class _Worker:
    """One process for one run. It shares no lock with other workers, so that killing it cannot block them."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self.answer, theirs = context.Pipe(duplex=False)
        work = settings.to_json(), list(IMPORTED), folder, theirs
        self.process = context.Process(target=_work, args=work)
        self.process.start()
        theirs.close()
        self.ended, self._error = False, None

    def reports(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Reports since the last call: updates and the newest row of metrics. Sets ``ended`` when the run has ended."""
        while not self.ended and self.answer.poll():
            try:
                report = self.answer.recv()
            except EOFError:
                reason = 'Either memory ran out, or the script lacks `if __name__ == "__main__":`.'
                report = ChildProcessError(f"A worker process died. {reason}")
            if isinstance(report, tuple):
                yield report
            else:
                self.ended, self._error = True, report

    def join(self, out: Path) -> None:
        """Join the process after its end.

        Raises:
            Exception: The exception of the run.
            ChildProcessError: if the worker died without raising one.
        """
        self.process.join()
        if isinstance(self._error, ChildProcessError):
            remedy = f"All checkpoints are kept. Continue with `interlect resume {out}`, perhaps with fewer --workers."
            raise ChildProcessError(f"{self._error} {remedy}")
        if self._error:
            raise self._error


def _work(settings: dict[str, Any], plugins: Sequence[str], folder: Path, answer: Connection) -> None:
    end_with_parent()
    error: Exception | None = None
    last_report = -math.inf

    def report(updates: int, row: dict[str, Any]) -> None:
        nonlocal last_report
        if time.monotonic() - last_report > REPORT_EVERY:
            last_report = time.monotonic()
            answer.send((updates, row))

    with catch_signals():
        try:
            for plugin in plugins:
                import_plugin(plugin)
            if RunFolder(folder).has_checkpoint():
                resume(folder, report)
            else:
                if not any((folder / "checkpoints").glob("*.damaged")):
                    shutil.rmtree(folder, ignore_errors=True)  # nothing was learned
                made = settings_from_json({"settings": settings}, folder)
                train(made, folder, report, RunFolder(folder.parent).start())
        except Exception as raised:
            error = raised
        answer.send(error)


def end_with_parent() -> None:
    """End this worker when its parent ends, so that it does not write to a folder that has been resumed since."""
    parent = multiprocessing.parent_process()

    def wait_and_end() -> None:
        if parent:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait_and_end, daemon=True).start()
