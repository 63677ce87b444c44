"""Laws of the interventions on the live channel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from interlect.envs import evaluate
from interlect.envs.core.game import Game
from interlect.envs.referential.reference_players import reference_player
from interlect.envs.referential.rules import Referential
from interlect.protocols import DRU, Channel, Continuous, Symbols
from interlect.protocols.channels.interventions import (
    INTERVENTIONS,
    RANDOM,
    constant,
    intervention,
    normal,
    shuffled,
    silent,
    weighted_shuffle,
)


def live(seed: int, channel: Channel):
    """A moment on the channel: what would be heard, by whom, from whom."""
    rng = np.random.default_rng(seed)
    lanes, agents = int(rng.integers(1, 9)), int(rng.integers(2, 5))
    elements = [channel.carrier.space.sample() for _ in range(lanes * agents)]
    sent = np.stack([channel.carrier.signal(element) for element in elements])
    hears = rng.random((lanes, agents, agents)) < 0.5
    sent, noise = sent.reshape(lanes, agents, *sent.shape[1:]), np.zeros((*hears.shape, 0), np.float32)
    heard, present, _ = channel.transmit(sent, hears, noise)
    return heard, present


moments = st.tuples(
    st.integers(0, 2**32 - 1), st.sampled_from([Channel(c) for c in (DRU(2), Symbols(5), Continuous())])
)


@given(moments)
def test_normal_is_the_identity(moment):
    heard, present = live(*moment)
    after, still = normal(moment[1], heard, present, np.random.default_rng(0))
    np.testing.assert_array_equal(after, heard)
    np.testing.assert_array_equal(still, present)


@given(moments)
def test_silent_is_what_is_heard_before_anybody_spoke(moment):
    heard, present = live(*moment)
    for got, want in zip(
        silent(moment[1], heard, present, np.random.default_rng(0)), moment[1].silence(*present.shape[:2]), strict=True
    ):
        np.testing.assert_array_equal(got, want)
        assert got.dtype == want.dtype


@given(moments)
def test_constant_says_one_element_of_the_space(moment):
    channel = moment[1]
    heard, present = live(*moment)
    after, still = constant(channel, heard, present, np.random.default_rng(0))
    np.testing.assert_array_equal(still, present)
    assert len(np.unique(after[present], axis=0)) <= 1
    assert not after[~present].any()
    for signal in after[present]:
        element = channel.carrier.element(signal.reshape(channel.carrier.signal_shape))
        assert channel.carrier.space.contains(element.astype(channel.carrier.space.dtype))


@given(moments, st.integers(0, 2**32 - 1))
def test_shuffled_keeps_the_messages_of_each_sender(moment, seed):
    heard, present = live(*moment)
    kept = heard.copy()
    after, still = shuffled(moment[1], heard, present, np.random.default_rng(seed))
    np.testing.assert_array_equal(heard, kept)
    np.testing.assert_array_equal(still, present)
    assert not after[~present].any()
    for sender in range(present.shape[2]):
        where = present[:, :, sender]
        before, now = heard[:, :, sender][where], after[:, :, sender][where]
        assert sorted(map(tuple, before.tolist())) == sorted(map(tuple, now.tolist()))


def test_shuffled_crosses_lanes():
    lanes = 64
    heard = np.arange(lanes, dtype=np.float32).reshape(lanes, 1, 1, 1)
    after, _ = shuffled(Channel(), heard, np.ones((lanes, 1, 1), dtype=bool), np.random.default_rng(0))
    assert (after != heard).mean() > 0.8


@pytest.mark.parametrize("name", INTERVENTIONS)
def test_random_interventions_are_those_that_draw(name):
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    intervention(name)(Channel(), *live(3, Channel()), rng)
    assert (rng.bit_generator.state != before) == (name in RANDOM)


def weighted_game(weight: np.ndarray) -> Game:
    """400 episodes: the object is that of the number's parity, and these are the weights of both objects."""

    def core(agents, lanes=1, seed=None, shown=None):
        return Referential(agents, lanes, seed, task="reconstruct", attributes=1, values=2, shown=shown)

    return Game(
        "weighted",
        core,
        episode_count=lambda agents: 400,
        enumerated_core=lambda agents, numbers: core(agents, len(numbers), 0, np.asarray(numbers) % 2),
        episode_weight=lambda agents, numbers: weight[np.asarray(numbers) % 2],
    )


@pytest.mark.parametrize("share", [0.5, 0.75, 1.0])
def test_shuffled_messages_come_from_episodes_by_their_probability(share):
    """The receiver names the object of another episode: both are equal with probability p^2 + (1 - p)^2."""
    played = weighted_game(np.array([2 * share, 2 - 2 * share]))
    channel = Channel(Symbols(2))
    player = reference_player("coding", played.core(2, 1, 0), channel.carrier)
    assert evaluate(played, 2, player, channel).return_mean == 1.0
    found = evaluate(played, 2, player, channel, "shuffled")
    assert found.return_mean == pytest.approx(share**2 + (1 - share) ** 2, abs=0.02)


def test_weights_decide_which_lanes_are_heard():
    lanes = 64
    heard = np.arange(lanes, dtype=np.float32).reshape(lanes, 1, 1, 1)
    weight = (np.arange(lanes) < 8).astype(np.float64)
    everyone = np.ones((lanes, 1, 1), dtype=bool)
    after, present = weighted_shuffle(weight)(Channel(), heard, everyone, np.random.default_rng(0))
    assert set(after.ravel().tolist()) == set(range(8))
    assert present.all()
    spoke = everyone & (heard[..., 0] >= 4)
    after, _ = weighted_shuffle(weight)(Channel(), heard, spoke, np.random.default_rng(0))
    assert set(after[4:].ravel().tolist()) == {4, 5, 6, 7}
    np.testing.assert_array_equal(after[:4], heard[:4])
