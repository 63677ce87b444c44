"""All lanes of a game as one vectorized environment of stable-baselines3."""

import numpy as np
import pytest
import torch
from interlect.envs import register_environment
from interlect.envs.adapters.sb3 import Seats, vec_env
from interlect.envs.core.registry import GAMES
from interlect.protocols import Channel, Composed, Continuous, Delay, Erasure, Symbols
from interlect.protocols.common.draws import lane_seed
from pettingzoo import make
from small_envs import Walks
from stable_baselines3 import A2C, PPO
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import VecMonitor, VecNormalize

NOISY = Channel(Symbols(3, 2), Composed((Erasure(0.3), Delay(1))))


@pytest.mark.parametrize("channel", [None, Channel(), NOISY, Channel(Continuous(2))])
@pytest.mark.parametrize("name", GAMES)
def test_rows_are_those_of_separate_environments(name, channel):
    """Equal to ``Seats`` over environments with the seeds of the lanes, restarts and the infos of ends included."""
    lanes = vec_env(name, n_envs=4, channel=channel, history=2, seed=7, mask="action")
    options = {"channel": channel, "history": 2, "mask": "action"}
    envs = [make("parallel", f"interlect/{name}", **options) for _ in range(4)]
    seats = Seats(envs)
    seats._seeds = lanes.seed(7)
    assert seats._seeds == [lane_seed(7, lane) for lane in range(4) for _ in seats.seats]
    assert (lanes.observation_space, lanes.action_space) == (seats.observation_space, seats.action_space)
    assert np.array_equal(lanes.reset(), seats.reset())
    lanes.action_space.seed(0)
    for _ in range(30):
        actions = np.stack([lanes.action_space.sample() for _ in range(lanes.num_envs)])
        (observations, rewards, dones, infos), expected = lanes.step(actions), seats.step(actions)
        assert np.array_equal(observations, expected[0])
        assert np.array_equal(rewards, expected[1])
        assert np.array_equal(dones, expected[2])
        assert [rewards.dtype, dones.dtype] == [np.float32, bool]
        for info, known in zip(infos, expected[3], strict=True):
            del known["action_mask"]
            assert info.keys() == known.keys()
            assert np.array_equal(info.get("terminal_observation"), known.get("terminal_observation"))
            assert info.get("TimeLimit.truncated") is known.get("TimeLimit.truncated")
        assert np.array_equal(lanes.action_masks(), seats.action_masks())


def test_a_deadline_that_truncates_is_reported_as_a_time_limit():
    env = vec_env("switch_riddle_v0", 2, 3, seed=0, deadline="truncates")
    env.reset()
    for _ in range(2):
        _, _, over, infos = env.step(np.zeros(6, dtype=np.int64))
    assert over.all()
    assert all(info["TimeLimit.truncated"] is True for info in infos)


@pytest.mark.parametrize("channel", [None, Channel(), Channel(Continuous(2))])
@pytest.mark.parametrize("algorithm", [PPO, A2C])
def test_algorithms_train(algorithm, channel):
    env = VecMonitor(vec_env("switch_riddle_v0", 3, 8, channel, history=3, seed=0))
    model = algorithm("MlpPolicy", env, n_steps=8, seed=0, device="cpu")
    before = [parameter.detach().clone() for parameter in model.policy.parameters()]
    model.learn(600)
    after = list(model.policy.parameters())
    assert all(parameter.isfinite().all() for parameter in after)
    assert any((a != b).any() for a, b in zip(before, after, strict=True))
    lengths = [episode["l"] for episode in model.ep_info_buffer]
    assert lengths
    assert max(lengths) <= 6


def test_normalized_observations_and_rewards():
    env = VecNormalize(vec_env("relay_v0", n_envs=4, channel=Channel(), history=1, seed=0))
    PPO("MlpPolicy", env, n_steps=8, n_epochs=1, batch_size=16, seed=0, device="cpu").learn(64)
    assert env.obs_rms.count > 64


def test_ppo_learns_two_agents_riddle():
    """Random play loses. With two days, who comes in on the second, and was not there on the first, should tell."""
    torch.set_num_threads(1)
    make_env = lambda seed: vec_env("switch_riddle_v0", 2, 64, Channel(), history=2, seed=seed)  # noqa: E731
    model = PPO("MlpPolicy", make_env(0), n_steps=8, batch_size=256, gamma=1.0, learning_rate=3e-3, seed=0)
    untrained, _ = evaluate_policy(model, VecMonitor(make_env(1)), 256)
    model.learn(16_000)
    trained, _ = evaluate_policy(model, VecMonitor(make_env(1)), 256)
    assert trained >= 0.4 > untrained


