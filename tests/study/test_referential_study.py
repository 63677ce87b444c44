"""What the instruments read in the referential game's hand-written code."""

import numpy as np
import pytest
from interlect.envs.core.play import play
from interlect.envs.core.registry import example_episodes, game, knowledge
from interlect.envs.referential.knowledge import describe
from interlect.envs.referential.reference_players import default_carrier
from interlect.protocols import Channel, Continuous, Erasure
from interlect.training.reports.study import study


def played(name="coding", lanes=400, link=None, **options):
    made = game("referential_v0", **options)
    core = made.core(2, lanes, 0)
    channel = Channel(default_carrier(core)) if link is None else Channel(default_carrier(core), link)
    return play(core, made.reference_player(name, core, channel.carrier), channel), channel


def test_each_symbol_means_a_digit():
    transcript, channel = played(objects="digits")
    found = study(knowledge("referential_v0", transcript, channel), "a sample")
    assert [meaning.fact for meaning in found.meanings] == ["digit"] * 10
    assert [meaning.values for meaning in found.meanings] == [(value,) for value in range(10)]
    assert found.code.by == ("digit", "step")
    assert (found.message_tree.fidelity, set(found.message_tree.known)) == (1.0, {"digit"})
    assert (found.action_tree.fidelity, set(found.action_tree.known)) == (1.0, {"heard"})


@pytest.mark.parametrize("once", [False, True])
def test_what_is_known_is_what_happened(once):
    transcript, channel = played(task="reconstruct", attributes=3, values=(2, 3, 4), once=once)
    found = knowledge("referential_v0", transcript, channel)
    said, named = found.messages, found.actions
    assert said.total == found.heard == 400 * (1 if once else 3)
    assert named.total == 3 * 400
    assert [*said.known] == ["step", "attribute_0", "attribute_1", "attribute_2"]
    a, b, c = (said.known[f"attribute_{k}"].value for k in range(3))
    assert len(said.names) == 4**3
    np.testing.assert_array_equal(said.choice, 12 * a + 4 * b + c)  # the first 24 messages
    meant = named.known["heard"].value
    values = np.stack([meant // 12, meant // 4 % 3, meant % 4], axis=1)
    asked = named.known["step"].value - 2
    np.testing.assert_array_equal(named.choice, values[np.arange(len(values)), asked])


def test_what_was_picked_is_an_object():
    transcript, channel = played(values=3)
    found = knowledge("referential_v0", transcript, channel)
    assert found.actions.names == tuple(map(str, range(9)))
    np.testing.assert_array_equal(found.actions.choice, found.actions.known["heard"].value)
    assert not any(name.startswith("candidate") for name in (*found.actions.facts, *found.messages.facts))


def test_facts_in_words():
    assert describe("step", (2,)) == "it is step 2"
    assert describe("digit", (3, 8)) == "the object shows 3 or 8"
    assert describe("attribute_1", (0,)) == "attribute 1 of the object is 0"


def test_stories_tell_one_of_each_ending():
    transcript, channel = played(link=Erasure(0.5))
    right, wrong = example_episodes("referential_v0", transcript, channel)
    assert right.title.startswith("Right: ")
    assert wrong.title.startswith("Wrong: ")
    assert [scene.step for scene in right.scenes] == ["Step 1", "Step 2"]
    assert right.scenes[0].sent == right.scenes[1].heard or right.scenes[1].heard is None
    assert right.scenes[1].text.endswith(", right.")
    assert wrong.scenes[1].text.startswith("Receiver hears nothing and picks candidate ")
    assert wrong.scenes[1].text.endswith(", wrong.")
    transcript, channel = played(task="reconstruct", values=10, lanes=3)
    (right,) = example_episodes("referential_v0", transcript, channel)
    words = right.scenes[0].sent
    assert right.scenes[0].text == f"Sender sees {words[0]} {words[1]} and sends {words}."
    assert right.scenes[2].text == f"Receiver hears {words} and names {words[1]}, right."
    assert right.scenes[2].final_action == words[1]


def test_messages_that_cannot_be_counted():
    transcript, _ = played("oracle", 2)
    with pytest.raises(ValueError, match="needs countable messages"):
        knowledge("referential_v0", transcript, Channel(Continuous(2)))
