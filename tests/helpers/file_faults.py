"""Faults at every file operation of a function: its process is killed there, or the operation fails.

Operations are those that change files below a folder: opening for writing, writing, syncing, truncating, renaming,
making and removing. A write counts twice, before it and when half of it is written.
"""

import builtins
import io
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import jaxtyping
import pytest

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
CHANGING = ("mkdir", "rmdir", "unlink", "remove", "rename", "replace", "truncate", "ftruncate", "fsync", "pwrite")
REAL = {name: getattr(os, name) for name in ("open", *CHANGING)}


class _Writing:
    """A file opened for writing, whose writes are two operations each."""

    def __init__(self, file, event):
        self._file, self._event = file, event

    def write(self, content):
        self._event("write", "")
        self._file.write(content[: len(content) // 2])
        self._file.flush()
        self._event("half a write", "")
        self._file.write(content[len(content) // 2 :])
        return len(content)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._file.close()

    def __getattr__(self, name):
        return getattr(self._file, name)


@contextmanager
def watched(event: Callable[[str, str], None]) -> Iterator[None]:
    """Call ``event(name, path)`` before every operation that changes files; the path is empty where it is not known."""
    real_open = builtins.open

    def open_descriptor(path, flags, *arguments, **named):
        if flags & WRITING:
            event("open", str(path))
        return REAL["open"](path, flags, *arguments, **named)

    def open_file(file, mode="r", *arguments, **named):
        if not set(mode) & set("wax+"):
            return real_open(file, mode, *arguments, **named)
        if not isinstance(file, int):
            event("open", str(file))
        return _Writing(real_open(file, mode, *arguments, **named), event)

    def changing(name):
        def call(path, *arguments, **named):
            if "torchinductor" not in str(path):  # a folder that torch makes once per process
                event(name, str(path))
            return REAL[name](path, *arguments, **named)

        return call

    replaced = {name: changing(name) for name in CHANGING} | {"open": open_descriptor}
    try:
        for name, function in replaced.items():
            setattr(os, name, function)
        builtins.open = io.open = open_file
        yield
    finally:
        for name, function in REAL.items():
            setattr(os, name, function)
        builtins.open = io.open = real_open


def operations(function: Callable[[], object]) -> list[tuple[str, str]]:
    """The operations of a function, in order."""
    found: list[tuple[str, str]] = []
    with watched(lambda name, path: found.append((name, path))):
        function()
    return found


@contextmanager
def failing(number: int, error: int, lasting: bool = False) -> Iterator[list[str]]:
    """Let the operation of this number (from 0) fail with an ``errno``, and also all later ones if the fault lasts."""
    failed: list[str] = []
    count = -1

    def event(name, path):
        nonlocal count
        count += 1
        removes = name in ("unlink", "remove", "rmdir") and lasting and error != 30  # a full disk lets files be removed
        if count == number or (lasting and count > number and not removes):
            failed.append(f"{name} {path}")
            raise OSError(error, os.strerror(error), *([] if path.isdecimal() else [path or None]))

    with watched(event):
        yield failed


def in_fork(function: Callable[[], object]) -> int:
    """Run a function in a forked process. Returns its status: 0, 1 after an exception, or minus a signal's number."""
    child = os.fork()
    if child == 0:
        try:
            function()
            status = 0
        except BaseException:
            traceback.print_exc()
            status = 1
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def killed_at(number: int, function: Callable[[], object]) -> bool:
    """Run a function in a process that is killed before the operation of this number. False if it ended before."""
    count = -1

    def event(name, path):
        nonlocal count
        count += 1
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def run():
        with watched(event):
            function()

    status = in_fork(run)
    assert status in (0, -signal.SIGKILL), status
    return status != 0


def images(function: Callable[[], object], folder: Path, into: Path) -> dict[int, Path]:
    """What a kill before each operation of a function would leave of a folder, as copies, by the operation's number.

    Operations that follow no change, such as the one after a sync, leave what the one before leaves, and are left out;
    so are files that were opened and not yet written, as half-written ones are there.
    """
    copies: dict[int, Path] = {}
    count, changed = -1, True

    def event(name, path):
        nonlocal count, changed
        count += 1
        if changed and folder.is_dir() and name != "write":
            copies[count] = into / f"{name.replace(' ', '-')}-{count}"
            inner.append(None)
            shutil.copytree(folder, copies[count])
            inner.pop()
        changed = not (name == "fsync" or (name == "unlink" and os.path.isabs(path) and not os.path.lexists(path)))

    inner: list[None] = []
    with watched(lambda name, path: None if inner else event(name, path)):
        function()
    return copies


def leftovers(folder: Path) -> list[Path]:
    """Temporary files and folders below a folder."""
    return sorted(folder.rglob("*.tmp"))


@contextmanager
def without_syncs_and_shapes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Save time: without syncs, which only matter when the power fails, and without checks of shapes."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    monkeypatch.setitem(REAL, "fsync", lambda handle: None)
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@contextmanager
def unreadable(path: Path, error: int) -> Iterator[None]:
    """Let every read of a file fail with an ``errno``: it can be opened, but its content or header cannot be read."""
    name, real_open = os.path.realpath(path), builtins.open

    def fails(*arguments, **named):
        raise OSError(error, os.strerror(error))

    def open_file(file, mode="r", *arguments, **named):
        opened = real_open(file, mode, *arguments, **named)
        if "r" in mode and os.path.realpath(f"/proc/self/fd/{opened.fileno()}") == name:
            return _Unreadable(opened, fails)
        return opened

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(builtins, "open", open_file)
        patch.setattr(io, "open", open_file)
        yield


class _Unreadable:
    """A file whose reads fail."""

    def __init__(self, file, fails):
        self._file = file
        self.read = self.readinto = self.readline = self.__iter__ = fails

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._file.close()

    def __getattr__(self, name):
        return getattr(self._file, name)
