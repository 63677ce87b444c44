"""The folder of a run: config.json, start/, metrics.jsonl, checkpoints/, result.json, report.html."""

import errno
import hashlib
import json
import os
import platform
import shutil
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ...agents import Team, load_team, save_team
from ...protocols.channels.serialization import channel_to_json
from ...protocols.common.disk_errors import DiskError
from ...protocols.common.errors import InvalidArgument, invalid
from ...protocols.common.files import (
    check_contents,
    check_regular,
    open_in_place,
    parse_json,
    read_bytes,
    read_typed,
    write_bytes,
    write_json,
)
from ...protocols.common.schemas import check_json
from ..learners.base import Learner
from ..learners.settings import Settings
from ..recipes.table import check_readable, settings_from_json
from .checkpoints import Checkpoints, remove_leftovers
from .contents import Config, MetricsRow, Result
from .fitting import check_plays
from .paths import CHECKPOINTS, PASS_OUT, START, check_new, check_there, identity, is_unfinished, path_of
from .remedies import TRAIN_AGAIN, is_several, resume_command

SETTINGS_IN_RESULT = ("game", "agents", "recipe", "seed", "shared", "silent", "batch")
"""Settings that result.json repeats."""
MAX_METRICS = 2**30
"""Maximum size of metrics.jsonl, in bytes."""


