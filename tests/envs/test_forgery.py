"""Forgery: rules, sources, page, equilibrium, measures."""

import re
from dataclasses import replace

import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import given
from hypothesis import strategies as st
from interlect.envs import forgery_v0, game, make_core, play
from interlect.envs.core.play import returns
from interlect.envs.forgery.measures import measures
from interlect.envs.forgery.rules import FAKE, REAL, Forgery
from interlect.envs.forgery.sources import grid, normal_pairs, ring, source
from interlect.envs.pictures.images import digits
from interlect.protocols import DRU, Channel, Continuous
from interlect.protocols.common.draws import splitmix64
from pages import page_of

POINTS = Channel(Continuous(2))


def judge(core: Forgery, judgment: int) -> np.ndarray:
    """The rewards of an episode in which all critics judge alike."""
    core.reset()
    action = np.zeros((core.lanes, core.agents), dtype=np.int64)
    assert not core.step(action).reward.any()
    action[:, core.painters :] = judgment
    return core.step(action).reward


@pytest.mark.parametrize("agents", [2, 6])
def test_critics_are_paid_for_right_judgments_by_the_painters_they_meet(agents: int) -> None:
    pairing = tuple(range(agents // 2))[::-1]
    core = Forgery(agents, 400, 0, pairing=pairing)
    for judgment in (FAKE, REAL):
        reward = judge(core, judgment)
        right = core.genuine == (judgment == REAL)
        np.testing.assert_array_equal(reward[:, core.painters :], np.where(right, 1, -1))
        np.testing.assert_array_equal(reward[:, list(pairing)], -reward[:, core.painters :])
    assert 0.4 < core.genuine.mean() < 0.6


def test_a_critic_observes_a_genuine_picture_or_hears_its_painter() -> None:
    core = Forgery(4, 200, 1, pairing=(1, 0))
    assert not core.reset().hears.any()
    step = core.step(np.zeros((200, 4), dtype=np.int64))
    for critic, painter in ((0, 1), (1, 0)):
        genuine = core.genuine[:, critic]
        np.testing.assert_array_equal(step.hears[:, 2 + critic, painter], ~genuine)
        shown = np.where(genuine[:, None], core.genuine_picture[:, critic], 0)
        np.testing.assert_array_equal(step.observation[:, 2 + critic], np.pad(shown, ((0, 0), (2, 0))))
    assert step.hears.sum() == (~core.genuine).sum()
    assert not core.step(np.array([[0, 0, 1, 1]] * 200)).hears.any()


def test_critics_judge_at_step_two_and_everyone_waits_otherwise() -> None:
    core = Forgery(4, 3, 0)
    wait, judge = [True, False, False], [False, True, True]
    assert core.reset().legal.tolist() == [[wait] * 4] * 3
    assert core.step(np.zeros((3, 4), dtype=np.int64)).legal.tolist() == [[wait, wait, judge, judge]] * 3


def test_mixtures_are_those_of_the_papers() -> None:
    np.testing.assert_allclose(np.linalg.norm(ring().means, axis=1), 0.8)
    assert (ring().kinds, ring().deviation) == (8, pytest.approx(0.008))
    assert sorted({round(float(value), 6) for value in grid().means.ravel()}) == [-0.8, -0.4, 0.0, 0.4, 0.8]
    assert (grid().kinds, grid().deviation) == (25, pytest.approx(0.01))


def test_only_painters_observe_noise_and_all_observe_the_kind() -> None:
    core = Forgery(2, 300, 0, "grid", noise=3, condition="kind")
    observation = core.reset().observation
    assert (observation[..., :25].argmax(-1) == core.kind[:, None]).all()
    np.testing.assert_array_equal(observation[:, 0, 25:28], core.noise[:, 0])
    assert not observation[:, 0, 28:].any()
    assert not observation[:, 1, 25:].any()
    assert abs(core.noise.mean()) < 0.05
    assert 0.9 < np.abs(core.noise).max() <= 1


def test_genuine_points_are_of_their_kind() -> None:
    for data, mixture in (("ring", ring()), ("grid", grid())):
        core = Forgery(2, 20_000, 0, data)
        apart = (core.genuine_picture[:, 0] - mixture.means[core.kind]) / mixture.deviation
        assert np.abs(apart.mean(0)).max() < 0.03
        np.testing.assert_allclose(np.cov(apart.T), np.eye(2), atol=0.05)
        assert np.bincount(core.kind, minlength=mixture.kinds).min() > 0.8 * 20_000 / mixture.kinds


def test_genuine_digits_are_pictures_of_their_kind_and_split() -> None:
    for split in ("train", "held_out"):
        core = Forgery(2, 500, 0, "digits", split)
        known = digits(split)
        number = known.number((core.genuine_picture[:, 0] + 1) / 2)
        np.testing.assert_array_equal(known.digit[number], core.kind)


@given(st.integers(0, 2**40))
def test_normal_pairs_are_normal(start: int) -> None:
    drawn = normal_pairs(splitmix64(np.arange(start, start + 5000, dtype=np.uint64)))
    assert np.isfinite(drawn).all()
    np.testing.assert_allclose(np.cov(drawn.T), np.eye(2), atol=0.15)
    assert np.abs(drawn.mean(0)).max() < 0.1


@pytest.mark.parametrize("agents", [2, 4])
def test_at_the_equilibrium_no_side_gains(agents: int) -> None:
    forgery = game("forgery_v0", data="ring")
    core = forgery.core(agents, 4000, 0)
    player = forgery.reference_player("equilibrium", core, POINTS.carrier)
    earned = returns(core, player, POINTS)
    assert forgery.reference_returns(agents)["equilibrium"].value == 0
    assert np.abs(earned.mean(axis=0)).max() < 0.06
    assert not earned.sum(axis=1).any()


def test_the_best_critic_earns_the_total_variation_distance() -> None:
    """A painter of four of the eight components, and a critic that knows which: the distance is one half."""
    core = Forgery(2, 20_000, 0)
    earned = np.where(core.genuine[:, 0], np.where(core.kind >= 4, 1, -1), 1)
    assert earned.mean() == pytest.approx(0.5, abs=0.02)


def test_measures_of_several_painters_are_of_their_mixture_and_of_each_alone() -> None:
    """Each painter paints half of the components. Together they paint all."""
    channel = Channel(Continuous(2))
    core = make_core("forgery_v0", 4, 2000, 0)
    assert isinstance(core, Forgery)
    player = game("forgery_v0").reference_player("equilibrium", core, channel.carrier)
    transcript = play(core, player, channel)
    sent = transcript.sent.copy()
    for painter in range(2):
        sent[0, :, painter] = core.source.means[np.arange(2000) // 2 % 4 + 4 * painter]
    found = measures(core, replace(transcript, sent=sent))
    assert (found["modes"], found["modes_per_painter"]) == (8, 4)
    assert (found["high_quality"], found["high_quality_per_painter"]) == (1, 1)
    assert found["kl_divergence"] == pytest.approx(0)
    assert found["kl_divergence_per_painter"] == pytest.approx(np.log(2))


def test_measures_of_several_painters_of_digits_are_pooled_too() -> None:
    channel = Channel(Continuous(64))
    core = make_core("forgery_v0", 4, 300, 0, data="digits", condition="kind")
    assert isinstance(core, Forgery)
    player = game("forgery_v0", data="digits").reference_player("equilibrium", core, channel.carrier)
    found = measures(core, play(core, player, channel))
    assert len(found) == 14
    assert found["kind_accuracy"] > 0.95
    assert found["kind_accuracy_per_painter"] > 0.95
    assert found["precision"] > 0.5


def test_pictures_of_the_equilibrium_have_the_best_measures() -> None:
    for data, size in (("ring", 2), ("grid", 2), ("digits", 64)):
        channel = Channel(Continuous(size))
        core = make_core("forgery_v0", 2, 1500, 0, data=data, condition="kind")
        assert isinstance(core, Forgery)
        player = game("forgery_v0", data=data).reference_player("equilibrium", core, channel.carrier)
        found = measures(core, play(core, player, channel))
        if data == "digits":
            assert found["frechet_distance"] < 1e-6
            assert found["feature_frechet_distance"] < 1e-6
            assert (found["precision"], found["coverage"]) == (1, 1)
            assert found["authenticity"] == 0  # these are the training pictures
            assert found["diversity"] == pytest.approx(1, abs=0.02)
            assert found["kind_accuracy"] > 0.98
            held_out = make_core("forgery_v0", 2, 1500, 0, data="digits", condition="kind", pictures="held_out")
            copied = measures(held_out, play(core, player, channel))  # the training pictures are new to it
            assert min(copied["precision"], copied["coverage"]) > 0.95
        else:
            assert found["modes"] == source(data, "train").kinds
            assert found["high_quality"] > 0.97
            assert found["kl_divergence"] < 0.02


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"agents": 3}, r"agents must be even.*; received 3\. Pass 4 agents"),
        (
            {"agents": 4, "pairing": (0, 0)},
            r"pairing must be a permutation.*; received \(0, 0\)\. List each painter once",
        ),
        ({"agents": 4, "pairing": (1,)}, "pairing must be a permutation"),
        ({"agents": 4, "pairing": "10"}, "pairing must be a permutation"),
        ({"data": "moons"}, "moons"),
        ({"data": "digits", "pictures": "test"}, "test"),
        ({"noise": 0}, r"noise must be.*1"),
        ({"condition": "word"}, "condition must be"),
    ],
)
def test_bad_options_are_refused(options: dict, message: str, without_type_checks: None) -> None:
    with pytest.raises(ValueError, match=message):
        forgery_v0.parallel_env(**options)


