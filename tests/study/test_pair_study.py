"""What the instruments read in the hand-written protocols of the games for two."""

import re

import numpy as np
import pytest
from interlect.envs.core.play import Transcript, play
from interlect.envs.core.registry import example_episodes, game, knowledge
from interlect.protocols import Channel, Continuous, Erasure, Symbols
from interlect.training.reports.study import study

CHANNEL = Channel(Symbols(2))
COLOR, DIGIT = "color_digit_v0", "multistep_digit_v0"


def played(name: str, player: str, lanes: int = 600, channel: Channel = CHANNEL) -> Transcript:
    made = game(name, pictures="held_out")
    core = made.core(2, lanes, 0)
    return play(core, made.reference_player(player, core, channel.carrier), channel)


@pytest.mark.parametrize(("player", "fact"), [("color", "color"), ("parity", "parity")])
def test_a_bit_means_what_the_protocol_says(player: str, fact: str) -> None:
    found = study(knowledge(COLOR, played(COLOR, player), CHANNEL), "a sample")
    assert {meaning.true for meaning in found.meanings} == {1.0}
    words = {"color": ("color is red", "color is blue"), "parity": ("digit is 0, 2, 4, 6 or 8", "1, 3, 5, 7 or 9")}
    assert all(word in meaning.sentence for word, meaning in zip(words[fact], found.meanings, strict=True))
    assert found.code.by == ("color", "parity", "step")
    assert (found.message_tree.fidelity, set(found.message_tree.known)) == (1.0, {fact})
    other = {"color": "parity", "parity": "color"}[fact]
    assert (found.action_tree.fidelity, set(found.action_tree.known)) == (1.0, {other, "heard_1"})
    assert found.hearing is None


def test_bits_mean_digits_by_the_step() -> None:
    found = study(knowledge(DIGIT, played(DIGIT, "4 bits"), CHANNEL), "a sample")
    assert found.meanings[1].fact == "digit"
    assert found.meanings[1].values == {1: (8, 9), 2: (4, 5, 6, 7), 3: (2, 3, 6, 7), 4: (1, 3, 5, 7, 9)}
    assert set(found.action_tree.known) == {f"heard_{step}" for step in range(1, 5)}
    assert found.action_tree.fidelity == 1


@pytest.mark.parametrize(("name", "player"), [(COLOR, "color"), (DIGIT, "4 bits")])
def test_what_is_known_is_what_happened(name: str, player: str) -> None:
    transcript = played(name, player, 40)
    steps, found = len(transcript.live), knowledge(name, transcript, CHANNEL)
    assert found.messages.total == found.heard == (steps - 1) * 40 * 2
    assert found.actions.total == 40 * 2
    assert set(found.actions.known["step"].value.tolist()) == {steps}
    for decisions in (found.messages, found.actions):
        for part in ("digit", "parity", *(["color"] if name == COLOR else [])):
            np.testing.assert_array_equal(decisions.facts[part], decisions.known[part].value)
            assert f"partner_{part}" in decisions.facts
        np.testing.assert_array_equal(decisions.facts["parity"], decisions.facts["digit"] % 2)
        np.testing.assert_array_equal(decisions.facts["step"], decisions.known["step"].value)
        np.testing.assert_array_equal(decisions.facts["who"], decisions.known["who"].value)
        for sent in range(1, steps):
            np.testing.assert_array_equal(
                decisions.known[f"heard_{sent}"].value == -1, decisions.known["step"].value <= sent
            )
    of_partner = "partner_color" if name == COLOR else "partner_digit"
    if name == COLOR:
        np.testing.assert_array_equal(found.actions.known["heard_1"].value, found.actions.facts[of_partner])
    else:
        np.testing.assert_array_equal(found.actions.choice, found.actions.facts[of_partner])


def test_facts_are_of_the_agent_that_decides() -> None:
    """In one episode, by seat: what one sees is what the other's partner sees."""
    transcript = played(COLOR, "color", 1)
    said = knowledge(COLOR, transcript, CHANNEL).messages
    for seat in range(2):
        (row,) = np.flatnonzero(said.known["who"].value == seat)
        for part in ("digit", "color"):
            assert said.facts[part][row] == transcript.facts[f"{part}_{seat}"][0, 0]
            assert said.facts[f"partner_{part}"][row] == transcript.facts[f"{part}_{1 - seat}"][0, 0]


def test_facts_in_words() -> None:
    describe = knowledge(COLOR, played(COLOR, "color", 3), CHANNEL).describe
    assert describe("step", (1,)) == "it is step 1"
    assert describe("digit", (3, 8)) == "the speaker's digit is 3 or 8"
    assert describe("parity", (1,)) == "the speaker's digit is odd"
    assert describe("color", (0,)) == "the speaker's color is red"
    assert describe("partner_color", (0, 1)) == "the partner's color is red or blue"
    assert describe("partner_parity", (0,)) == "the partner's digit is even"
    assert describe("who", (1,)) == "the speaker is viewer 1"


def test_stories_tell_the_best_and_the_worst() -> None:
    best, worst = example_episodes(COLOR, played(COLOR, "color"), CHANNEL)
    assert best.title.startswith("Return 6: ")
    assert worst.title.startswith("Return -2: ")
    assert [scene.step for scene in best.scenes] == ["Step 1", "Step 1", "Step 2", "Step 2"]
    assert [[f.name for f in scene.figures if f.inside] for scene in best.scenes] == [["0"], ["1"], ["0"], ["1"]]
    first, second, third, fourth = best.scenes
    assert (third.heard, fourth.heard) == (second.sent, first.sent)
    assert (first.heard, first.final_action, third.sent) == (None, None, None)
    assert f"hears {third.heard} and answers {third.final_action}; " in third.text
    views = [re.search(r" sees (.*?), .*; the other agent sees (.*)\.$", scene.text).groups() for scene in worst.scenes]
    assert views[0] == views[1][::-1] == views[2] == views[3][::-1]
    assert views[0][0] != views[0][1]
    (all_right,) = example_episodes(DIGIT, played(DIGIT, "4 bits", 50), CHANNEL)
    assert all_right.title == "Return 1: 100% of episodes"
    assert len(all_right.scenes) == 10
    last = all_right.scenes[-1]
    assert last.text.endswith(f"the other agent sees {'an' if last.final_action == '8' else 'a'} {last.final_action}.")


def test_messages_that_cannot_be_counted_or_were_lost() -> None:
    with pytest.raises(ValueError, match="needs countable messages"):
        knowledge(COLOR, played(COLOR, "oracle", 2, Channel(Continuous(2))), Channel(Continuous(2)))
    lost = Channel(Symbols(2), Erasure(1.0))
    found = knowledge(COLOR, played(COLOR, "color", 5, lost), lost)
    assert (found.messages.total, found.heard) == (10, 0)
    assert set(found.actions.known["heard_1"].value.tolist()) == {-1}
