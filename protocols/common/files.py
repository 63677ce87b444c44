"""Files that are either complete or absent: they are written under a temporary name, synced, and then renamed."""

import json
import os
from pathlib import Path
from typing import Any

from .errors import invalid


def write_bytes(path: Path, content: bytes) -> None:
    """Replace the content of ``path``, or leave the file unchanged.

    Raises:
        OSError: If the disk is full or the folder is not writable. The message names the file.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        message = f"Could not write {path}: {error.strerror}. The previous content is unchanged. Free some disk space."
        raise OSError(error.errno, message) from error


def write_json(path: Path, content: Any) -> None:
    """Write indented JSON. Numbers must be finite and may be NumPy scalars."""
    text = json.dumps(content, indent=2, allow_nan=False, default=lambda number: number.item())
    write_bytes(path, f"{text}\n".encode())


def read_json(path: Path) -> Any:
    """Read JSON.

    Raises:
        ValueError: If the file is missing or truncated.
    """
    try:
        return json.loads(path.read_text())
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise invalid(
            f"{path.name} must be a complete JSON file", str(error), f"Use a complete copy of {path}."
        ) from error


def read_object(path: Path, *names: str) -> dict[str, Any]:
    """Read a JSON object that has at least these keys.

    Raises:
        ValueError: If the file is missing or truncated, or does not contain such an object.
    """
    content = read_json(path)
    if not isinstance(content, dict) or not content.keys() >= set(names):
        rule = f"{path.name} must hold a JSON object" + (f" with {', '.join(names)}" if names else "")
        raise invalid(rule, content, f"Use a complete copy of {path}.")
    return content


def sync_folder(folder: Path) -> None:
    """Make renames inside ``folder`` durable, where the system supports it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
