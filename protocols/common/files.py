"""Files that are either complete or absent, and safe reading of folders that come from other people.

*Threat model.* The folder of a run, a team or an agent can come from someone else. Reading it runs no code from it. It
is read and written only if it contains nothing but regular files and folders: a link, a named pipe or a device could
lead outside the folder or block. New files get random temporary names, are created exclusively, and never follow a
link. A file that is written in place must have no other hard link. All of this assumes that no other process changes
the folder at the same time.
"""

import errno
import hashlib
import json
import math
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from typing import Any, Never, TypeVar

from .disk_errors import DiskError
from .errors import InvalidArgument, invalid
from .schemas import check_json

T = TypeVar("T")

MAX_ENTRIES = 100_000
"""Maximum number of files and folders in a folder that is read."""
MAX_JSON = 64 * 2**20
"""Maximum size of a JSON file, in bytes."""
MAX_HEADER = 10**8
"""Maximum size of the header of a safetensors file, in bytes, which that format sets."""
MAX_FILE = 2**36
"""Maximum size of a file of weights, in bytes."""
PUT_BACK = "Put back the file that was there; if there was none, copy the folder without it."
"""Remedy for what is in the place of a file."""
DISK = {
    errno.EIO: "Check the disk, or read a copy of the folder.",
    errno.EACCES: "Get permission to read it.",
    errno.EPERM: "Get permission to read it.",
}
"""Remedies for files that cannot be read, by the number of the error."""
NO_LINKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
"""Flags with which a file is opened only if it is not a link, where the system supports it."""


def check_contents(folder: Path) -> None:
    """Check that a folder holds only regular files and folders. The folder itself may be reached by a link.

    Raises:
        ValueError: If it holds a link, a named pipe, a socket or a device, or more than ``MAX_ENTRIES`` entries.
    """
    count, folders = 0, [folder]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    count += 1
                    mode = entry.stat(follow_symlinks=False).st_mode
                    if stat.S_ISDIR(mode):
                        folders.append(Path(entry.path))
                    elif not stat.S_ISREG(mode):
                        kind = "a link" if stat.S_ISLNK(mode) else "neither a file nor a folder"
                        rule = f"{folder} must contain only regular files and folders"
                        raise invalid(rule, f"{entry.path}, {kind}", PUT_BACK)
                    if count > MAX_ENTRIES:
                        rule = f"{folder} must contain at most {MAX_ENTRIES} files"
                        raise invalid(rule, f"more than {MAX_ENTRIES}", "Copy only the files of the run.")
        except OSError as error:
            remedy = DISK.get(error.errno or 0, "Check its permissions.")
            raise invalid("A folder must be readable", f"{error.filename}: {error.strerror}", remedy) from error


def check_name(name: object, what: str) -> str:
    """The name of a file or folder inside another folder, unchanged.

    Raises:
        ValueError: If it is not a string, or a path to somewhere else.
    """
    if not isinstance(name, str) or name in ("", ".", "..") or "/" in name or "\\" in name or "\0" in name:
        raise invalid(f"{what} must be a name without folders", name, "Save it again under such a name.")
    return name


def write_bytes(path: Path, content: bytes) -> None:
    """Replace the content of ``path``, or leave the file unchanged.

    Raises:
        ValueError: If a folder is in its place.
        OSError: If the disk is full or the folder is not writable; names the file.
    """
    if path.is_dir() and not path.is_symlink():
        check_regular(path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_LINKS, 0o666)
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise DiskError(error, path, "What was there before is unchanged.", "choose another folder") from error
    finally:
        _remove(temporary)


def open_in_place(path: Path, flags: int, remedy: str) -> int:
    """Open a file of a folder to write into it, and create it if it is missing. It is not emptied.

    Args:
        path: Its path.
        flags: Flags of ``os.open``: ``O_RDWR`` or ``O_WRONLY``, perhaps with ``O_APPEND``.
        remedy: The remedy, for the message.

    Returns:
        A file descriptor.

    Raises:
        ValueError: If it is not a regular file, or also has a name elsewhere, as a hard link.
        OSError: If it cannot be opened.
    """
    check_in_place(path, remedy)
    return os.open(path, flags | os.O_CREAT | NO_LINKS, 0o666)


def check_in_place(path: Path, remedy: str) -> None:
    """Check that a file, if it exists, can be written in place.

    Raises:
        ValueError: If it is not a regular file, or also has a name elsewhere, as a hard link.
    """
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        kind = "a hard link" if stat.S_ISREG(status.st_mode) else "which is not"
        raise invalid(f"{path.name} must be a regular file with no other name", f"{path}, {kind}", remedy)


