"""Upper limits of sizes, and of the memory that something may need, which are checked before it is built."""

import os
from pathlib import Path

from .errors import invalid

MAX_INTEGER = 2**31 - 1
"""Maximum of integer arguments without a smaller limit."""
MAX_AGENTS = 1000
MAX_WORKERS = 1000
MAX_HISTORY = 1000
"""Maximum number of earlier steps in an observation."""
MAX_LANES = 2**24
MAX_WIDTH = 2**16
"""Maximum width of a layer, and maximum number of symbols, bits or numbers in a message."""
MAX_LAYERS = 1000
MAX_MESSAGE = 2**20
"""Maximum length of a decoded message."""
CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Files that state the memory limit of a container, on Linux."""


def available_memory() -> int:
    """Memory that this process can use, in bytes: the memory of the machine, or of its container if that is less."""
    try:
        found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):  # systems without sysconf
        return 2**63
    for path in CGROUP_LIMITS:
        try:
            found = min(found, int(path.read_text()))
        except (OSError, ValueError):  # no such file, or "max"
            continue
    return found


def check_memory(what: str, needed: int, remedy: str) -> None:
    """Check an estimate of memory before it is allocated.

    Args:
        what: What needs the memory.
        needed: The estimate, in bytes.
        remedy: The remedy, for the message.

    Raises:
        ValueError: If it exceeds ``available_memory``.
    """
    available = available_memory()
    if needed > available:
        rule = f"{what} must fit into the memory of this machine, {available / 2**30:.1f} GiB"
        raise invalid(rule, f"an estimated {needed // 2**30} GiB", remedy)
