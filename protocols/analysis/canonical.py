"""When two teams speak the same language: a form that does not depend on what the symbols are called."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations
from typing import TypeAlias

import numpy as np

from ..common.errors import bad
from .knowledge import NOTHING, Decisions

Language: TypeAlias = tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]
"""Rows of (situation, the symbols said in it), sorted; symbols carry canonical names."""

MOST_SYMBOLS = 8
"""Canonical forms try every renaming of the symbols in use; there are 40,320 of eight."""

_Names: TypeAlias = dict[int, int]


def canonical(messages: Decisions, known: Sequence[str]) -> Language:
    """The language up to renaming its symbols: of all renamings, the one whose table sorts first.

    Args:
        messages: who said what, knowing what.
        known: the features that make a situation. Those that hold messages are renamed along.

    Raises:
        ValueError: if more than ``MOST_SYMBOLS`` symbols are in use, or a feature is not known.
    """
    rows, heard = _rows(messages, known)
    used = symbols_in_use(messages, known)
    return min(_renamed(rows, heard, names, names) for names in _renamings(used))


def canonical_by_step(messages: Decisions, known: Sequence[str], clock: str) -> Language:
    """The language up to renaming its symbols at every step anew: a coarser form.

    What is said at one step is heard at the next. So "1 means two on even days, 0 on odd ones" is here the same as "1
    means two".

    Args:
        messages: who said what, knowing what.
        known: the features that make a situation; one of them holds the message heard, no other holds messages.
        clock: the feature among ``known`` that tells the step.

    Raises:
        ValueError: as ``canonical``, or if ``known`` lacks the clock or holds two features of messages.
    """
    if clock not in known:
        raise bad("Renaming by step needs the clock among the features", tuple(known), f"Add {clock!r}.")
    rows, heard = _rows(messages, known)
    if len(heard) > 1:
        remedy = "Leave out those that were said or heard earlier."
        raise bad("Renaming by step needs at most one feature that holds messages", tuple(known), remedy)
    at = list(known).index(clock)
    steps = [situation[at] for situation, _ in rows]
    language: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    before: list[_Names] = [{}]
    for step in range(min(steps, default=0) - 1, max(steps, default=-1) + 1):
        now = [row for row in rows if row[0][at] == step]
        following = [situation for situation, _ in rows if situation[at] == step + 1]
        used = {symbol for _, said in now for symbol in said} | {s[k] for s in following for k in heard}
        namings = list(_renamings(used - {NOTHING}))
        tables = [(_renamed(now, heard, old, new), new) for new in namings for old in before]
        best = min(table for table, _ in tables)
        before = [dict(items) for items in {tuple(new.items()) for table, new in tables if table == best}]
        language += best
    return tuple(language)


def symbols_in_use(messages: Decisions, known: Sequence[str]) -> set[int]:
    """The symbols that were sent, or heard in one of the features ``known``."""
    heard = [messages.known[name].value for name in known if messages.known[name].kind == "message"]
    return set(np.concatenate([messages.choice, *heard]).tolist()) - {NOTHING}


def same_language(a: Language, b: Language) -> bool:
    """Whether two canonical forms (of one kind, over the same features) are one language."""
    return a == b


def _rows(messages: Decisions, known: Sequence[str]) -> tuple[list[tuple[tuple[int, ...], tuple[int, ...]]], list[int]]:
    situations, counts = messages.by_known(known)
    heard = [k for k, name in enumerate(known) if messages.known[name].kind == "message"]
    said = [tuple(np.flatnonzero(row).tolist()) for row in counts]
    return [(tuple(key), symbols) for key, symbols in zip(situations.tolist(), said, strict=True)], heard


def _renamings(used: Iterable[int]) -> Iterator[_Names]:
    symbols = sorted(used)
    if len(symbols) > MOST_SYMBOLS:
        remedy = "Compare such languages by cross-play."
        raise bad(f"A canonical form takes at most {MOST_SYMBOLS} symbols in use", len(symbols), remedy)
    return (dict(zip(symbols, order, strict=True)) for order in permutations(range(len(symbols))))


def _renamed(
    rows: Iterable[tuple[tuple[int, ...], tuple[int, ...]]], heard: Sequence[int], old: _Names, new: _Names
) -> Language:
    """Rows with what was heard renamed by ``old``, and what is said by ``new``."""
    out = []
    for situation, said in rows:
        key = tuple(old.get(v, NOTHING) if k in heard else v for k, v in enumerate(situation))
        out.append((key, tuple(sorted(new[symbol] for symbol in said))))
    return tuple(sorted(out))
