import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from interlect.envs.switch_riddle.knowledge import knowledge
from interlect.protocols import Channel, Continuous, Flip, Symbols
from interlect.protocols.analysis.information import entropy, mutual_information
from interlect.protocols.analysis.knowledge import NO_MESSAGE, Decisions, Knowledge
from interlect.protocols.analysis.language import fact_tables, meanings, percent
from interlect.protocols.analysis.messages import message_names, message_numbers
from sklearn.metrics import mutual_info_score

tables = hnp.arrays(np.int64, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.integers(0, 50))


@given(tables.filter(lambda table: table.sum() > 0))
def test_information_agrees_with_scikit_learn(table):
    rows, columns = (np.repeat(index.ravel(), table.ravel()) for index in np.indices(table.shape))
    assert mutual_information(table) == pytest.approx(mutual_info_score(rows, columns) / np.log(2), abs=1e-9)


def test_entropy_of_known_counts():
    assert entropy(np.array([1, 1, 2, 0])) == pytest.approx(1.5)
    assert entropy(np.array([7])) == 0
    assert entropy(np.array([0, 0])) == 0


def test_counting_is_read_as_counting(known, plain):
    said = known(plain)
    two, one = meanings(said)
    # By hand: no third visitor has come before day k in 3 * 2^k - 3 of 3^k orders; all others of day k are over or new.
    alone = sum(3 * 3 ** (6 - day) for day in range(1, 6))
    assert (one.sent, one.values, one.true, one.fact) == (alone, (1,), 1.0, "visited")
    pairs = sum((3 * 2**day - 6) * 3 ** (6 - day) for day in range(1, 6))
    assert (two.sent, two.values, two.true) == (pairs, (2,), 1.0)
    assert two.bits == pytest.approx(two.of_bits)
    share = pairs / (alone + pairs)
    assert two.of_bits == pytest.approx(-share * np.log2(share) - (1 - share) * np.log2(1 - share))
    figures = (
        f"(true in 100% of the {pairs:,} times it was sent; fact `visited`, {two.bits:.2f} of {two.of_bits:.2f} bits)"
    )
    assert two.sentence == f"0: two agents have visited {figures}."


def test_the_same_over_the_official_player_and_bits():
    from interlect.envs.core.play import play
    from interlect.envs.switch_riddle.reference_players import Counting
    from interlect.envs.switch_riddle.rules import SwitchRiddle

    core, channel = SwitchRiddle(3, 4000, seed=1), Channel()
    one, two = meanings(knowledge(play(core, Counting(3), channel), channel))
    assert (one.values, two.values) == ((1,), (2,))
    assert one.sentence.startswith("0: one agent has visited (true in 100% of")


def test_a_meaning_that_changes_with_the_day_is_told_by_day(known, turning):
    zero, one = meanings(known(turning))
    assert zero.fact == "visited"
    assert zero.values == {1: (1,), 2: (2,), 3: (1,), 4: (2,), 5: (1,)}
    assert one.values == {2: (1,), 3: (2,), 4: (1,), 5: (2,)}
    changes = "0: its meaning changes with the day: "
    assert zero.sentence.startswith(changes + "day 1, 3 and 5: one agent has visited; day 2 and 4: two agents")
    assert "facts `visited` and `day` together" in zero.sentence
    assert zero.bits == pytest.approx(zero.of_bits)


def test_random_symbols_have_no_meaning_and_the_sentence_says_so(known):
    for meaning in meanings(known(None)):
        assert f"{meaning.symbol}: no single fact explains it: it was sent {meaning.sent:,} times" in meaning.sentence
        assert meaning.bits < 0.01


def test_a_constant_symbol_tells_nothing_and_others_are_never_sent(known):
    zero, one, two = meanings(known([[1, 1]] * 6, vocabulary=3))
    assert one.sentence == f"1: sent all {one.sent:,} times, so it carries no information."
    assert zero.sentence == f"0: never sent in {one.sent:,} messages."
    assert two.sent == 0


