"""Calls that must end within some seconds, with a result or an error of one line, and do nothing forbidden."""

import contextlib
import io
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from interlect.protocols.common.errors import InvalidArgument

SECONDS = 10
FORBIDDEN = ("os.system", "subprocess.Popen", "os.exec", "os.fork", "os.posix_spawn", "socket.connect", "ctypes.dlopen")
"""Audit events that no call may cause."""
CHANGES = ("os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.chmod", "shutil.rmtree")
MOVES = ("os.rename", "os.link", "os.symlink")
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class TooLong(BaseException):
    """A call took more than ``SECONDS``."""


def too_long(*_: object) -> None:
    raise TooLong


class Guard:
    """Records what a call does that is forbidden, by ``sys.addaudithook``.

    Args:
        canary: A folder that no call may reach.

    Attributes:
        inside: The folder in which the current call may write; None between calls.
        found: What the current call did.
    """

    def __init__(self, canary: Path) -> None:
        self.canary = canary
        self.inside: str | None = None
        self.found: list[str] = []
        sys.addaudithook(self.hook)

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.inside is None:
            return
        if event in FORBIDDEN:
            self.found.append(f"{event}{arguments[:1]}")
        elif event == "open":
            path, mode, flags = arguments
            self.check(path, bool(flags & WRITES) or bool(set(str(mode or "")) & set("wax+")))
        elif event in ("os.scandir", "os.listdir"):
            self.check(arguments[0], False)
        elif event in CHANGES:
            self.check(arguments[0], True)
        elif event in MOVES:
            self.check(arguments[0], True)
            self.check(arguments[1], True)

    def check(self, path: Any, writes: bool) -> None:
        if isinstance(path, int) or path is None:
            return
        place = os.path.realpath(os.fsdecode(path))
        free = place.startswith((f"{self.inside}/", "/dev/", "/proc/")) or "__pycache__" in place
        if place.startswith(str(self.canary)):
            self.found.append(f"reached the canary: {path}")
        elif writes and not free:
            self.found.append(f"wrote {path}")


def text_of(error: BaseException) -> str:
    try:
        return str(error)
    except ValueError:  # Python refuses to write very large integers
        return "about a very large integer"


def fault_of(call: Callable[[], object], errors: tuple[type[Exception], ...], length: int, returns: bool) -> str:
    """What is wrong with the way in which a call ends; empty if nothing is.

    Args:
        call: The call.
        errors: Exceptions that it may raise, with a message of one line.
        length: Maximum length of this message.
        returns: Whether it may return.
    """
    out = io.StringIO()
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(SECONDS)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call()
    except TooLong:
        return f"more than {SECONDS} s, in {traceback.format_exc().splitlines()[-6:]}"
    except errors as error:
        text = str(error)
        own = isinstance(error, InvalidArgument)
        if isinstance(error, UnicodeError) or ("int_max_str_digits" in text and not own):
            return f"an error of Python itself: {text[:300]!r}"
        return f"an error of several lines: {text[:300]!r}" if "\n" in text or len(text) > length else ""
    except BaseException as error:
        frames = [f"{Path(f.filename).name}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)[-4:]]
        return f"{type(error).__name__}: {text_of(error)[:300]!r} at {frames}"
    finally:
        signal.alarm(0)
    return "" if returns else "was accepted"
