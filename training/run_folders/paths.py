"""The folders in which runs are, or can be written: their paths, their creation, and what they hold at first sight."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ...envs.core.registry import is_registered
from ...protocols.common.errors import argument, invalid
from .locking import LOCK
from .own_files import TEMPORARY, foreign_files
from .remedies import PLAN, another_folder, resume_command

START = "start"
"""Folder of the team that a run started from."""
CHECKPOINTS = "checkpoints"
PASS_OUT = "Pass the --out of `interlect train`."


def path_of(folder: object) -> Path:
    """The path of a folder that was passed as a string or path.

    Raises:
        ValueError: if it is neither, or cannot be a path.
    """
    if not isinstance(folder, str | Path) or "\0" in str(folder):
        raise invalid("A folder must be passed as a string or Path", folder, 'Pass, for example, "runs/my-run".')
    try:
        os.lstat(folder)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENOTDIR):
            raise invalid("A folder must have a valid path", str(error), "Choose another path.") from error
    return Path(folder)


def check_new(path: Path) -> None:
    """Raise unless a folder is empty, can be created, or holds only what an interrupted creation left.

    Raises:
        ValueError: if it is not empty, or is a file, or lies inside one.
    """
    there = next(place for place in (path, *path.absolute().parents) if place.exists())
    if not there.is_dir():
        raise invalid("A run must be written to a folder", f"the file {there}", f"{another_folder().capitalize()}.")
    if there == path and any(path.iterdir()) and not is_unfinished(path):
        runs = any(os.path.lexists(path / name) for name in ("config.json", PLAN))
        way_on = f", continue with `{resume_command(path)}`, or pass {argument('existing', 'resume')}" if runs else ""
        remedy = f"{another_folder().capitalize()}{way_on}."
        raise invalid("A new run needs an empty or new folder", str(path), remedy)


def check_there(path: Path) -> None:
    """Raise unless there is a folder at a path that is to be read.

    Raises:
        ValueError: if there is none; the message also states whether the path is the name of a game.
    """
    if path.is_dir():
        return
    if path.exists():
        raise invalid("The path of a run must be that of a folder", f"the file {path}", PASS_OUT)
    remedy = f"There is no such folder. {PASS_OUT}"
    if is_registered(str(path)):
        remedy = f"This is a game, not a folder. Train a run with `interlect train RECIPE {path}`, and pass its folder."
    raise invalid("The folder of a run must exist", str(path), remedy)


@contextmanager
def new_folder(path: Path) -> Iterator[None]:
    """Make a folder with its parents; if nothing was written into them, remove what was made, and nothing else."""
    absent = [place for place in (path, *path.absolute().parents) if not place.exists()]
    path.mkdir(parents=True, exist_ok=True)
    made = {place: identity(place) for place in absent}
    try:
        yield
    except BaseException:
        with suppress(OSError):
            for place in (place for place in absent if identity(place) == made[place]):
                if place == path and {entry.name for entry in path.iterdir()} == {LOCK}:
                    (path / LOCK).unlink()
                place.rmdir()
        raise


def is_run(path: Path) -> bool:
    """Whether a folder holds a run, with a checkpoint."""
    return os.path.lexists(path / "config.json") and _has_checkpoints(path)


def is_unfinished(path: Path) -> bool:
    """Whether a folder holds a lock, and otherwise only what was written before anything was learned."""
    names = {entry.name for entry in path.iterdir() if not TEMPORARY.fullmatch(entry.name)}
    return LOCK in names and names <= {LOCK, START, CHECKPOINTS} and not foreign_files(path)


def _has_checkpoints(path: Path) -> bool:
    """Whether there is any checkpoint, complete or damaged."""
    folder = path / CHECKPOINTS
    return folder.is_dir() and any(not entry.name.startswith(".") for entry in folder.iterdir())


def identity(path: Path) -> tuple[int, int] | None:
    """Device and inode of a folder; None if there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
