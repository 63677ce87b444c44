"""Errors of the disk: which file could not be written, why, and how to continue."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CAUSES = {
    errno.ENOSPC: "Free some space on the disk",
    errno.EDQUOT: "Free some of your quota",
    errno.EFBIG: "Raise the limit on the size of files",
    errno.EROFS: "Make its file system writable",
    errno.EACCES: "Get permission to write there",
    errno.EPERM: "Get permission to write there",
    errno.EIO: "Check the disk",
    errno.ENOENT: "Put the folder back",
}
"""What removes the cause of an error, by its number."""
PERMANENT = (errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)
"""Errors of a place in which nothing can be written, so that the remedy is often another place."""

NOT_OF_THE_DISK = "not_of_the_disk"
"""Attribute of errors that ``disk_errors`` leaves unchanged."""


class DiskError(OSError):
    """A file could not be written. The message names the file, the reason, what is kept, and the remedy.

    Args:
        error: The error of the operating system.
        path: The file or folder that could not be written.
        kept: A sentence that states what is kept.
        elsewhere: How to use another place, as an imperative: "choose another folder".
        again: How to continue afterwards, as an imperative; empty if the caller decides.
        place: The folder of ``disk_errors``; None outside it.
    """

    def __init__(
        self, error: OSError, path: Path | str, kept: str, elsewhere: str, again: str = "", place: Path | None = None
    ) -> None:
        super().__init__(error.errno, error.strerror or str(error), str(path))
        self.kept, self.elsewhere, self.again, self.place = kept, elsewhere, again, place

    def __str__(self) -> str:
        remedy = CAUSES.get(self.errno or 0, "Check the disk")
        if self.again:
            remedy += f", then {self.again}"
        if self.elsewhere and self.errno in PERMANENT:
            remedy += f"; or {self.elsewhere}"
        return " ".join(f"Could not write {self.filename}: {self.strerror}. {self.kept} {remedy}.".split())

    def __reduce__(self) -> tuple[Any, ...]:
        error = OSError(self.errno, self.strerror)
        return type(self), (error, self.filename, self.kept, self.elsewhere, self.again, self.place)


@contextmanager
def not_of_the_disk() -> Iterator[None]:
    """Mark errors raised inside the context, such as those of a callback, so that ``disk_errors`` keeps them."""
    try:
        yield
    except OSError as error:
        setattr(error, NOT_OF_THE_DISK, True)
        raise


@contextmanager
def disk_errors(place: Path, context: Callable[[], tuple[str, str, str]]) -> Iterator[None]:
    """Turn errors of the disk inside the context into ``DiskError`` with a remedy that fits the caller.

    Args:
        place: The folder that is written, for errors that name no file.
        context: Returns ``kept``, ``elsewhere`` and ``again`` of the ``DiskError``, at the time of the error.

    Raises:
        DiskError: For an error of the operating system. Of nested contexts, the outermost states how to continue,
            and of those of the same place the innermost.
    """
    try:
        yield
    except ChildProcessError:
        raise
    except OSError as error:
        if hasattr(error, NOT_OF_THE_DISK) or (isinstance(error, DiskError) and error.place == place):
            raise
        path = error.filename if isinstance(error.filename, str | os.PathLike) else place
        raise DiskError(error, os.fspath(path), *context(), place) from error
