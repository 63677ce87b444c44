"""Rules of the referential game: who sees and hears what, what is paid, and how episodes are drawn."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from interlect.envs import make_core, referential_v0
from interlect.envs.referential.rules import Referential, without_replacement

WAIT = np.zeros((500, 2), dtype=np.int64)


def answered(core, answer):
    """A joint action: the sender waits, the receiver answers."""
    return np.stack([0 * answer, answer], axis=1)


@pytest.mark.parametrize("objects", ["attributes", "digits"])
def test_the_sender_sees_the_object_and_the_receiver_later_the_candidates(objects):
    core = Referential(lanes=500, seed=0, objects=objects)
    step, size = core.reset(), core.objects.size
    assert core.observation_space.shape == (5 * size,)
    np.testing.assert_array_equal(step.observation[:, 0, :size], core.objects.observation_of(core.sender_view))
    assert not step.observation[:, 0, size:].any()
    assert not step.observation[:, 1].any()
    assert not step.hears.any()
    assert step.legal[:, :, 0].all()
    assert not step.legal[:, :, 1:].any()
    later = core.step(WAIT)
    np.testing.assert_array_equal(later.observation[:, 0], step.observation[:, 0])
    candidates = later.observation[:, 1].reshape(500, 5, size)
    np.testing.assert_array_equal(candidates, core.objects.observation_of(core.candidate_views))
    assert later.hears.sum() == 500
    assert later.hears[:, 1, 0].all()
    assert later.legal[:, 0].tolist() == [[True] + [False] * 5] * 500
    assert later.legal[:, 1].tolist() == [[False] + [True] * 5] * 500
    kinds = core.objects.code(core.objects.attributes(core.candidate_views))
    target = core.objects.code(core.attributes)
    np.testing.assert_array_equal((kinds == target[:, None]).sum(axis=1), 1)
    assert all(len(set(row)) == 5 for row in kinds.tolist())
    same = (core.candidate_views[np.arange(500), core.position] == core.sender_view).all()
    assert same == (objects == "attributes")


def test_both_are_paid_for_the_right_candidate_alone():
    for right in (True, False):
        core = Referential(lanes=500, seed=0)
        core.reset()
        core.step(WAIT)
        pick = 1 + (core.position + (not right)) % 5
        over = core.step(answered(core, pick))
        assert over.reward.tolist() == [[float(right)] * 2] * 500
        assert over.terminated.all()
        assert not over.truncated.any()
        assert not over.hears.any()
        assert core.correct.tolist() == [[right]] * 500
        assert not core.step(WAIT).reward.any()


@pytest.mark.parametrize("partial", [False, True])
@pytest.mark.parametrize("once", [False, True])
def test_attributes_are_named_one_a_step(partial, once):
    values = (3, 5, 2)
    core = Referential(lanes=500, seed=0, task="reconstruct", attributes=3, values=values, partial=partial, once=once)
    step = core.reset()
    wrong = np.random.default_rng(0).random((500, 3)) < 0.3
    paid = np.zeros(500)
    assert not step.observation[:, 1].any()
    step = core.step(WAIT)
    for k, size in enumerate(values):
        assert step.observation[:, 1].tolist() == [[float(i == k) for i in range(10)]] * 500
        assert step.hears[:, 1, 0].all() == (k == 0 or not once)
        assert step.hears.sum() == 500 * (k == 0 or not once)
        assert step.legal[:, 1].tolist() == [[False] + [i < size for i in range(5)]] * 500
        assert not paid.any()
        named = (core.attributes[:, k] + wrong[:, k]) % size
        step = core.step(answered(core, 1 + named))
        paid = step.reward[:, 0]
    np.testing.assert_allclose(paid, (1 - wrong.mean(axis=1)) if partial else ~wrong.any(axis=1), rtol=1e-6)
    np.testing.assert_array_equal(step.reward[:, 0], step.reward[:, 1])
    np.testing.assert_array_equal(core.correct, ~wrong)
    assert step.terminated.all()
    assert not step.hears.any()
    assert not step.observation[:, 1].any()


@given(st.integers(2, 7), st.data())
def test_numbers_drawn_apart_are_the_orders_without_repetition(kinds, data):
    places = data.draw(st.integers(1, min(kinds, 4)))
    digits = np.array(list(np.ndindex(*range(kinds, kinds - places, -1))), dtype=np.int64)
    found = without_replacement(digits)
    assert len(np.unique(found, axis=0)) == len(found) == math.perm(kinds, places)
    assert all(len(set(row)) == places for row in found.tolist())
    assert set(found.ravel().tolist()) == set(range(kinds))


@pytest.mark.parametrize(
    "options",
    [
        {"candidates": 3, "attributes": 1, "values": 4},
        {"candidates": 2, "values": 2, "split": "train", "holdout": "compositional", "holdout_share": 0.5},
        {"task": "reconstruct", "values": (2, 3), "split": "held_out", "holdout": "values"},
    ],
    ids=str,
)
def test_numbered_episodes_are_all_there_are_and_random_ones_are_as_likely(options):
    total = Referential(**options).episode_count
    numbered = Referential(lanes=total, seed=0, shown=np.arange(total), **options)
    every = np.concatenate([numbered.position[:, None], numbered.candidate_views], axis=1)
    assert len(np.unique(every, axis=0)) == total
    lanes = 500 * total
    drawn = Referential(lanes=lanes, seed=1, **options)
    found = np.concatenate([drawn.position[:, None], drawn.candidate_views], axis=1)
    kinds, times = np.unique(found, axis=0, return_counts=True)
    assert {tuple(row) for row in kinds.tolist()} == {tuple(row) for row in every.tolist()}
    chi = float(((times - 500) ** 2 / 500).sum())
    assert abs(chi - (total - 1)) < 5 * math.sqrt(2 * (total - 1))  # chi squared has total - 1 degrees of freedom
    again = numbered.reset()
    np.testing.assert_array_equal(numbered.candidate_views, every[:, 1:])
    assert not again.ended.any()


def test_pictures_are_uniform_by_class_and_the_receivers_is_another_one():
    core = Referential(lanes=40_000, seed=3, objects="digits", candidates=3)
    kinds = core.objects.digit[core.candidate_views]
    assert np.bincount(kinds.ravel()) == pytest.approx(12_000, rel=0.05)
    target = core.candidate_views[np.arange(core.lanes), core.position]
    np.testing.assert_array_equal(core.objects.digit[target], core.objects.digit[core.sender_view])
    assert (target != core.sender_view).all()
    assert len(np.unique(core.sender_view)) == len(core.objects.digit)
    assert np.bincount(core.position) == pytest.approx(40_000 / 3, rel=0.03)
    same = Referential(lanes=500, seed=3, objects="digits", same_picture=True)
    np.testing.assert_array_equal(same.candidate_views[np.arange(500), same.position], same.sender_view)


def test_what_the_receiver_sees_does_not_depend_on_which_one_is_the_object():
    """The same candidates with another object: a different position changes what the sender sees, and nothing else."""
    core = Referential(lanes=10, seed=0, attributes=1, values=5, shown=np.arange(10))
    core.reset()
    step = core.step(WAIT[:10])
    for lane in (0, 5):
        block = step.observation[lane : lane + 5]
        assert (block[:, 1] == block[:1, 1]).all()
        assert len(np.unique(block[:, 0], axis=0)) == 5


def test_splits_never_mix_in_play():
    options = {"holdout": "compositional", "holdout_share": 0.2, "values": 6}
    seen = {}
    for split in ("train", "held_out"):
        core = Referential(lanes=2000, seed=0, split=split, **options)
        seen[split] = set(core.objects.code(core.objects.attributes(core.candidate_views)).ravel().tolist())
    assert not seen["train"] & seen["held_out"]
    assert len(seen["train"] | seen["held_out"]) == 36


def test_facts_and_state_say_what_is_hidden():
    core = Referential(lanes=500, seed=0, values=(3, 4), candidates=2)
    facts, state = core.facts(), core.state()
    assert [*facts] == ["step", "attribute_0", "attribute_1", "position", "candidate_0", "candidate_1"]
    code = 4 * facts["attribute_0"] + facts["attribute_1"]
    candidates = np.stack([facts["candidate_0"], facts["candidate_1"]], axis=1)
    np.testing.assert_array_equal(candidates[np.arange(500), facts["position"]], code)
    assert state.shape == (500, 2 * 7 + 2 + 1)
    np.testing.assert_array_equal(state[:, :3].argmax(axis=1), candidates[:, 0] // 4)
    np.testing.assert_array_equal(state[:, 14:16].argmax(axis=1), facts["position"])
    assert [*Referential(task="reconstruct").facts()] == ["step", "attribute_0", "attribute_1"]
    assert [*Referential(objects="digits", candidates=2).facts()][:3] == ["step", "digit", "position"]
    core = Referential(lanes=500, seed=0, task="reconstruct")
    core.step(WAIT)
    core.step(answered(core, core.correct_action))
    assert core.state()[:, 20:].tolist() == [[1, 0, pytest.approx(2 / 3)]] * 500


def test_seats_are_called_by_their_roles():
    assert make_core("referential_v0").possible_agents == ["sender_0", "receiver_0"]
    core = Referential(lanes=2)
    with pytest.raises(ValueError, match=r"Agent receiver_0 in lane 1 can only choose among \['wait'\]"):
        core.step(np.array([[0, 0], [0, 1]]))
    env = referential_v0.parallel_env(task="reconstruct", values=3, illegal="error")
    env.reset()
    env.step({"sender_0": 0, "receiver_0": 0})
    with pytest.raises(ValueError, match=r"Agent sender_0 in lane 0 can only choose among \['wait'\]"):
        env.step({"sender_0": 1, "receiver_0": 1})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"agents": 3},
            "agents must be 2; received 3. Remove the argument agents: the referential game always has two",
        ),
        ({"task": "discriminat"}, "Did you mean 'discriminate'"),
        ({"objects": "digit"}, "Did you mean 'digits'"),
        (
            {"candidates": 1},
            "candidates must be an integer from 2 to 100; received 1. Use fewer .*: there are 100 kinds",
        ),
        (
            {"candidates": 11, "split": "held_out"},
            "from 2 to 10; received 11. Use fewer candidates or more objects: there are 10 kinds",
        ),
        ({"candidates": 11, "objects": "digits"}, "from 2 to 10; received 11"),
        ({"values": (3, 3, 3)}, r"one for each of 2 attributes; received \(3, 3, 3\)"),
        ({"values": (3, 1)}, "values of an attribute must be an integer, at least 2; received 1"),
        ({"attributes": 0}, "attributes must be an integer, at least 1"),
        ({"objects": "digits", "task": "reconstruct"}, "Pictures cannot be reconstructed"),
        ({"partial": True}, 'partial needs task="reconstruct"'),
        ({"once": True}, 'once needs task="reconstruct"'),
        ({"same_picture": True}, 'same_picture needs objects="digits"'),
        ({"objects": "digits", "shown": np.array([0])}, "Episodes with pictures cannot be selected by number"),
        (
            {"task": "reconstruct", "shown": np.array([100])},
            r"shown must be an integer array of shape \[1\] with values from 0 to 99",
        ),
        ({"split": "test"}, "; received 'test'"),
        ({"objects": "digits", "split": "test"}, "; received 'test'"),
    ],
    ids=str,
)
def test_options_that_cannot_be(options, message):
    with pytest.raises(ValueError, match=message):
        Referential(**options)
