"""The training loop: update, evaluate, log, checkpoint; and exact resumption of a stopped run."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch
from jaxtyping import UInt8

from ...agents import Team
from ...protocols.common.checks import check_one_of
from ...protocols.common.disk_errors import not_of_the_disk
from ...protocols.common.errors import invalid
from ...protocols.common.files import write_json
from ..learners.base import Learner
from ..learners.settings import Settings
from ..recipes.table import make_learner
from ..run_folders.existing import Existing, put_back, resumes, set_aside
from ..run_folders.locking import locked
from ..run_folders.paths import new_folder, path_of
from ..run_folders.remedies import another_folder, resume_command, writing
from ..run_folders.run_folder import SETTINGS_IN_RESULT, RunFolder
from .evaluate import evaluate_on_training_split, evaluate_team, learning_curve_point
from .frames import frames
from .interrupts import Signaled, catch_signals, interruptible

Callback = Callable[[int, dict[str, Any]], None]
"""Called after every update with the number of updates and the newest row of metrics."""


class Stopped(Exception):
    """A signal stopped the run.

    Attributes:
        number: Number of the signal.
        path: Folder of the run.
        saved: Whether a checkpoint was saved.
        resume_command: Command that continues the run; ``interlect resume`` if empty.
    """

    def __init__(self, number: int, path: Path, saved: bool = True, resume_command: str = "") -> None:
        super().__init__(number, path, saved, resume_command)
        self.number, self.path, self.saved, self.resume_command = number, path, saved, resume_command

    def __str__(self) -> str:
        state = "and saved" if self.saved else "before the first update"
        way_on = self.resume_command or resume_command(self.path)
        return f"Stopped by {signal.Signals(self.number).name}, {state}. Continue with: {way_on}"


class Diverged(Exception):
    """Training produced a value that is not finite; the last good checkpoint is kept."""


@dataclass(frozen=True)
class Run:
    """A run that has ended.

    Attributes:
        path: Its folder.
        settings: Its settings.
        team: The trained team, from the last checkpoint.
        metrics: Rows of the learning curve.
        result: Contents of result.json.
    """

    path: Path
    settings: Settings
    team: Team
    metrics: list[dict[str, Any]]
    result: dict[str, Any]

    def frames(self, seed: int = 0) -> list[UInt8[np.ndarray, "height width 3"]]:
        """One image per step of an episode that the team plays; see ``save_gif`` for an animation.

        Args:
            seed: seed of the episode.

        Raises:
            ValueError: if the game has no PettingZoo environments that draw images.
        """
        return frames(self.settings, self.team, seed)

    @staticmethod
    def load(path: Path | str) -> "Run":
        """Read a run that has ended.

        Raises:
            ValueError: if the folder does not contain a run, the run has not ended, or a file that it reads, such as
                its pictures, has changed.
        """
        folder = RunFolder.open(path_of(path))
        folder.check_files()
        team, result = folder.team(), folder.result()
        return Run(folder.path, folder.settings(), team, folder.metrics(result["updates"]), result)


def train(
    settings: Settings,
    out: Path | str | None = None,
    callback: Callback | None = None,
    start: Team | None = None,
    existing: Existing = "error",
) -> Run:
    """Train a team for a fixed number of updates, and evaluate its last checkpoint.

    Args:
        settings: Settings of the run.
        out: Folder of the run, new or empty; ``runs/RECIPE-GAME-nN[-silent]-seedS`` if None.
        callback: Called after every update.
        start: The team to continue from, such as the result of an operator; the run trains a copy. None for a new team.
        existing: What to do if the folder holds a run: raise an "error", "resume" it, or "overwrite" it. Only a run
            with the same settings and start is resumed or overwritten. It is removed when the new one has begun.

    Raises:
        ValueError: for invalid settings, a folder that ``existing`` does not permit, or a run that could not be read
            back. All of these are raised before the first update.
        Stopped: by SIGINT or SIGTERM, after saving.
        Diverged: if a value is not finite; the last good checkpoint is kept.
        DiskError: if a file cannot be written; complete checkpoints are kept, and the error states how to continue.
    """
    if not isinstance(settings, Settings):
        raise invalid("train needs the settings of a recipe", settings, 'Pass, for example, Dial("switch_riddle_v0").')
    if start is not None and not isinstance(start, Team):
        raise invalid("The start of a run must be a Team", start, "Pass a Team, or None for a new one.")
    if callback is not None and not callable(callback):
        raise invalid("callback must be a function", callback, "Pass a function of updates and row, or None.")
    torch.set_num_threads(settings.threads)
    default = Path("runs") / f"{settings.name}-seed{settings.seed}"
    path = default if out is None or out == "" else path_of(out)
    check_one_of("existing", existing, get_args(Existing))
    if resumes(path, existing, settings, start):
        return resume(path, callback)
    learner = make_learner(settings, start)
    seconds = {"cpu": 0.0, "wall": 0.0}
    with writing(path), set_aside(path, existing) as remove_old, new_folder(path), locked(path):
        folder = RunFolder.create(path, settings, learner, start, seconds)
        remove_old()
        return _learn(folder, learner, seconds, callback)


def resume(path: Path | str, callback: Callback | None = None) -> Run:
    """Continue a run, bit for bit as if it had never been stopped. A run that has ended is returned unchanged.

    Raises:
        ValueError: if the folder does not contain a run, its checkpoint is truncated or belongs to another run, or a
            file that it reads, such as its pictures, has changed.
        Stopped, Diverged, DiskError: as ``train``.
    """
    put_back(path_of(path))
    folder = RunFolder.open(path_of(path))
    folder.check_files()
    settings = folder.settings()
    if folder.has_ended(settings.updates):
        return Run.load(folder.path)
    torch.set_num_threads(settings.threads)
    with writing(folder.path, begun=True), locked(folder.path):
        learner = make_learner(settings, folder.start())
        return _learn(folder, learner, folder.restore(learner), callback)


def _learn(folder: RunFolder, learner: Learner[Any], seconds: dict[str, float], callback: Callback | None) -> Run:
    settings = learner.settings
    spent = _Stopwatch(seconds)
    row: dict[str, Any] = (folder.metrics(learner.updates) or [{}])[-1]
    with writing(folder.path, begun=True), catch_signals() as caught:
        while learner.updates < settings.updates:
            try:
                loss = learner.update()
            except FloatingPointError as error:
                raise _diverged(folder, str(error)) from error
            except (RuntimeError, ValueError) as error:
                if learner.finite():
                    raise
                raise _diverged(folder, f"A parameter is not finite after update {learner.updates}") from error
            ended = learner.updates == settings.updates
            stopping = bool(caught)  # read once: a later signal is handled after the next update
            if ended or learner.updates % settings.evaluate_every == 0:
                row = _row(learner, loss, spent.seconds())
                folder.log(row)
            if ended or stopping or learner.updates % settings.checkpoint_every == 0:
                if not learner.finite():
                    raise _diverged(folder, f"A parameter is not finite at update {learner.updates}")
                folder.save(learner, spent.seconds())
            if callback:
                with not_of_the_disk():
                    callback(learner.updates, row)
            if stopping and not ended:
                raise Stopped(caught[0], folder.path)
        try:
            with interruptible():
                result = _result(folder, learner, spent.seconds())
        except Signaled as stop:
            raise Stopped(stop.number, folder.path) from None
        folder.check_present()
        write_json(folder.path / "result.json", result)
    return Run.load(folder.path)


def _row(learner: Learner[Any], loss: float, seconds: dict[str, float]) -> dict[str, Any]:
    counted = {"updates": learner.updates, "episodes": learner.episodes, "environment_steps": learner.environment_steps}
    point = learning_curve_point(learner.settings, learner.team())
    times = {f"{kind}_seconds": round(value, 3) for kind, value in seconds.items()}
    return counted | {"loss": loss} | point | times


def _result(folder: RunFolder, learner: Learner[Any], seconds: dict[str, float]) -> dict[str, Any]:
    folder.check_files()
    settings = learner.settings
    kept = {name: getattr(settings, name) for name in SETTINGS_IN_RESULT}
    counted = {"updates": learner.updates, "episodes": learner.episodes, "environment_steps": learner.environment_steps}
    times = {f"{kind}_seconds": round(value, 3) for kind, value in seconds.items()}
    team = folder.team()
    training = evaluate_on_training_split(settings, team)
    return kept | counted | times | evaluate_team(settings, team) | ({"training_split": training} if training else {})


def _diverged(folder: RunFolder, what: str) -> Diverged:
    remedy = f"Lower the learning rate, and {another_folder()}."
    return Diverged(f"{what}. The last good checkpoint is kept: {folder.checkpoints.latest()}. {remedy}")


class _Stopwatch:
    """CPU and wall-clock seconds, including those before the run was resumed."""

    def __init__(self, before: dict[str, float]) -> None:
        self.before = before
        self.cpu, self.wall = time.process_time(), time.perf_counter()

    def seconds(self) -> dict[str, float]:
        cpu, wall = time.process_time() - self.cpu, time.perf_counter() - self.wall
        return {"cpu": self.before["cpu"] + cpu, "wall": self.before["wall"] + wall}
