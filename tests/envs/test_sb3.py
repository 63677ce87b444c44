"""Stable-baselines3's own PPO trains on the PettingZoo environment, and on environments of others with a channel."""

import numpy as np
import pytest
import torch
from gymnasium import spaces
from interlect.envs import switch_riddle_v0, with_channel
from interlect.envs.adapters.sb3 import Seats
from interlect.protocols import Channel, Continuous
from small_envs import ACTIONS, Walks
from stable_baselines3 import PPO


@pytest.mark.parametrize("channel", [None, Channel(), Channel(Continuous(2))])
@pytest.mark.parametrize("mask_in_observation", [False, True])
def test_ppo_trains(channel, mask_in_observation):
    options = {"history": 5, "mask_in_observation": mask_in_observation, "mask": "action"}
    env = switch_riddle_v0.parallel_env(channel=channel, **options)
    policy = "MultiInputPolicy" if mask_in_observation else "MlpPolicy"
    model = PPO(policy, Seats(env), n_steps=64, batch_size=64, n_epochs=2, seed=0, device="cpu")
    before = [parameter.detach().clone() for parameter in model.policy.parameters()]
    model.learn(400)
    after = list(model.policy.parameters())
    assert all(parameter.isfinite().all() for parameter in after)
    assert any((a != b).any() for a, b in zip(before, after, strict=True))


def test_ppo_learns_two_agents_riddle():
    """Random play loses. With two days, who comes in on the second, and was not there on the first, should tell."""
    torch.set_num_threads(1)
    env = switch_riddle_v0.parallel_env(agents=2, channel=Channel(), history=2)
    model = PPO("MlpPolicy", Seats(env), n_steps=256, batch_size=256, gamma=1.0, learning_rate=3e-3, seed=0)
    model.learn(8_000)
    assert mean_return(RandomSeats(model), env) < 0
    assert mean_return(model, env) >= 0.4


def test_the_end_of_an_episode_tells_what_was_seen_last():
    game_env = switch_riddle_v0.parallel_env(channel=Channel(), history=6, mask_in_observation=True, seed=3)
    seats = Seats(game_env, seed=3)
    seats.reset()
    for day in range(1, 7):
        seats.step_async(np.zeros((3, 2), dtype=np.int64))
        observations, paid, over, infos = seats.step_wait()
        assert over.all() == (day == 6)
    assert paid.tolist() == [0, 0, 0]
    for seat, info in enumerate(infos):
        assert not info["TimeLimit.truncated"], "the deadline is a rule of the riddle"
        assert info["terminal_observation"]["observation"][-1] == 1, "the day is the last one"
        assert observations["observation"][seat, -1] == 0
        assert info["terminal_observation"]["action_mask"].tolist() == [1, 0, 1, 1]
    assert seats.env_method("observation_space", "prisoner_0", indices=[1]) == [
        game_env.observation_space("prisoner_0")
    ]


def test_a_deadline_that_truncates_is_reported_as_a_time_limit():
    seats = Seats(switch_riddle_v0.parallel_env(agents=2, deadline="truncates"), seed=0)
    seats.reset()
    for _ in range(2):
        _, _, over, infos = seats.step(np.zeros(2, dtype=np.int64))
    assert over.all()
    assert all(info["TimeLimit.truncated"] for info in infos)


def played(seats, steps=40):
    """What a fixed sequence of actions leads to, after a reset."""
    rng = np.random.default_rng(0)
    seen = [seats.reset()]
    for _ in range(steps):
        observations, paid, over, _ = seats.step(rng.integers(2, size=(seats.num_envs, 2)))
        seen += [observations, paid, over]
    return seen


def test_seeds_of_stable_baselines3_repeat_episodes():
    make = lambda: switch_riddle_v0.parallel_env(channel=Channel(), history=2)  # noqa: E731
    one, two, three = Seats([make(), make()]), Seats([make(), make()]), Seats([make(), make()])
    assert one.seed(5) == [5, 5, 5, 6, 6, 6]
    two.seed(5)
    three.seed(6)
    first, second, other = played(one), played(two), played(three)
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))
    one.seed(5)
    assert all(np.array_equal(a, b) for a, b in zip(first, played(one), strict=True))
    model = PPO("MlpPolicy", two, n_steps=8, batch_size=8, n_epochs=1, seed=3, device="cpu")
    model.learn(8)
    assert two.env_method("render") == [None] * 6


