"""Errors that state the rule, the value received and the remedy."""

from collections.abc import Iterable
from difflib import get_close_matches


class InvalidArgument(ValueError):
    """An argument violates a rule; the message states the rule, the value received and the remedy."""


def unknown(kind: str, name: object, known: Iterable[str]) -> InvalidArgument:
    """An error for a name that does not exist, with the most similar names that do."""
    names = sorted(known)
    near = get_close_matches(name, names, n=2, cutoff=0.5) if isinstance(name, str) else []
    guess = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    return InvalidArgument(f"There is no {kind} {name!r}.{guess} Known: {', '.join(names)}.")


def invalid(rule: str, received: object, remedy: str) -> InvalidArgument:
    """An error whose message has three parts: the rule, the value received and the remedy."""
    return InvalidArgument(f"{rule}; received {received!r}. {remedy}")
