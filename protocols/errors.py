"""Errors that say the rule, the value received and the remedy."""

from collections.abc import Iterable
from difflib import get_close_matches


def unknown(kind: str, name: object, known: Iterable[str]) -> ValueError:
    """An error for a name that does not exist, with the nearest ones that do."""
    names = sorted(known)
    near = get_close_matches(name, names, n=2, cutoff=0.5) if isinstance(name, str) else []
    guess = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    return ValueError(f"There is no {kind} {name!r}.{guess} Known: {', '.join(names)}.")


def bad(rule: str, received: object, remedy: str) -> ValueError:
    """An error in three sentences: what must hold, what came instead, what to do."""
    return ValueError(f"{rule}; received {received!r}. {remedy}")
