"""Remedies that name commands: how an interrupted run continues."""

import os
import shlex
from contextlib import AbstractContextManager
from pathlib import Path

from ...protocols.common.disk_errors import disk_errors
from ...protocols.common.errors import phrase
from ...protocols.common.plugins import import_flags

PLAN = "seeds.json"
"""File in a folder of several seeds, with their settings and the list of seeds."""
TRAIN_AGAIN = "use the same `interlect train` again"


def command(name: str, path: Path) -> str:
    """A command on a folder, as a shell reads it, with the plugins that are imported here."""
    return f"interlect {name} {shlex.quote(str(path))}{import_flags()}"


def another_folder() -> str:
    """The remedy for a folder that cannot be used, as the beginning of an imperative."""
    return phrase("choose another folder", "choose another --out")


def resume_command(path: Path) -> str:
    """The command that continues the run, or the runs of several seeds, in a folder."""
    return command("resume", path)


def is_several(path: Path) -> bool:
    """Whether a folder is one of several seeds: it contains seeds.json, whether or not that can be read."""
    return os.path.lexists(path / PLAN)


def writing(path: Path, begun: bool = False) -> AbstractContextManager[None]:
    """Turn errors of the disk into a ``DiskError`` that states how to continue the run, or runs, in a folder.

    Args:
        path: The folder.
        begun: Whether there is a run; if False, this is looked up when an error occurs.
    """

    def context() -> tuple[str, str, str]:
        if not begun and not any((path / name).is_file() for name in ("config.json", PLAN)):
            return "Nothing was learned yet.", another_folder(), TRAIN_AGAIN
        elsewhere = "copy the folder to another disk and resume the copy"
        return "All complete checkpoints are kept.", elsewhere, f"run `{resume_command(path)}`"

    return disk_errors(path, context)
