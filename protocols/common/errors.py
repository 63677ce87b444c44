"""Errors that state the rule, the value received and the remedy."""

from collections.abc import Iterable
from difflib import get_close_matches

LONGEST = 1000
"""Maximum number of characters with which an error shows a value."""


class InvalidArgument(ValueError):
    """An argument violates a rule; the message states the rule, the value received and the remedy."""


def unknown(kind: str, name: object, known: Iterable[str]) -> InvalidArgument:
    """An error for a name that does not exist, with the most similar names that do."""
    names = sorted(known)
    near = get_close_matches(name, names, n=2, cutoff=0.5) if isinstance(name, str) else []
    guess = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    return InvalidArgument(f"There is no {kind} {_shown(name)}.{guess} Known: {', '.join(names)}.")


def invalid(rule: str, received: object, remedy: str) -> InvalidArgument:
    """An error whose message has three parts: the rule, the value received and the remedy."""
    return InvalidArgument(" ".join(f"{rule}; received {_shown(received)}. {remedy}".splitlines()))


def _shown(value: object) -> str:
    """The representation of a value, without its middle if it is long."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # Python refuses to write very large integers
        text = f"a very large {type(value).__name__}"
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} ... {text[-LONGEST // 2 :]}"
