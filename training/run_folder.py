"""A run's folder: config.json, metrics.jsonl, checkpoints/, result.json, report.html."""

import json
import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..agents import Team, load_team, save_team
from ..agents.saving import load_tensors, save_tensors
from ..protocols.errors import bad
from ..protocols.files import read_json, sync_folder, write_bytes, write_json
from .learner import Learner
from .settings import Settings, settings_from_json

KEPT = 2
"""How many checkpoints a run keeps."""


class RunFolder:
    """The files of one run. A checkpoint is there as a whole or not at all, whenever the process dies."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoints = path / "checkpoints"
        self.metrics_file = path / "metrics.jsonl"

    @staticmethod
    def create(path: Path, settings: Settings) -> "RunFolder":
        """Begin a run.

        Raises:
            ValueError: if the folder already holds something.
        """
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            remedy = f"Give another --out, go on with `interlect resume {path}`, or delete it."
            raise bad("A new run needs an empty or new folder", str(path), remedy)
        run = RunFolder(path)
        run.checkpoints.mkdir(parents=True, exist_ok=True)
        versions = {name: version(name) for name in ("interlect", "torch", "numpy", "pettingzoo")}
        versions["python"] = platform.python_version()
        write_json(path / "config.json", {"settings": settings.to_json(), "versions": versions})
        return run

    @staticmethod
    def open(path: Path) -> "RunFolder":
        """Find a run.

        Raises:
            ValueError: if the folder holds no run.
        """
        if not (path / "config.json").is_file():
            several = sorted(path.glob("seed-*/config.json"))
            if several:
                raise bad("This takes one run", str(path), f"Give one of its seeds, as {several[0].parent}.")
            raise bad("A run's folder holds config.json", str(path), "Give the --out of `interlect train`.")
        return RunFolder(path)

    def has_begun(self) -> bool:
        """Whether there is a checkpoint to go on from."""
        return self.checkpoints.is_dir() and bool(self._numbered())

    def settings(self) -> Settings:
        """The settings the run was begun with."""
        return settings_from_json(read_json(self.path / "config.json"), self.path / "config.json")

    def save(self, learner: Learner[Any], seconds: dict[str, float]) -> Path:
        """Write a checkpoint: ``N.tmp`` first, synced, then renamed; then LATEST; older ones go."""
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
            remedy = f"Free some space, then `interlect resume {self.path}`."
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
            raise bad("A run that goes on has a checkpoint", str(self.checkpoints), "Train it anew in another folder.")
        return self.checkpoints / str(numbers[-1])

    def restore(self, learner: Learner[Any]) -> dict[str, float]:
        """Bring a learner to the newest checkpoint, and cut the metrics to it.

        Returns:
            Seconds used so far, by kind.

        Raises:
            ValueError: if a file is missing, cut short or foreign.
        """
        checkpoint = self.latest()
        with self._reading(checkpoint):
            counters = read_json(checkpoint / "counters.json")
            learner.restore(load_tensors(checkpoint / "learner.safetensors"), counters)
        for leftover in self.checkpoints.glob("*.tmp"):
            shutil.rmtree(leftover, ignore_errors=True)
        rows = [row for row in self.metrics() if row["updates"] <= learner.updates]
        write_bytes(self.metrics_file, "".join(json.dumps(row) + "\n" for row in rows).encode())
        return {kind: float(value) for kind, value in counters["seconds"].items()}

    def counted(self) -> dict[str, int]:
        """Updates, episodes and environment steps at the newest checkpoint."""
        counters = read_json(self.latest() / "counters.json")
        return {name: int(counters[name]) for name in ("updates", "episodes", "environment_steps")}

    def team(self) -> Team:
        """The team of the newest checkpoint."""
        checkpoint = self.latest()
        with self._reading(checkpoint):
            return load_team(checkpoint / "team")

    def log(self, row: dict[str, Any]) -> None:
        """Add one row to metrics.jsonl."""
        with open(self.metrics_file, "a") as file:
            file.write(json.dumps(row, allow_nan=False) + "\n")

    def metrics(self) -> list[dict[str, Any]]:
        """The rows of metrics.jsonl; a last line cut short by a crash is left out."""
        if not self.metrics_file.is_file():
            return []
        rows = []
        for line in self.metrics_file.read_text().splitlines():
            try:
                rows.append(json.loads(line))
            except json.JSONDecodeError:
                break
        return rows

    def result(self) -> dict[str, Any]:
        """What result.json says.

        Raises:
            ValueError: if the run has not ended.
        """
        result: dict[str, Any] = read_json(self.path / "result.json")
        return result

    @contextmanager
    def _reading(self, checkpoint: Path) -> Iterator[None]:
        """Say, where a checkpoint cannot be read, how to go back to the one before."""
        try:
            yield
        except ValueError as error:
            older = [number for number in self._numbered() if number < int(checkpoint.name)]
            way_back = f" Or delete {checkpoint} to go back to update {older[-1]}." if older else ""
            raise ValueError(f"{error}{way_back}") from error

    def _numbered(self) -> list[int]:
        return sorted(int(p.name) for p in self.checkpoints.iterdir() if p.is_dir() and p.name.isdigit())
