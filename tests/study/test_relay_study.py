"""What the instruments read in the relay's hand-written protocol."""

import numpy as np
import pytest
from interlect.envs.core.play import Transcript, play
from interlect.envs.core.registry import example_episodes, game, knowledge
from interlect.envs.relay.knowledge import describe
from interlect.protocols import Channel, Continuous, Symbols
from interlect.training.reports.study import study

CHANNEL = Channel(Symbols(16))


def played(name: str, lanes: int = 400, intervene=None, **options) -> Transcript:
    made = game("relay_v0", pictures="held_out", **options)
    core = made.core(4, lanes, 0)
    more = [] if intervene is None else [intervene]
    return play(core, made.reference_player(name, core, CHANNEL.carrier), CHANNEL, *more)


@pytest.mark.parametrize(("task", "fact"), [("count", "odd"), ("spell", "spelled")])
def test_each_symbol_means_the_answer_so_far(task: str, fact: str) -> None:
    """Read from public chains: within the three places that speak in private ones, both facts can go together."""
    found = study(knowledge("relay_v0", played("relaying", task=task, chains="public"), CHANNEL), "a sample")
    said = [meaning for meaning in found.meanings if meaning.sent]
    assert {meaning.fact for meaning in said} == {fact}
    assert [meaning.values for meaning in said] == [(int(meaning.symbol),) for meaning in said]
    assert {meaning.true for meaning in said} == {1.0}
    assert found.code.by == ("heard", "parity", "place")
    assert (found.message_tree.fidelity, set(found.message_tree.known)) == (1.0, {"heard", "parity"})
    assert (found.action_tree.fidelity, set(found.action_tree.known)) == (1.0, {"heard", "parity"})
    assert found.hearing is None


def test_what_is_known_is_what_happened() -> None:
    transcript = played("relaying", 30, chains=np.array([[2, 0, 1, 2]]))
    found = knowledge("relay_v0", transcript, CHANNEL)
    assert found.messages.total == found.heard == 3 * 30
    assert found.actions.total == 30
    for decisions, who in ((found.messages, {1: 2, 2: 0, 3: 1}), (found.actions, {4: 2})):
        place = decisions.known["place"].value
        np.testing.assert_array_equal(decisions.known["who"].value, [who[p] for p in place.tolist()])
        np.testing.assert_array_equal(decisions.known["been_before"].value, place == 4)
        sender = {1: -1, 2: 2, 3: 0, 4: 1}
        np.testing.assert_array_equal(decisions.known["heard_from"].value, [sender[p] for p in place.tolist()])
        np.testing.assert_array_equal(decisions.known["parity"].value, decisions.known["digit"].value % 2)
        np.testing.assert_array_equal(decisions.known["heard"].value == -1, place == 1)
        assert decisions.known["heard_from"].text(-1) == "nothing"


def test_facts_in_words() -> None:
    assert describe("odd", (1,)) == "1 digit is odd so far"
    assert describe("odd", (0, 2)) == "0 or 2 digits are odd so far"
    assert describe("spelled", (3,)) == "the last parities spell 3"
    assert describe("place", (2,)) == "the message is at place 2"
    assert describe("parity", (1,)) == "the speaker's digit is odd"
    assert describe("digit", (4, 9)) == "the speaker's digit is 4 or 9"


def test_stories_tell_one_of_each_ending() -> None:
    transcript = played("vision", 2000, chains=np.array([[3, 1, 3]]))
    right, wrong = example_episodes("relay_v0", transcript, CHANNEL)
    assert right.title.startswith("Right: ")
    assert wrong.title.startswith("Wrong: ")
    assert [scene.step for scene in right.scenes] == ["Place 1", "Place 2", "Place 3"]
    assert [[f.name for f in scene.figures if f.inside] for scene in right.scenes] == [["3"], ["1"], ["3"]]
    assert [[f.name for f in scene.figures if f.marked] for scene in right.scenes] == [["3"], ["1", "3"], ["1", "3"]]
    for before, scene in zip(right.scenes, right.scenes[1:], strict=False):
        assert scene.heard == before.sent
    assert [scene.final_action for scene in right.scenes[:-1]] == [None, None]
    assert right.scenes[-1].sent is None
    assert right.scenes[-1].final_action in right.scenes[-1].text
    assert f"{right.scenes[-1].final_action} odd so far" in right.scenes[-1].text
    assert f"{wrong.scenes[-1].final_action} odd so far" not in wrong.scenes[-1].text


def test_messages_that_cannot_be_counted() -> None:
    with pytest.raises(ValueError, match="needs countable messages"):
        knowledge("relay_v0", played("oracle", 2), Channel(Continuous(2)))