def test_several_environments_play_apart():
    """The rows of environment k are those of a ``Seats`` of that environment alone."""
    make = lambda: switch_riddle_v0.parallel_env(channel=Channel(), history=2)  # noqa: E731
    both = Seats([make(), make()], seed=7)
    alone = [Seats(make(), seed=7), Seats(make(), seed=8)]
    rng = np.random.default_rng(1)
    assert np.array_equal(both.reset(), np.concatenate([seats.reset() for seats in alone]))
    for _ in range(30):
        actions = rng.integers(2, size=(6, 2))
        found, parts = both.step(actions), [seats.step(actions[3 * k : 3 * k + 3]) for k, seats in enumerate(alone)]
        for k in range(3):
            assert np.array_equal(found[k], np.concatenate([part[k] for part in parts]))
        assert [sorted(info) for info in found[3]] == [sorted(info) for part in parts for info in part[3]]


def test_infos_masks_images_and_attributes_pass_through():
    env = switch_riddle_v0.parallel_env(channel=Channel(), history=2, render_mode="rgb_array")
    seats = Seats([env, switch_riddle_v0.parallel_env(channel=Channel(), history=2, render_mode="rgb_array")], seed=0)
    seats.reset()
    assert [info["action_mask"].shape for info in seats.reset_infos] == [(4,)] * 6
    _, _, _, infos = seats.step(np.zeros((6, 2), dtype=np.int64))
    masks = np.stack(seats.env_method("action_masks"))
    assert (masks == [info["action_mask"] for info in infos]).all()
    assert masks[:, 1].sum() == 2, "one agent per environment may tell"
    assert len(seats.get_images()) == 2
    assert seats.render().ndim == 3
    assert seats.has_attr("possible_agents")
    assert not seats.has_attr("no_such_attribute")
    assert seats.env_is_wrapped(type(env)) == [True] * 6
    with pytest.raises(ValueError, match=r"Action masks must be in the environment's infos; received 'none'"):
        Seats(switch_riddle_v0.parallel_env(mask=None)).action_masks()


def test_environments_have_the_same_agents():
    with pytest.raises(ValueError, match="The environments of one policy must have the same agents"):
        Seats([switch_riddle_v0.parallel_env(agents=2), switch_riddle_v0.parallel_env(agents=3)])
    with pytest.raises(ValueError, match="at least one environment"):
        Seats([])


@pytest.mark.parametrize("channel", [Channel(), Channel(Continuous(2))])
@pytest.mark.parametrize("look", [spaces.Box(-5, 5, (3,), np.float32), spaces.Box(0, 9, (2, 2), np.float32)])
def test_ppo_trains_on_environments_of_others(channel, look):
    env = with_channel(Walks((7, 7), look), channel)
    policy = "MultiInputPolicy" if look.shape == (2, 2) else "MlpPolicy"
    model = PPO(policy, Seats(env, seed=0), n_steps=32, batch_size=64, n_epochs=2, seed=0, device="cpu")
    model.learn(128)
    assert all(parameter.isfinite().all() for parameter in model.policy.parameters())


def test_seats_are_alike_and_end_together():
    with pytest.raises(
        ValueError, match=r"must have equal spaces, and those of walker_1 and walker_0 differ.*policy per agent"
    ):
        Seats(Walks((7, 7), action=[ACTIONS, spaces.Discrete(3)]))
    seats = Seats(Walks((7, 1)))
    seats.reset()
    seats.step_async(np.zeros(2, dtype=np.int64))
    with pytest.raises(ValueError, match=r"end together; received .*\['walker_0'\] of \['walker_0', 'walker_1'\]"):
        seats.step_wait()


class RandomSeats:
    """Plays at random from a model's action space."""

    def __init__(self, model):
        self.space, self.seats = model.action_space, model.n_envs

    def predict(self, observations, deterministic):
        return np.stack([self.space.sample() for _ in range(self.seats)]), None


def mean_return(player, env, episodes=300):
    seats, returns = Seats(env), []
    observations = seats.reset()
    while len(returns) < episodes:
        seats.step_async(player.predict(observations, deterministic=True)[0])
        observations, paid, over, _ = seats.step_wait()
        if over[0]:
            returns.append(paid[0])
    return np.mean(returns)
