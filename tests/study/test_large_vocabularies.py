"""Studies of messages that are far too many to be listed: of those that were said."""

import numpy as np
from interlect.envs.core.play import play
from interlect.envs.core.registry import example_episodes, game, knowledge
from interlect.protocols import Channel, Symbols
from interlect.protocols.analysis.messages import LISTED, message_count, messages
from interlect.training.reports.report import report
from interlect.training.reports.report_data import ReportData
from interlect.training.reports.study import study

VAST = Symbols(100, 12)
"""More messages than a 64-bit number counts."""


class Spelling:
    """The sender says an object's two attributes and then only zeros; the receiver always names the first value."""

    def __init__(self, carrier, values):
        self.carrier, self.values = carrier, values

    def initial_state(self, seats):
        return {}

    def step(self, inputs, state, rng):
        parts = inputs.observation[:, : 2 * self.values].reshape(-1, 2, self.values).argmax(axis=2)
        element = np.pad(parts, ((0, 0), (0, self.carrier.length - 2)))
        return np.where(inputs.legal[:, 0], 0, 1), signals(self.carrier, element), state


def read(carrier, values, lanes=400):
    core, channel = game("referential_v0", task="reconstruct", values=values).core(2, lanes, 0), Channel(carrier)
    transcript = play(core, Spelling(carrier, values), channel)
    found = study(knowledge("referential_v0", transcript, channel), "a sample")
    return found, example_episodes("referential_v0", transcript, channel)


def signals(carrier, elements):
    return np.stack([carrier.signal(element) for element in elements])


def test_only_what_was_said_or_heard_is_numbered():
    sent = signals(VAST, [[9] * 12, [3] * 12, [99] * 12, [3] * 12])
    heard = signals(VAST, [[0] * 12, [3] * 12]).reshape(2, -1)
    found = messages(VAST, sent, np.array([1, 1, 0, 1], dtype=bool), heard, np.array([True, False]))
    assert found.names == tuple(" ".join([symbol] * 12) for symbol in ("0", "3", "9"))
    assert found.possible == message_count(VAST) == 100**12
    assert (found.sent.tolist(), found.heard.tolist()) == ([2, 1, -1, 1], [0, -1])


def test_an_end_ends_a_name():
    carrier = Symbols(10, 3, end=True)
    sent = signals(carrier, [[5, 0, 0], [0, 0, 0], [5, 1, 2]])
    nothing = np.zeros((0, carrier.size), np.float32), np.zeros(0, dtype=bool)
    found = messages(carrier, sent, np.ones(3, dtype=bool), *nothing)
    assert (found.names, found.sent.tolist(), found.possible) == (("0", "50", "512"), [1, 0, 2], 820)


def test_few_messages_are_all_listed():
    sent = signals(Symbols(4, 3), [[3, 3, 3]])
    nothing = np.zeros((0, 12), np.float32), np.zeros(0, dtype=bool)
    found = messages(Symbols(4, 3), sent, np.ones(1, dtype=bool), *nothing)
    assert (len(found.names), found.sent.tolist()) == (LISTED, [63])


def test_few_of_many_messages_are_studied():
    found, told = read(VAST, 3)
    assert found.used == f"9 of {100**12:,} possible messages were sent."
    assert len(found.sentences) == len(found.symbols) == 9
    assert not any("never sent" in sentence for sentence in found.sentences)
    assert found.message_tree.fidelity == 1
    assert found.code.shares(5, 0, found.symbols) == [("1 2" + " 0" * 10, 1.0)]
    assert told[0].scenes[0].sent in found.symbols


def test_many_messages_make_no_trees_and_the_page_is_cut(tmp_path):
    found, _ = read(Symbols(20, 3), 20)
    sent = len(found.symbols)
    assert 200 < sent == len(found.meanings)
    assert found.used == f"{sent} of 8,000 possible messages were sent. The {LISTED} most frequent ones are listed."
    assert len(found.sentences) == LISTED
    assert found.message_tree is found.action_tree is None
    page = report(tmp_path / "page.html", ReportData(study=found)).read_text()
    assert f"{sent} of 8,000 possible messages were sent." in page
    assert "There are more than 64 messages, which are too many for a tree." in page


def test_a_tree_of_many_choices_counts_those_that_were_made():
    found, _ = read(Symbols(20, 3), 5)
    (leaf,) = (line for line in found.message_tree.text().splitlines() if ": 3 4 0  (" in line)
    assert leaf.partition("(")[2].startswith("3 4 0: ")