def test_the_equilibrium_needs_a_channel_for_pictures() -> None:
    forgery = game("forgery_v0")
    with pytest.raises(ValueError, match=r"must be sent over Continuous\(2\); received .*DRU"):
        forgery.reference_player("equilibrium", forgery.core(2, 1, 0), DRU())
    with pytest.raises(ValueError, match="oracle"):
        forgery.reference_player("oracle", forgery.core(2, 1, 0), None)


def test_a_painter_acts_by_a_box_and_its_picture_arrives() -> None:
    env = forgery_v0.parallel_env(channel=POINTS, seed=0)
    space = env.action_space("painter_0")
    assert isinstance(space, spaces.Box)
    assert space.shape == (5,)
    heard = set()
    for _ in range(20):
        env.reset()
        seen, *_ = env.step(
            {"painter_0": np.array([0, 0, 0, 0.25, -0.5], np.float32), "critic_0": np.zeros(5, np.float32)}
        )
        present, picture = seen["critic_0"][4], seen["critic_0"][5:]
        assert not present or picture.tolist() == [0.25, -0.5]
        heard.add(bool(present))
    assert heard == {True, False}


def test_the_page_states_the_spaces() -> None:
    page = page_of(forgery_v0)
    env = forgery_v0.parallel_env(channel=POINTS)
    assert "``Box(-1, 1, (3 + 2,), float32)``" in page
    assert env.observation_space("critic_0").shape == (4 + 3,)
    assert re.search(r"Steps of an episode \| 2 ", page)
    assert env.state().shape == (8 + 1 * (2 + 2 + 1) + 1,)


@pytest.mark.parametrize(("data", "size"), [("ring", 2), ("digits", 64)])
def test_drawings_show_what_critics_see(data: str, size: int) -> None:
    env = forgery_v0.parallel_env(4, Channel(Continuous(size)), render_mode="ansi", data=data, seed=0)
    env.reset()
    assert "the painters paint" in env.render()
    env.step({name: np.full(3 + size, 0.5, np.float32) for name in env.agents})
    shown = env.render()
    assert "critic_0" in shown
    assert "critic_1" in shown
    env.step({name: np.eye(3 + size, dtype=np.float32)[REAL] for name in env.agents})
    assert len(re.findall(r"critic_\d judged real, (was right: \+1|not fake: -1)", env.render())) == 2
    picture = forgery_v0.parallel_env(channel=Channel(Continuous(size)), render_mode="rgb_array", data=data, seed=0)
    picture.reset()
    before = picture.render()
    picture.step({name: np.full(3 + size, 0.5, np.float32) for name in picture.agents})
    assert (picture.render() != before).any()