def test_seeds_repeat_episodes():
    one, two = (vec_env("switch_riddle_v0", 3, 5, Channel(), history=2, seed=seed) for seed in (5, None))
    two.seed(5)
    first = one.reset()
    assert np.array_equal(first, two.reset())
    assert not np.array_equal(first, one.reset()), "a reset without a seed begins the next episodes"
    one.seed(5)
    assert np.array_equal(first, one.reset())
    two.seed(6)
    assert not np.array_equal(first, two.reset())
    assert len(set(one.seed())) == 5, "without a seed, one is drawn"


def test_attributes_methods_and_infos():
    env = vec_env("switch_riddle_v0", 3, 2, Channel(), history=2, seed=0)
    env.reset()
    assert (env.num_envs, env.render_mode, env.get_images()) == (6, None, [])
    assert env.reset_infos == [{}] * 6
    infos = env.step(np.zeros((6, 2), dtype=np.int64))[3]
    assert len({id(info) for info in infos}) == 6, "wrappers may write into infos"
    assert env.get_attr("channel", [0, 3]) == [Channel()] * 2
    assert env.get_attr("horizon") == [6] * 6
    assert env.has_attr("action_masks")
    assert not env.has_attr("no_such_attribute")
    masks = env.env_method("action_masks")
    assert np.array_equal(masks, env.action_masks())
    assert np.array_equal(env.env_method("action_masks", indices=4), masks[4:5])
    assert np.array_equal(env.env_method("state", indices=[2, 3]), env.game.core.state())
    assert env.env_is_wrapped(Monitor) == [False] * 6
    env.set_attr("note", 1)
    assert env.get_attr("note") == [1] * 6
    with pytest.raises(ValueError, match="indices must be None; received 0"):
        env.set_attr("note", 2, indices=0)
    env.close()


def test_maskable_ppo_samples_no_illegal_action():
    """Illegal actions raise. MaskablePPO of sb3-contrib plays if it is installed."""
    contrib = pytest.importorskip("sb3_contrib")
    env = vec_env("switch_riddle_v0", 3, 8, Channel(), history=3, seed=0, illegal="error")
    contrib.MaskablePPO("MlpPolicy", env, n_steps=16, n_epochs=1, seed=0, device="cpu").learn(800)


def test_environments_of_others_are_padded():
    """Agents with different spaces, as speakers and listeners have, share one padded space in a registered game."""
    register_environment("walks_of_two_v0", lambda: Walks((5, 5)), horizon=5, replace=True)
    env = vec_env("walks_of_two_v0", n_envs=3, channel=Channel(), history=1, seed=0)
    PPO("MlpPolicy", env, n_steps=8, n_epochs=1, batch_size=16, device="cpu").learn(48)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"n_envs": 0}, r"n_envs must be .*; received 0"),
        ({"n_envs": 2**25}, r"n_envs must be .*; received 33554432"),
        ({"name": "switch_ridle_v0"}, r"switch_ridle_v0.*switch_riddle_v0"),
        ({"agents": 1}, r"agents must be .*; received 1"),
        ({"days": 3}, r"option.*days"),
        ({"illegal": "skip"}, r"illegal must be .*; received 'skip'"),
        ({"history": -1}, r"history must be .*; received -1"),
        ({"seed": -1}, r"seed must be .*; received -1"),
    ],
)
def test_errors_name_the_argument(arguments, error):
    with pytest.raises(ValueError, match=error):
        vec_env(**{"name": "switch_riddle_v0", "n_envs": 2} | arguments)


def test_errors_of_play():
    env = vec_env("switch_riddle_v0", 3, 2, mask=None)
    with pytest.raises(ValueError, match=r"running episode; received 'no episode yet'"):
        env.step(np.zeros(6, dtype=np.int64))
    env.reset()
    with pytest.raises(ValueError, match=r"2 lanes times 3 agents = 6; received 'an array of shape \[3\]'"):
        env.step(np.zeros(3, dtype=np.int64))
    with pytest.raises(ValueError, match=r"prisoner_2 in lane 1 must choose among 2 actions; received .*7"):
        env.step(np.array([0, 0, 0, 0, 0, 7]))
    with pytest.raises(ValueError, match=r'mask=None.*mask="action"'):
        env.action_masks()
