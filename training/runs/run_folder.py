"""The folder of a run: config.json, start/, metrics.jsonl, checkpoints/, result.json, report.html."""

import hashlib
import json
import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ...agents import Team, load_team, save_team
from ...agents.saving import load_tensors, save_tensors
from ...protocols.channels.serialization import channel_to_json
from ...protocols.common.errors import invalid
from ...protocols.common.files import read_json, read_object, sync_folder, write_bytes, write_json
from ..learners.base import Learner
from ..learners.settings import Settings
from ..learners.table import check_readable, settings_from_json

KEPT = 2
"""Number of checkpoints that a run keeps."""
START = "start"
"""Folder of the team that a run started from."""
PLAN = "seeds.json"
"""File in a folder of several seeds that contains their settings and the list of seeds."""
COUNTED = ("updates", "episodes", "environment_steps")


def check_new(path: Path) -> None:
    """Raise unless a folder is empty or can be created.

    Raises:
        ValueError: if it is not empty, is a file, or is inside a file.
    """
    there = next(place for place in (path, *path.absolute().parents) if place.exists())
    if not there.is_dir():
        raise invalid("A run must be written to a folder", f"the file {there}", "Choose another --out.")
    if there == path and any(path.iterdir()):
        runs = any((path / name).exists() for name in ("config.json", PLAN))
        way_on = f", or continue with `interlect resume {path}`" if runs else ""
        raise invalid("A new run needs an empty or new folder", str(path), f"Choose another --out{way_on}.")


