"""A lock on the folder of a run, so that only one process writes to it. It is released however that process ends."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...protocols.common.errors import invalid
from ...protocols.common.files import open_in_place

try:
    import fcntl
except ImportError:  # where there is no fcntl, folders are not locked
    fcntl = None  # type: ignore[assignment]

LOCK = ".lock"
"""File in the folder of a run that the writing process locks."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of an existing folder.

    Raises:
        ValueError: If another process holds it, or the file is a link or another special file.
    """
    handle = open_in_place(folder / LOCK, os.O_RDWR, "Move it elsewhere.")
    try:
        if fcntl:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                owner = os.read(handle, 32).decode(errors="replace").strip()
                rule = f"The run {folder} cannot be written to by two processes at once"
                remedy = "Wait until it ends, or stop it; its progress is saved."
                raise invalid(rule, f"process {owner or 'unknown'} writes to it", remedy) from None
        os.truncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)
