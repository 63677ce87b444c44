import time
from collections.abc import Sequence
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interlect.protocols.analysis.canonical import canonical_form, canonical_form_by_step, same_language
from interlect.protocols.analysis.knowledge import NO_MESSAGE, Decisions, Feature

BY = ("day", "heard", "been_before")
SYMBOLS = 3


# Rows of said, heard, day, been before: any table of who says what when, also with several symbols in one situation.
languages = st.lists(
    st.tuples(*[st.integers(0, SYMBOLS - 1)] * 2, st.integers(1, 4), st.integers(0, 1)), min_size=1, max_size=12
)


def language_of(rows) -> Decisions:
    said, heard, day, before = (np.array(column) for column in zip(*rows, strict=True))
    return table(said, np.where(day == 1, NO_MESSAGE, heard), day, before)


def table(said, heard, day, before) -> Decisions:
    names = tuple(map(str, range(SYMBOLS)))
    known = {
        "day": Feature(day, "number"),
        "heard": Feature(heard, "message", names),
        "been_before": Feature(before, "flag"),
    }
    return Decisions(said, np.ones_like(said), names, known, {})


def renamed(language: Decisions, order: dict[int, Sequence[int]]) -> Decisions:
    """The language with symbols of day d renamed by ``order[d]``; what is heard was said the day before."""
    day, heard, before = (language.known[name].value for name in BY)
    said = np.array([order[d][s] for d, s in zip(day, language.choice, strict=True)])
    messages = [NO_MESSAGE if h == NO_MESSAGE else order[d - 1][h] for d, h in zip(day, heard, strict=True)]
    return table(said, np.array(messages), day, before)


orders = st.permutations(range(SYMBOLS))


@settings(max_examples=100)
@given(languages, orders)
def test_renaming_symbols_changes_no_language(rows, order):
    language = language_of(rows)
    other = renamed(language, dict.fromkeys(range(5), order))
    assert same_language(canonical_form(language, BY), canonical_form(other, BY))


@settings(max_examples=100)
@given(languages, st.fixed_dictionaries(dict.fromkeys(range(5), orders)))
def test_renaming_by_step_changes_no_coarse_language(rows, order):
    language = language_of(rows)
    other = renamed(language, order)
    assert same_language(canonical_form_by_step(language, BY, "day"), canonical_form_by_step(other, BY, "day"))


@settings(max_examples=100)
@given(languages, languages)
def test_a_language_is_as_fine_as_its_renamings(a, b):
    """Against an independent count: equal canonical forms exactly if some renaming makes the tables equal."""
    a, b = language_of(a), language_of(b)

    def rows(language):
        situations, counts = language.by_known(BY)
        return {tuple(key): tuple(np.flatnonzero(row)) for key, row in zip(situations.tolist(), counts, strict=True)}

    def use(language):
        return set(language.choice.tolist()) | set(language.known["heard"].value.tolist()) - {NO_MESSAGE}

    found = any(rows(renamed(a, dict.fromkeys(range(5), p))) == rows(b) for p in permutations(range(SYMBOLS)))
    assert same_language(canonical_form(a, BY), canonical_form(b, BY)) == found
    if found:
        assert len(use(a)) == len(use(b))
        assert same_language(canonical_form_by_step(a, BY, "day"), canonical_form_by_step(b, BY, "day"))


def test_one_code_written_two_ways_is_one_language(known, plain, turning):
    swapped = [[0, 1]] * 6
    forms = {
        name: canonical_form(known(code).messages, BY) for name, code in (("a", plain), ("b", swapped), ("c", turning))
    }
    assert same_language(forms["a"], forms["b"])
    assert not same_language(forms["a"], forms["c"])
    coarse = {canonical_form_by_step(known(code).messages, BY, "day") for code in (plain, swapped, turning)}
    assert len(coarse) == 1


def test_silence_of_one_symbol_is_another_language(known, plain):
    mute = known([[1, 1]] * 6).messages
    assert not same_language(canonical_form(known(plain).messages, BY), canonical_form(mute, BY))
    assert canonical_form_by_step(known(plain).messages, BY, "day") != canonical_form_by_step(mute, BY, "day")


def test_what_cannot_be_compared_is_refused(known, plain):
    messages = known(plain).messages
    with pytest.raises(ValueError, match="needs the clock"):
        canonical_form_by_step(messages, ("heard",), "day")
    with pytest.raises(ValueError, match="at most one feature that holds messages"):
        canonical_form_by_step(messages, (*BY, "wrote_before"), "day")
    many = np.arange(9)
    language = Decisions(many, np.ones_like(many), tuple("abcdefghi"), {"day": Feature(many, "number")}, {})
    with pytest.raises(ValueError, match="must use at most 8 symbols; received 9"):
        canonical_form(language, ("day",))


def sent(said, order) -> tuple[int, ...]:
    return tuple(sorted(order[symbol] for symbol in said))


def smallest_by_trying(language: Decisions) -> tuple:
    """The coarse form by its definition: the smallest tables over all renamings of every step, step by step."""
    rows = []
    situations, counts = language.by_known(BY)
    for key, row in zip(situations.tolist(), counts, strict=True):
        rows.append((tuple(key), tuple(np.flatnonzero(row).tolist())))
    best = [((), {})]
    for day in range(1, 5):
        now = [row for row in rows if row[0][0] == day]
        tried = []
        for found, old in best:
            for order in permutations(range(SYMBOLS)):
                table = tuple(
                    sorted(
                        ((d, old.get(h, NO_MESSAGE), b), tuple(sorted(order[s] for s in said)))
                        for (d, h, b), said in now
                    )
                )
                tried.append(((found, table), dict(enumerate(order))))
        smallest = min(table for (_, table), _ in tried)
        best = [((*found, *table), names) for (found, table), names in tried if table == smallest]
    return best[0][0]


@settings(max_examples=60)
@given(languages)
def test_the_coarse_form_is_the_smallest_of_all(rows):
    """Up to names that are never sent, which sort after those that are."""
    language = language_of([row for row in rows if row[2] == 1] or rows)
    found = canonical_form_by_step(language, BY, "day")
    assert [said for _, said in found] == [said for _, said in smallest_by_trying(language)]


def test_eight_symbols_at_eight_steps_are_named_without_trying_all_orders():
    day, heard = (part.ravel() for part in np.meshgrid(np.arange(1, 9), np.arange(8), indexing="ij"))
    names = tuple(map(str, range(8)))
    arrived = Feature(np.where(day == 1, NO_MESSAGE, heard), "message", names)
    known = {"day": Feature(day, "number"), "digit": Feature(heard, "number"), "heard": arrived}
    language = Decisions((heard * 3 + day) % 8, np.ones_like(heard), names, known, {})
    before = time.process_time()
    canonical_form_by_step(language, ("day", "digit", "heard"), "day")
    assert time.process_time() - before < 5, "a step must not try all 40,320 names"
