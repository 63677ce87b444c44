import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interlect.protocols.analysis.knowledge import NO_MESSAGE, Decisions, Feature
from interlect.protocols.analysis.trees import Node, smallest_tree


def answer(node: Node, decisions: Decisions, row: int) -> str:
    """Ask the tree's questions about one decision, read from their text alone."""
    while node.question:
        subject, yes = node.question[:-1], None
        for name, feature in decisions.known.items():
            said, value = name.replace("_", " "), int(feature.value[row])
            if feature.kind == "number" and subject.startswith(f"{said} ≥ "):
                yes = value >= int(subject.split()[-1])
            elif feature.kind == "flag" and subject == said:
                yes = value == 1
            elif feature.kind == "message" and subject == f"{said} something":
                yes = value != NO_MESSAGE
            elif feature.kind == "message" and subject.rpartition(" ")[0] == said:
                yes = feature.text(value) == subject.rpartition(" ")[2]
            elif feature.kind == "name" and subject.startswith(f"{said} is "):
                yes = subject == f"{said} is {feature.text(value)}"
        assert yes is not None, node.question
        node = node.yes if yes else node.no
    return node.choice


def fidelity(tree, decisions) -> float:
    right = [answer(tree.root, decisions, row) == decisions.names[c] for row, c in enumerate(decisions.choice)]
    return float(decisions.times[right].sum() / decisions.times.sum())


def test_counting_takes_four_leaves_to_say_and_three_to_tell(known, plain):
    found = known(plain)
    message, action = smallest_tree(found.messages), smallest_tree(found.actions)
    assert (message.fidelity, message.root.leaves, message.known) == (1.0, 4, ("heard", "been_before"))
    assert (action.fidelity, action.root.leaves, action.known) == (1.0, 3, ("heard", "been_before"))
    assert sum(message.root.counts) == message.decisions == found.messages.total
    assert action.root.counts == (found.actions.total - 540, 540)
    summary = "Reproduces 100% of 3,438 decisions with 3 leaves, with questions about: heard, been before. "
    assert action.summary() == f"{summary}In comparison, always choosing none reproduces 84.3%."
    assert action.baseline == (3438 - 540) / 3438
    assert action.informative
    assert action.text().splitlines() == [
        "heard 0?",
        "├── yes: been before?",
        "│   ├── yes: none  (1080, 0)",
        "│   └── no: tell  (0, 540)",
        "└── no: none  (1818, 0)",
    ]


def test_a_language_that_turns_every_day_is_reproduced_with_the_day(known, turning):
    found = known(turning)
    message, action = smallest_tree(found.messages), smallest_tree(found.actions)
    assert action.known == ("day", "heard", "been_before")
    assert action.fidelity == 1.0 == fidelity(action, found.actions)
    # Whoever was here flips the word, the second visitor repeats it: so the day is not needed.
    assert message.known == ("heard", "been_before")
    assert message.fidelity == 1.0 == fidelity(message, found.messages)


def test_random_symbols_cannot_be_reproduced_and_fidelity_says_so(known):
    decisions = known(None).messages
    tree = smallest_tree(decisions, ["day", "heard", "been_before"])
    assert tree.fidelity == pytest.approx(fidelity(tree, decisions))
    assert 0.5 < tree.fidelity < 0.6


def test_fewer_features_are_preferred_and_what_they_cannot_tell_apart_costs_fidelity(known, plain):
    messages = known(plain).messages
    blind = smallest_tree(messages, ["day"])
    usual = messages.by_known(["day"])[1].max(axis=1).sum()
    assert blind.fidelity == usual / messages.total < 1
    assert smallest_tree(messages, []).root.leaves == 1


# Rows of day, been before, heard, who, choice, times.
some_rows = st.lists(
    st.tuples(*(st.integers(*ends) for ends in ((1, 4), (0, 1), (NO_MESSAGE, 2), (0, 2), (0, 2), (1, 9)))),
    min_size=1,
    max_size=12,
)


def decisions_of(rows) -> Decisions:
    day, before, heard, who, choice, times = (np.array(column) for column in zip(*rows, strict=True))
    known = {
        "day": Feature(day, "number"),
        "been_before": Feature(before, "flag"),
        "heard": Feature(heard, "message", ("0", "1", "2")),
        "who": Feature(who, "name", ("prisoner 0", "prisoner 1", "prisoner 2")),
    }
    return Decisions(choice, times, ("a", "b", "c"), known, {})


@settings(max_examples=30, deadline=None)
@given(some_rows)
def test_a_tree_does_what_it_says_and_no_table_does_better(rows):
    decisions = decisions_of(rows)
    tree = smallest_tree(decisions)
    assert tree.fidelity == pytest.approx(fidelity(tree, decisions))
    best = decisions.by_known(list(decisions.known))[1].max(axis=1).sum() / decisions.total
    assert tree.fidelity == pytest.approx(best)


def test_hearing_anything_is_one_question():
    heard = np.array([NO_MESSAGE, 0, 1, 2])
    known = {"heard": Feature(heard, "message", ("0", "1", "2"))}
    decisions = Decisions((heard != NO_MESSAGE).astype(np.int64), np.ones_like(heard), ("wait", "go"), known, {})
    assert smallest_tree(decisions).text().splitlines() == [
        "heard something?",
        "├── yes: go  (0, 3)",
        "└── no: wait  (1, 0)",
    ]


def test_no_decisions_and_unknown_features_are_refused(known, plain):
    messages = known(plain).messages
    with pytest.raises(ValueError, match=r"There is no feature 'hears'\. Did you mean 'heard'"):
        smallest_tree(messages, ["hears"])
    nothing = np.zeros(0, dtype=np.int64)
    with pytest.raises(ValueError, match="A tree needs at least one decision"):
        smallest_tree(Decisions(nothing, nothing, ("a",), {}, {}))


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ([0, 0, 1, 1, 1], "No tree with questions about flag reproduces more of 5 decisions than the most frequent"),
        ([1, 1, 1, 1, 1], "All 5 decisions are the same: b."),
    ],
)
def test_a_tree_that_is_no_better_than_the_most_frequent_choice_says_so(choice, words):
    known = {"flag": Feature(np.array([0, 1, 0, 1, 1]), "flag")}
    tree = smallest_tree(Decisions(np.array(choice), np.ones(5, dtype=np.int64), ("a", "b"), known, {}))
    assert tree.fidelity == tree.baseline
    assert not tree.informative
    assert tree.summary().startswith(words)
