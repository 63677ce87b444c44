"""Errors that state the rule, the value received and the remedy."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches

LONGEST = 1000
"""Maximum number of characters with which an error shows a value."""

_flags: ContextVar[bool] = ContextVar("flags", default=False)


class InvalidArgument(ValueError):
    """An argument violates a rule; the message states the rule, the value received and the remedy."""


def unknown(kind: str, name: object, known: Iterable[str], owner: str = "") -> InvalidArgument:
    """An error for a name that does not exist, with the most similar names that do.

    Args:
        kind: What the name would name, such as "game".
        name: The name.
        known: The names that exist.
        owner: What has the named things, such as "dial" for presets; empty if they belong to nothing.
    """
    names = sorted(known)
    there = f"{owner} has" if owner else "There is"
    known_names = f" Known: {', '.join(names)}." if names else ""
    return InvalidArgument(f"{there} no {kind} {_shown(name)}.{did_you_mean(name, names)}{known_names}")


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """A question that suggests the most similar known names, after a space; empty if none is similar."""
    near = get_close_matches(name, sorted(known), n=2, cutoff=0.5) if isinstance(name, str) else []
    return f" Did you mean {' or '.join(map(repr, near))}?" if near else ""


def invalid(rule: str, received: object, remedy: str) -> InvalidArgument:
    """An error whose message has three parts: the rule, the value received and the remedy."""
    return InvalidArgument(" ".join(f"{rule}; received {_shown(received)}. {remedy}".splitlines()))


@contextmanager
def naming_flags() -> Iterator[None]:
    """Make messages name flags of the command line within the context, instead of arguments in Python."""
    token = _flags.set(True)
    try:
        yield
    finally:
        _flags.reset(token)


def argument(name: str, value: object = None) -> str:
    """The name of an argument in a message, with its value unless that is None.

    It is written as in Python, for example ``existing="resume"``, and within ``naming_flags`` as on the command line,
    ``--existing resume``.
    """
    shown = f'"{value}"' if isinstance(value, str) else repr(value)
    flag = name.replace("_", "-")
    if isinstance(value, bool):
        return phrase(f"{name}={shown}", f"--{flag}" if value else f"--no-{flag}")
    return phrase(name, f"--{flag}") if value is None else phrase(f"{name}={shown}", f"--{flag} {value}")


def phrase(python: str, command_line: str) -> str:
    """The first phrase, or within ``naming_flags`` the second."""
    return command_line if _flags.get() else python


def _shown(value: object) -> str:
    """The representation of a value, without its middle if it is long."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # Python refuses to write very large integers
        text = f"a very large {type(value).__name__}"
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} ... {text[-LONGEST // 2 :]}"
