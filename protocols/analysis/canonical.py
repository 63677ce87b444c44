"""Canonical forms of languages, invariant to the renaming of symbols, to test whether two teams share a language."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import permutations, product
from typing import TypeAlias

import numpy as np

from ..common.errors import invalid
from .knowledge import NO_MESSAGE, Decisions

Language: TypeAlias = tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]
"""Sorted rows of (situation, the symbols sent in it), with canonical names of the symbols."""

MOST_SYMBOLS = 8
"""The largest number of symbols in use, because all renamings are tried: 40,320 for eight symbols."""

_Names: TypeAlias = dict[int, int]


def canonical_form(messages: Decisions, known: Sequence[str]) -> Language:
    """The language up to renaming its symbols: the lexicographically smallest table over all renamings.

    Args:
        messages: The messages sent, with the knowledge of their senders.
        known: The features that define a situation. Features that hold messages are renamed as well.

    Raises:
        ValueError: If more than ``MOST_SYMBOLS`` symbols are in use, or a feature does not exist.
    """
    rows, heard = _rows(messages, known)
    used = symbols_in_use(messages, known)
    return min(_rename(rows, heard, names, names) for names in _renamings(used))


def canonical_form_by_step(messages: Decisions, known: Sequence[str], clock: str) -> Language:
    """The language up to renaming its symbols independently at every step: a coarser form.

    A message sent at one step is heard at the next. This form does not distinguish the language "two is sent as 1" from
    the language "two is sent as 1 on even days and as 0 on odd days".

    Args:
        messages: The messages sent, with the knowledge of their senders.
        known: The features that define a situation. At most one of them, the message heard, may hold messages.
        clock: The feature among ``known`` that gives the step.

    Raises:
        ValueError: As for ``canonical_form``, or if ``known`` lacks the clock or has two features that hold messages.
    """
    if clock not in known:
        raise invalid("Renaming by step needs the clock among the features", tuple(known), f"Add {clock!r}.")
    rows, heard = _rows(messages, known)
    if len(heard) > 1:
        remedy = "Remove the messages of earlier steps."
        raise invalid("Renaming by step needs at most one feature that holds messages", tuple(known), remedy)
    at = list(known).index(clock)
    steps = [situation[at] for situation, _ in rows]
    language: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    before: list[_Names] = [{}]
    for step in range(min(steps, default=0) - 1, max(steps, default=-1) + 1):
        now = [row for row in rows if row[0][at] == step]
        following = [situation for situation, _ in rows if situation[at] == step + 1]
        used = {symbol for _, said in now for symbol in said} | {s[k] for s in following for k in heard}
        _check_count(used - {NO_MESSAGE})
        tables = [_smallest_table(now, heard, old, used - {NO_MESSAGE}) for old in before]
        best = min(table for table, _ in tables)
        ties = {tuple(sorted(new.items())) for table, cells in tables if table == best for new in _namings(cells)}
        before = [dict(items) for items in ties]
        language += best
    return tuple(language)


def symbols_in_use(messages: Decisions, known: Sequence[str]) -> set[int]:
    """The symbols that were sent, or heard in one of the features ``known``."""
    heard = [messages.known[name].value for name in known if messages.known[name].kind == "message"]
    return set(np.concatenate([messages.choice, *heard]).tolist()) - {NO_MESSAGE}


def same_language(a: Language, b: Language) -> bool:
    """Whether two canonical forms are equal. Both must be of the same kind and over the same features."""
    return a == b


def _rows(messages: Decisions, known: Sequence[str]) -> tuple[list[tuple[tuple[int, ...], tuple[int, ...]]], list[int]]:
    situations, counts = messages.by_known(known)
    heard = [k for k, name in enumerate(known) if messages.known[name].kind == "message"]
    said = [tuple(np.flatnonzero(row).tolist()) for row in counts]
    return [(tuple(key), symbols) for key, symbols in zip(situations.tolist(), said, strict=True)], heard


def _smallest_table(
    rows: Iterable[tuple[tuple[int, ...], tuple[int, ...]]], heard: Sequence[int], old: _Names, used: set[int]
) -> tuple[Language, list[list[int]]]:
    """The smallest table over all names of the symbols sent, while those heard are renamed by ``old``.

    Rows are visited in their final order. Of the symbols that no earlier row distinguishes, those of the row receive
    the smallest names.

    Returns:
        The table; and the symbols in the order of their names, in groups that no row distinguishes.
    """
    cells = [sorted(used)] if used else []
    keys = sorted(
        (tuple(old.get(v, NO_MESSAGE) if k in heard else v for k, v in enumerate(s)), said) for s, said in rows
    )
    for _, said in keys:
        halves = ([[s for s in cell if s in said], [s for s in cell if s not in said]] for cell in cells)
        cells = [half for pair in halves for half in pair if half]
    names = {symbol: name for name, symbol in enumerate(symbol for cell in cells for symbol in cell)}
    return tuple((key, tuple(sorted(names[symbol] for symbol in said))) for key, said in keys), cells


def _namings(cells: Sequence[Sequence[int]]) -> Iterator[_Names]:
    """All names for which symbols keep the order of their groups."""
    for orders in product(*map(permutations, cells)):
        yield {symbol: name for name, symbol in enumerate(symbol for order in orders for symbol in order)}


def _check_count(symbols: Collection[int]) -> None:
    if len(symbols) > MOST_SYMBOLS:
        remedy = "Use cross-play to compare such languages."
        raise invalid(f"A language in canonical form must use at most {MOST_SYMBOLS} symbols", len(symbols), remedy)


def _renamings(used: Iterable[int]) -> Iterator[_Names]:
    symbols = sorted(used)
    _check_count(symbols)
    return (dict(zip(symbols, order, strict=True)) for order in permutations(range(len(symbols))))


def _rename(
    rows: Iterable[tuple[tuple[int, ...], tuple[int, ...]]], heard: Sequence[int], old: _Names, new: _Names
) -> Language:
    """Rows with the messages heard renamed by ``old``, and those sent by ``new``."""
    out = []
    for situation, said in rows:
        key = tuple(old.get(v, NO_MESSAGE) if k in heard else v for k, v in enumerate(situation))
        out.append((key, tuple(sorted(new[symbol] for symbol in said))))
    return tuple(sorted(out))
