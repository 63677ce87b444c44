"""Checkpoints of a run: numbered folders with a manifest of hashes, each of which exists completely or not at all."""

import os
import re
import secrets
import shutil
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

from ...agents import Team, load_team, save_team
from ...agents.saving import load_tensors, save_tensors, tensor_types
from ...protocols.common.disk_errors import DiskError
from ...protocols.common.errors import InvalidArgument, invalid
from ...protocols.common.files import check_contents, check_readable, read_typed, sha256, sync_folder, write_json
from ..learners.base import Learner
from .contents import Counters, Manifest
from .own_files import TEMPORARY, foreign_files

KEPT = 2
"""Number of checkpoints that a run keeps."""
COUNTED = ("updates", "episodes", "environment_steps")
MANIFEST = "manifest.json"


class DamagedCheckpointWarning(UserWarning):
    """A damaged checkpoint is passed over, and an older one is used."""


class Checkpoints:
    """The checkpoints of one run, in folders named by their number of updates.

    Args:
        path: The folder that holds them.
        run: A digest of the run's configuration; a checkpoint of another run is rejected.
    """

    def __init__(self, path: Path, run: str) -> None:
        self.path, self.run = path, run

    def numbers(self) -> list[int]:
        """Numbers of updates of all checkpoints, complete or damaged, in ascending order."""
        if not self.path.is_dir():
            return []
        return sorted(int(p.name) for p in self.path.iterdir() if re.fullmatch(r"0|[1-9][0-9]*", p.name) and p.is_dir())

    def save(self, learner: Learner[Any], seconds: dict[str, float]) -> Path:
        """Write a checkpoint under a temporary name, sync and rename it, and remove the oldest ones.

        Raises:
            OSError: If the disk is full or the folder was removed. The last complete checkpoint is kept.
        """
        final = self.path / str(learner.updates)
        temporary = self.path / f".{final.name}.{secrets.token_hex(8)}.tmp"
        try:
            temporary.mkdir()
            save_team(temporary / "team", learner.team())
            save_tensors(temporary / "learner.safetensors", learner.tensors())
            write_json(temporary / "counters.json", learner.counters() | {"seconds": seconds})
            files = {name: sha256(path) for name, path in _files(temporary).items()}
            write_json(temporary / MANIFEST, {"run": self.run, "files": files})
            sync_folder(temporary)
            shutil.rmtree(final, ignore_errors=True)
            os.replace(temporary, final)
            sync_folder(self.path)
        except OSError as error:
            shutil.rmtree(temporary, ignore_errors=True)
            raise DiskError(error, final, "The last complete checkpoint is kept.", "choose another folder") from error
        self._remove_oldest()
        return final

    def latest(self) -> Path:
        """The newest complete checkpoint. A damaged one is passed over, and never removed.

        Raises:
            ValueError: If there is none.
        """
        errors = []
        for number in reversed(self.numbers()):
            try:
                self.check(self.path / str(number))
            except InvalidArgument as error:
                errors.append(str(error))
            else:
                if errors:
                    message = f"{'; '.join(errors)} The checkpoint of update {number} is used."
                    warnings.warn(message, DamagedCheckpointWarning, stacklevel=2)
                return self.path / str(number)
        if errors:
            raise invalid("A run must have a complete checkpoint", "; ".join(errors), "Restore it from a copy.")
        raise invalid("A run must have a checkpoint", f"none in {self.path}", "Train it again in another folder.")

    def check(self, checkpoint: Path) -> None:
        """Check that a checkpoint holds the files that were saved, and belongs to this run.

        Raises:
            ValueError: If it does not.
        """
        check_contents(checkpoint)
        manifest = read_typed(checkpoint / MANIFEST, Manifest)
        if manifest["run"] != self.run:
            rule = f"The checkpoint {checkpoint} must belong to this run"
            raise invalid(rule, "a checkpoint of another run", "Put back the files that were there.")
        saved, found = manifest["files"], _files(checkpoint)
        differ = sorted(saved.keys() ^ found.keys())
        differ = differ or [name for name, path in found.items() if not _has_hash(path, saved[name])]
        if differ:
            rule = f"The files of the checkpoint {checkpoint} must be those that were saved"
            raise invalid(rule, f"other contents of {', '.join(differ)}", "Put back the files that were there.")

    def counters(self) -> Counters:
        """The counters of the newest complete checkpoint: updates, episodes, environment steps, seconds and so on.

        Raises:
            ValueError: If there is none, or they are not those of its folder.
        """
        return self.counters_of(self.latest())

    def counters_of(self, checkpoint: Path) -> Counters:
        """The counters of a checkpoint.

        Raises:
            ValueError: If they are damaged, or not those of its folder.
        """
        counters = read_typed(checkpoint / "counters.json", Counters)
        if counters["updates"] != int(checkpoint.name):
            rule = f"{checkpoint} must have {checkpoint.name} updates"
            raise invalid(rule, counters["updates"], "Put back the files that were there.")
        return counters

    def team(self) -> Team:
        """The team of the newest complete checkpoint."""
        return load_team(self.latest() / "team")

    def restore(self, learner: Learner[Any]) -> dict[str, float]:
        """Restore a learner from the newest complete checkpoint.

        What an interrupted save left is removed. Damaged checkpoints are kept as ``N.damaged-...``.

        Returns:
            Seconds used so far, "cpu" and "wall".

        Raises:
            ValueError: If there is no complete checkpoint, or it does not fit the learner.
        """
        checkpoint = self.latest()
        counters = self.counters_of(checkpoint)
        learner.restore(load_tensors(checkpoint / "learner.safetensors"), counters)
        for number in self.numbers():
            if number > int(checkpoint.name):
                damaged = self.path / str(number)
                damaged.rename(self.path / f"{number}.damaged-{secrets.token_hex(4)}")
        self._remove_oldest()
        return {"cpu": float(counters["seconds"]["cpu"]), "wall": float(counters["seconds"]["wall"])}

    def _remove_oldest(self) -> None:
        """Remove all checkpoints but the newest ones, and those that hold files which are not of a checkpoint.

        Each is renamed first, so that none is ever half removed.
        """
        for old in self.numbers()[:-KEPT]:
            with suppress(OSError):
                if foreign_files(self.path.parent, f"{self.path.name}/{old}"):
                    continue
                os.replace(self.path / str(old), self.path / f".{old}.{secrets.token_hex(8)}.tmp")
        remove_leftovers(self.path)


def remove_leftovers(folder: Path) -> None:
    """Remove temporary files and folders that an interrupted process left directly in a folder."""
    for leftover in (entry for entry in folder.iterdir() if TEMPORARY.fullmatch(entry.name)):
        if leftover.is_dir() and not leftover.is_symlink():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            with suppress(OSError):
                leftover.unlink()


def _has_hash(path: Path, expected: str) -> bool:
    """Whether a file has this SHA-256. A file of tensors whose size is not that of its header is not read."""
    if path.suffix == ".safetensors":
        check_readable(path, header=True)
        try:
            tensor_types(path)
        except InvalidArgument:
            return False
    return sha256(path) == expected


def _files(folder: Path) -> dict[str, Path]:
    """All files in a folder, except the manifest, by their paths inside the folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)
    return {path.relative_to(folder).as_posix(): path for path in files}