class RunFolder:
    """The files of one run. It is complete as soon as it has a config.json, no matter when its process dies."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.metrics_file = path / "metrics.jsonl"
        self._identity = identity(path)

    @staticmethod
    def create(
        path: Path, settings: Settings, learner: Learner[Any], start: Team | None, seconds: dict[str, float]
    ) -> "RunFolder":
        """Write the folder of a new run, with its first checkpoint, and read that back. config.json is written last.

        Args:
            path: A folder that ``check_new`` accepts, which this process has locked.
            settings: Settings of the run.
            learner: The learner of the run, before its first update.
            start: The team that the run starts from; None for a new team.
            seconds: Seconds used so far, "cpu" and "wall".

        Raises:
            ValueError: if the folder is not empty, or if the settings or the team could not be read back. In this
                case, no files are left.
        """
        check_new(path)
        check_readable(settings)
        for leftover in (START, CHECKPOINTS):
            shutil.rmtree(path / leftover, ignore_errors=True)
        remove_leftovers(path)
        structure = _structure(settings, learner.team())
        versions = {name: version(name) for name in ("interlect", "torch", "numpy", "pettingzoo")}
        versions["python"] = platform.python_version()
        config: dict[str, Any] = {"settings": settings.to_json(), "structure": structure, "versions": versions}
        if files := settings.file_digests():
            config["files"] = files
        run = RunFolder(path)
        try:
            (path / CHECKPOINTS).mkdir()
            if start:
                save_team(path / START, start)
            checkpoints = Checkpoints(path / CHECKPOINTS, _digest(config))
            checkpoints.save(learner, seconds)
            run._check(checkpoints.team(), structure, settings)
            write_json(path / "config.json", config)
        except (ValueError, OSError):
            if identity(path) == run._identity:
                with suppress(OSError):
                    (path / "config.json").unlink(missing_ok=True)
                for leftover in (START, CHECKPOINTS):
                    shutil.rmtree(path / leftover, ignore_errors=True)
            raise
        return run

    @staticmethod
    def open(path: Path) -> "RunFolder":
        """Open the folder of a run.

        Raises:
            ValueError: if the folder does not contain a run, or contains anything but regular files and folders.
        """
        path = path_of(path)
        check_there(path)
        if not (path / "config.json").is_file():
            if os.path.lexists(path / "config.json"):
                check_regular(path / "config.json")
            several = sorted(path.glob("seed-*/config.json"))
            if several:
                remedy = f"Pass one of its seeds, such as {several[0].parent}."
                raise invalid("This command needs the folder of one run", str(path), remedy)
            if is_several(path):
                remedy = f"Train its seeds with `{resume_command(path)}`, and pass the folder of one of them."
                raise invalid("This command needs the folder of one run", f"{path}, whose seeds have not begun", remedy)
            if (path / "team.json").is_file():
                remedy = "Use evaluate in Python, or continue training with `interlect train ... --start`."
                raise invalid("This command needs the folder of a run", f"{path}, a team saved by save_team", remedy)
            if is_unfinished(path):
                remedy = f"{TRAIN_AGAIN.capitalize()}: nothing was learned yet."
                raise invalid("The folder of a run must contain config.json", f"{path}, which has only begun", remedy)
            remedy = PASS_OUT
            if (path / CHECKPOINTS).is_dir():
                remedy = f"{PASS_OUT} If this is it, put back its config.json."
            if not any(path.iterdir()):
                remedy = f"{PASS_OUT} If this is it, {TRAIN_AGAIN}: nothing was learned yet."
            raise invalid("The folder of a run must contain config.json", str(path), remedy)
        check_contents(path)
        return RunFolder(path)

    @property
    def checkpoints(self) -> Checkpoints:
        """The checkpoints of the run."""
        return Checkpoints(self.path / CHECKPOINTS, _digest(self.config()))

    def config(self) -> Config:
        """Contents of config.json: settings, a digest of the team's structure, and versions."""
        return read_typed(self.path / "config.json", Config)

    def settings(self) -> Settings:
        """The settings of the run."""
        return settings_from_json(self.config(), self.path / "config.json")

    def check_files(self) -> None:
        """Check that files outside the folder that the run reads have the same content as when the run began.

        A missing file is not an error here: the learner and the game name it as soon as they read it.

        Raises:
            ValueError: If one has another content.
        """
        began = self.config().get("files", {})
        now = self.settings().file_digests() if began else {}
        for path, digest in began.items():
            if now.get(path, digest) != digest:
                rule = f"{path} must have the same content as when the run in {self.path} began"
                remedy = "Put back the file that was there, or train on the new one in another folder."
                raise invalid(rule, "a file with other content", remedy)

    def start(self) -> Team | None:
        """The team that the run started from; None for a new team.

        Raises:
            ValueError: if a file is missing, truncated or belongs to another run.
        """
        return load_team(self.path / START) if (self.path / START).is_dir() else None

    def save(self, learner: Learner[Any], seconds: dict[str, float]) -> Path:
        """Write a checkpoint; see ``Checkpoints.save``.

        Raises:
            OSError: if it cannot be written, or the folder was moved or removed. The error states how to continue.
        """
        self.check_present()
        return self.checkpoints.save(learner, seconds)

    def restore(self, learner: Learner[Any]) -> dict[str, float]:
        """Restore a learner from the newest complete checkpoint, and remove later rows of the metrics.

        Returns:
            Seconds used so far, "cpu" and "wall".

        Raises:
            ValueError: if there is no complete checkpoint, it does not fit the learner, or the metrics are damaged.
        """
        if _structure(learner.settings, learner.team()) != self.config()["structure"]:
            rule = f"The structure of the team in {self.path / CHECKPOINTS} must be that of its settings"
            raise invalid(rule, "another one", "Put back the config.json and the team that were there.")
        seconds = self.checkpoints.restore(learner)
        remove_leftovers(self.path)
        rows = self.metrics(learner.updates)
        write_bytes(self.metrics_file, "".join(json.dumps(row) + "\n" for row in rows).encode())
        return seconds

    def team(self) -> Team:
        """The team of the newest complete checkpoint.

        Raises:
            ValueError: if there is none, or the team has another structure than the run.
        """
        team = self.checkpoints.team()
        settings = self.settings()
        self._check(team, self.config()["structure"], settings)
        check_plays(team, settings, self.path / CHECKPOINTS)
        return team

    def log(self, row: dict[str, Any]) -> None:
        """Append one row to metrics.jsonl.

        Raises:
            OSError: if the disk is full, or the folder was moved or removed.
        """
        self.check_present()
        handle = open_in_place(self.metrics_file, os.O_WRONLY | os.O_APPEND, "Replace it by a copy of its content.")
        with open(handle, "a") as file:
            file.write(json.dumps(row, allow_nan=False) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def metrics(self, updates: int) -> list[dict[str, Any]]:
        """The rows of metrics.jsonl up to a number of updates.

        Later lines of an unfinished run are ignored: a crash may have truncated the last, and they are written again.

        Raises:
            ValueError: if another line is not a row, as the rows after it could be those of the run.
        """
        if not os.path.lexists(self.metrics_file):
            return []
        settings, last = self.settings(), 0
        needed = (
            updates if updates == settings.updates else updates // settings.evaluate_every * settings.evaluate_every
        )
        rows: list[dict[str, Any]] = []
        for number, line in enumerate(read_bytes(self.metrics_file, MAX_METRICS).splitlines(), 1):
            try:
                row = _row(line, f"Line {number} of {self.metrics_file}")
            except InvalidArgument:
                if last < needed or updates == settings.updates:
                    raise
                continue
            last = row["updates"]
            rows += [row] if last <= updates else []
        return rows

    def result(self) -> dict[str, Any]:
        """Contents of result.json.

        Raises:
            ValueError: if the run has not ended, or its newest checkpoint is not the evaluated one.
        """
        result: dict[str, Any] = {**read_typed(self.path / "result.json", Result)}
        settings = self.settings()
        for name in SETTINGS_IN_RESULT:
            if result[name] != getattr(settings, name):
                rule = f"{name} in result.json must be that of this run, {getattr(settings, name)!r}"
                raise invalid(rule, result[name], "Put back the files that were there.")
        updates = self.checkpoints.counters()["updates"]
        if result["updates"] != updates:
            rule = f"result.json must belong to the newest complete checkpoint, which is that of update {updates}"
            raise invalid(rule, f"update {result['updates']}", f"Continue with `{resume_command(self.path)}`.")
        return result

    def has_ended(self, updates: int) -> bool:
        """Whether the run has a result.json, and its newest complete checkpoint is that of this update.

        Raises:
            ValueError: if result.json is a folder or another special file.
        """
        if os.path.lexists(self.path / "result.json"):
            check_regular(self.path / "result.json")
        try:
            return bool(self.result()["updates"] == updates)
        except InvalidArgument:
            return False

    def check_present(self) -> None:
        """Check that the folder is still where it was when it was opened.

        Raises:
            DiskError: if it was moved, removed or replaced.
        """
        if identity(self.path) != self._identity:
            moved = OSError(errno.ENOENT, "it was moved or removed during the run")
            raise DiskError(moved, self.path, "", "")

    def _check(self, team: Team, structure: object, settings: Settings) -> None:
        """Raise unless the team has the structure that the run began with."""
        if _structure(settings, team) != structure:
            rule = f"The team in {self.path / CHECKPOINTS} must have the structure that config.json states"
            remedy = "Put back the config.json or the team that was there."
            raise invalid(rule, f"another one, of {len(team.agents)} agents", remedy)


def team_in(path: Path) -> Team:
    """The team in a folder: the newest checkpoint of a run, or a team written by ``save_team``.

    Raises:
        ValueError: if the folder contains neither.
    """
    return load_team(path) if (path / "team.json").is_file() else RunFolder.open(path).team()


def _row(line: bytes, place: str) -> dict[str, Any]:
    """The row in a line of metrics.jsonl.

    Raises:
        ValueError: if it is not a row.
    """
    remedy = "Restore the file from a copy, or remove the line, which loses only its row."
    try:
        row: dict[str, Any] = parse_json(line)
    except (ValueError, RecursionError) as error:
        raise invalid(f"{place} must be a complete JSON object", str(error), remedy) from error
    check_json(row, MetricsRow, place, remedy)
    return row


def _digest(config: Mapping[str, Any]) -> str:
    """A digest of what identifies a run: its settings and the structure of its team."""
    parts = [config["settings"], config["structure"]]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _structure(settings: Settings, team: Team) -> str:
    """A digest of what a team is made of, without its parameters, and of the game that it plays."""
    graphs = [agent.graph.to_json() for agent in team.agents]
    game = settings.recipe, settings.game, settings.agents, settings.shared
    parts = [graphs, channel_to_json(team.channel), game]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