def check_regular(path: Path) -> None:
    """Check that there is a regular file, which is not a link.

    Raises:
        ValueError: If there is none.
    """
    try:
        mode = os.lstat(path).st_mode
    except OSError as error:
        raise _unreadable(path, error) from error
    if not stat.S_ISREG(mode):
        raise invalid(f"{path.name} must be a regular file", f"{path}, which is not", PUT_BACK)


def read_bytes(path: Path, most: int) -> bytes:
    """Read a regular file, without following a link at its end.

    Raises:
        ValueError: If it is missing, not a regular file, or larger than ``most`` bytes.
    """
    with _opened(path, most) as file:
        return file.read(most)


@contextmanager
def _opened(path: Path, most: int) -> Iterator[BufferedReader]:
    """Open a regular file of at most ``most`` bytes, without following a link at its end."""
    try:
        handle = os.open(path, os.O_RDONLY | NO_LINKS | getattr(os, "O_NONBLOCK", 0))
        with open(handle, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise invalid(f"{path.name} must be a regular file", f"{path}, which is not", PUT_BACK)
            if status.st_size > most:
                rule = f"{path.name} must have at most {most} bytes"
                raise invalid(rule, status.st_size, f"Use a smaller copy of {path}.")
            yield file
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> InvalidArgument:
    """The error for a file that cannot be read."""
    if error.errno in DISK:
        return invalid(f"{path.name} must be readable", f"{path}: {error.strerror}", DISK[error.errno])
    return invalid(f"{path.name} must be a regular file", f"{path}: {error.strerror}", PUT_BACK)


def check_readable(path: Path, header: bool = False) -> None:
    """Read a file of weights, before it is mapped into memory: there, an error of the disk would kill the process.

    Args:
        path: Its path.
        header: Whether to read only the header of a safetensors file.

    Raises:
        ValueError: If it is missing, not a regular file, larger than ``MAX_FILE``, or cannot be read.
    """
    with _opened(path, MAX_FILE) as file:
        left = min(int.from_bytes(file.read(8), "little"), MAX_HEADER) if header else MAX_FILE
        while left > 0 and (part := file.read(min(left, 2**20))):
            left -= len(part)


def sha256(path: Path) -> str:
    """The SHA-256 of a regular file, which is read without following a link at its end.

    Raises:
        ValueError: If it is missing, not a regular file, or larger than ``MAX_FILE`` or, if it is JSON, ``MAX_JSON``.
    """
    with _opened(path, MAX_JSON if path.suffix == ".json" else MAX_FILE) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path: Path, content: Any) -> None:
    """Write indented JSON; numbers must be finite, and may be NumPy's."""
    text = json.dumps(content, indent=2, allow_nan=False, default=lambda number: number.item())
    write_bytes(path, f"{text}\n".encode())


def read_json(path: Path, most: int | None = None) -> Any:
    """Read JSON, in which all numbers are finite.

    Raises:
        ValueError: If the file is missing, truncated, damaged or larger than ``most`` bytes (by default ``MAX_JSON``).
    """
    content = read_bytes(path, MAX_JSON if most is None else most)
    try:
        return parse_json(content)
    except (ValueError, RecursionError) as error:
        raise invalid(
            f"{path.name} must be a complete JSON file", str(error), f"Use a complete copy of {path}."
        ) from error


def parse_json(content: bytes) -> Any:
    """Parse JSON, in which all numbers are finite.

    Raises:
        ValueError: If it is not JSON, or a number is not finite.
        RecursionError: If it is nested too deeply.
    """
    return json.loads(content, parse_constant=_not_finite, parse_float=_finite)


def read_typed(path: Path, kind: type[T]) -> T:
    """Read a JSON object that matches a ``TypedDict``.

    Raises:
        ValueError: If the file is missing or truncated, or does not hold such an object.
    """
    content: T = read_json(path)
    check_json(content, kind, path.name, f"Use a complete copy of {path}.")
    return content


def sync_folder(folder: Path) -> None:
    """Make renames inside ``folder`` durable, where the system supports it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _not_finite(text)


def _not_finite(constant: str) -> Never:
    raise ValueError(f"{constant} is not a finite number")


def _remove(path: Path) -> None:
    """Remove a leftover file, if there is one; the error that left it is the one to report."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