@given(order=st.permutations(range(3)))
def test_renaming_symbols_renames_the_meanings_and_changes_no_figure(known, order):
    before = {m.symbol: m for m in meanings(known([[0, 1]] * 6, vocabulary=3))}
    after = {m.symbol: m for m in meanings(known([[order[0], order[1]]] * 6, vocabulary=3))}
    for old, new in enumerate(order):
        a, b = before[str(old)], after[str(new)]
        assert (a.sent, a.fact, a.values, a.true, a.bits) == (b.sent, b.fact, b.values, b.true, b.bits)
        assert a.sentence.partition(": ")[2] == b.sentence.partition(": ")[2]


def test_facts_are_ordered_by_what_is_told(known, plain):
    visited, day = fact_tables(known(plain))
    assert (visited.fact, day.fact) == ("visited", "day")
    assert visited.bits == pytest.approx(visited.of_bits)
    assert 0 < day.bits < visited.bits
    assert day.counts.sum() == visited.counts.sum() == known(plain).messages.total


def test_what_agents_know_is_what_happened(played, plain):
    transcript, channel = played(plain)
    said = knowledge(transcript, channel).messages
    heard, day = said.known["heard"].value, said.known["day"].value
    assert set(heard[day == 1]) == {NO_MESSAGE}
    assert NO_MESSAGE not in set(heard[day > 1])
    assert (day == said.facts["day"]).all()
    alone = said.facts["visited"] == 1
    assert (said.known["visits_before"].value[alone] == day[alone] - 1).all()
    assert (said.known["last_visit"].value[alone] == day[alone] - 1).all()
    assert said.total == transcript.hears.sum()


def test_a_lossy_channel_is_reported(played, plain):
    transcript, channel = played(plain)
    found = knowledge(transcript, channel)
    assert found.heard == found.messages.total
    from dataclasses import replace

    deaf = knowledge(replace(transcript, present=np.zeros_like(transcript.present)), channel)
    assert (deaf.heard, deaf.messages.total) == (0, found.messages.total)


def test_messages_have_numbers_and_names():
    assert message_names(Symbols(2, 2)) == ("00", "01", "10", "11")
    assert message_names(Symbols(12))[11] == "11"
    assert message_names(Symbols(12, 2))[13] == "1 1"
    carrier = Symbols(3, 2)
    for number, element in enumerate(np.ndindex(3, 3)):
        assert message_numbers(carrier, carrier.signal(element)[None]) == number


def test_numbers_are_not_symbols(played, plain):
    transcript, _ = played(plain)
    with pytest.raises(ValueError, match="countable messages; received Continuous"):
        knowledge(transcript, Channel(Continuous(2)))
    assert message_names(Channel(link=Flip()).carrier) == ("0", "1")


@given(st.floats(0, 1) | st.sampled_from([0.9999, 1e-9]))
def test_percentages_never_round_to_certainty(share):
    shown = float(percent(share).removesuffix("%"))
    assert (shown == 100) == (share == 1)
    assert (shown == 0) == (share == 0)
    assert shown == pytest.approx(100 * share, abs=0.11)


def test_a_symbol_said_most_at_every_value_means_none_of_them():
    """At one visitor it is said 1,000 of 1,001 times, at two 51 of 100: informative, and yet it names no value."""
    facts = {"visited": np.array([1, 1, 2, 2]), "day": np.array([1, 1, 1, 1])}
    said = Decisions(np.array([0, 1, 0, 1]), np.array([1000, 1, 51, 49]), ("0", "1"), {}, facts)
    knowledge = Knowledge(said, said, said.total, "day", (), lambda fact, values: f"{fact} is {values}")
    zero, one = meanings(knowledge)
    assert zero.bits > 0.5 * zero.of_bits
    assert zero.sentence.startswith("0: no single fact explains it: it was sent 1,051 times")
    assert "visited is" not in zero.sentence
    assert one.values == ()