class RunFolder:
    """The files of one run. Even if the process dies, a checkpoint is either complete or absent."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoints = path / "checkpoints"
        self.metrics_file = path / "metrics.jsonl"

    @staticmethod
    def create(path: Path, settings: Settings, team: Team, start: Team | None = None) -> "RunFolder":
        """Create the folder of a new run.

        Args:
            path: A new or empty folder.
            settings: Settings of the run.
            team: A team with the structure of the run's team; its parameters do not matter.
            start: The team that the run starts from; None for a new team.

        Raises:
            ValueError: if the folder is not empty, or if the settings or the team could not be read back. In this
                case, no files are left.
        """
        check_new(path)
        check_readable(settings)
        structure = _structure(settings, team)
        run = RunFolder(path)
        run.checkpoints.mkdir(parents=True, exist_ok=True)
        if start:
            save_team(path / START, start)
        versions = {name: version(name) for name in ("interlect", "torch", "numpy", "pettingzoo")}
        versions["python"] = platform.python_version()
        config = {"settings": settings.to_json(), "structure": structure, "versions": versions}
        write_json(path / "config.json", config)
        return run

    @staticmethod
    def open(path: Path) -> "RunFolder":
        """Open the folder of a run.

        Raises:
            ValueError: if the folder does not contain a run.
        """
        if not (path / "config.json").is_file():
            several = sorted(path.glob("seed-*/config.json"))
            if several:
                remedy = f"Pass one of its seeds, such as {several[0].parent}."
                raise invalid("This command needs the folder of one run", str(path), remedy)
            if (path / "team.json").is_file():
                remedy = "Use evaluate in Python, or continue training with `interlect train ... --start`."
                raise invalid("This command needs the folder of a run", f"{path}, a team saved by save_team", remedy)
            raise invalid(
                "The folder of a run must contain config.json", str(path), "Pass the --out of `interlect train`."
            )
        return RunFolder(path)

    def has_checkpoint(self) -> bool:
        """Whether there is a checkpoint to continue from."""
        return bool(self._numbered())

    def saved(self) -> int:
        """Number of updates at the newest checkpoint; 0 if there is none."""
        return max(self._numbered(), default=0)

    def settings(self) -> Settings:
        """The settings of the run."""
        return settings_from_json(read_json(self.path / "config.json"), self.path / "config.json")

    def start(self) -> Team | None:
        """The team that the run started from; None for a new team.

        Raises:
            ValueError: if a file is missing, truncated or belongs to another run.
        """
        return load_team(self.path / START) if (self.path / START).is_dir() else None

    def save(self, learner: Learner[Any], seconds: dict[str, float]) -> Path:
        """Write a checkpoint to ``N.tmp``, sync and rename it, update LATEST, and remove the oldest checkpoints."""
        final = self.checkpoints / str(learner.updates)
        temporary = final.with_name(final.name + ".tmp")
        shutil.rmtree(temporary, ignore_errors=True)
        try:
            temporary.mkdir(parents=True)
            save_team(temporary / "team", learner.team())
            save_tensors(temporary / "learner.safetensors", learner.tensors())
            write_json(temporary / "counters.json", learner.counters() | {"seconds": seconds})
            sync_folder(temporary)
            shutil.rmtree(final, ignore_errors=True)
            os.replace(temporary, final)
        except OSError as error:
            shutil.rmtree(temporary, ignore_errors=True)
            remedy = f"Free disk space, then run `interlect resume {self.path}`."
            raise OSError(
                error.errno, f"No checkpoint was written: {error}. The last good one is kept. {remedy}"
            ) from error
        sync_folder(self.checkpoints)
        write_bytes(self.checkpoints / "LATEST", f"{final.name}\n".encode())
        for old in self._numbered()[:-KEPT]:
            shutil.rmtree(self.checkpoints / str(old), ignore_errors=True)
        return final

    def latest(self) -> Path:
        """The newest checkpoint.

        Raises:
            ValueError: if there is none.
        """
        pointer = self.checkpoints / "LATEST"
        numbers = self._numbered()
        if pointer.is_file() and pointer.read_text().strip().isdigit() and int(pointer.read_text()) in numbers:
            return self.checkpoints / pointer.read_text().strip()
        if not numbers:
            raise invalid(
                "A run needs a checkpoint", f"none in {self.checkpoints}", "Train it again, in another folder."
            )
        return self.checkpoints / str(numbers[-1])

    def restore(self, learner: Learner[Any]) -> dict[str, float]:
        """Restore a learner from the newest checkpoint, and remove later rows of metrics.

        Returns:
            CPU and wall-clock seconds used so far, under the keys "cpu" and "wall".

        Raises:
            ValueError: if a file is missing, truncated or belongs to another run.
        """
        checkpoint = self.latest()
        with self._reading(checkpoint):
            counters = self.counters()
            learner.restore(load_tensors(checkpoint / "learner.safetensors"), counters)
        for leftover in self.checkpoints.glob("*.tmp"):
            shutil.rmtree(leftover, ignore_errors=True)
        rows = [row for row in self.metrics() if row["updates"] <= learner.updates]
        write_bytes(self.metrics_file, "".join(json.dumps(row) + "\n" for row in rows).encode())
        return {kind: float(value) for kind, value in counters["seconds"].items()}

    def counters(self) -> dict[str, Any]:
        """The counters of the newest checkpoint: updates, episodes, environment steps, seconds and so on.

        Raises:
            ValueError: if the file is missing, is truncated or does not contain these counters.
        """
        return read_object(self.latest() / "counters.json", *COUNTED, "seconds")

    def team(self) -> Team:
        """The team of the newest checkpoint.

        Raises:
            ValueError: if a file is missing or truncated, or the structure of the team differs from that of the run.
        """
        checkpoint = self.latest()
        with self._reading(checkpoint):
            team = load_team(checkpoint / "team")
            self._check(team, checkpoint)
            return team

    def check_team(self) -> None:
        """Read back the team of the first checkpoint, before the first update.

        Raises:
            ValueError: if it cannot be read back; the folder is then removed, because nothing has been learned yet.
        """
        try:
            self.team()
        except ValueError:
            shutil.rmtree(self.path)
            raise

    def log(self, row: dict[str, Any]) -> None:
        """Append one row to metrics.jsonl."""
        with open(self.metrics_file, "a") as file:
            file.write(json.dumps(row, allow_nan=False) + "\n")

    def metrics(self) -> list[dict[str, Any]]:
        """The rows of metrics.jsonl up to the first invalid one, because a crash may have truncated the last row."""
        if not self.metrics_file.is_file():
            return []
        rows: list[dict[str, Any]] = []
        for line in self.metrics_file.read_text().splitlines():
            try:
                row = json.loads(line)
            except json.JSONDecodeError:
                break
            if not isinstance(row, dict) or "updates" not in row:
                break
            rows.append(row)
        return rows

    def result(self) -> dict[str, Any]:
        """Contents of result.json.

        Raises:
            ValueError: if the run has not ended, or the result does not belong to its newest checkpoint.
        """
        result = read_object(self.path / "result.json", "updates", "normalized_return")
        updates = self.counters()["updates"]
        if result["updates"] != updates:
            rule = f"result.json must belong to the newest checkpoint, which is that of update {updates}"
            raise invalid(rule, f"update {result['updates']}", f"Continue with `interlect resume {self.path}`.")
        return result

    def _check(self, team: Team, checkpoint: Path) -> None:
        """Raise unless the team has the structure that config.json states."""
        expected = read_object(self.path / "config.json", "settings", "structure")["structure"]
        if _structure(self.settings(), team) != expected:
            rule = f"The team in {checkpoint} must have the structure that config.json states"
            remedy = "Restore the original config.json or the original team."
            raise invalid(rule, f"a different structure, with {len(team.agents)} agents", remedy)

    @contextmanager
    def _reading(self, checkpoint: Path) -> Iterator[None]:
        """If a checkpoint cannot be read, add to the error how to continue from the one before. Nothing is deleted."""
        try:
            yield
        except ValueError as error:
            older = [number for number in self._numbered() if number < int(checkpoint.name)]
            aside = f"{checkpoint}.damaged"
            way_back = f" Or rename {checkpoint} to {aside}, to continue from update {older[-1]}." if older else ""
            raise ValueError(f"{error}{way_back}") from error

    def _numbered(self) -> list[int]:
        return sorted(int(p.name) for p in self.checkpoints.glob("*") if p.is_dir() and p.name.isdigit())


def team_in(path: Path) -> Team:
    """The team in a folder: the newest checkpoint of a run, or a team written by ``save_team``.

    Raises:
        ValueError: if the folder contains neither.
    """
    return load_team(path) if (path / "team.json").is_file() else RunFolder.open(path).team()


def _structure(settings: Settings, team: Team) -> str:
    """A digest of the structure of a team, without its parameters, and of the game that it plays."""
    graphs = [agent.graph.to_json() for agent in team.agents]
    game = settings.recipe, settings.game, settings.agents, settings.shared
    parts = [graphs, channel_to_json(team.channel), game]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
