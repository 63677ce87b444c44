"""Stable-baselines3's own PPO trains on the PettingZoo face: agents without memory that see their history."""

import numpy as np
import pytest
import torch
from interlect.envs import switch_riddle_v0
from interlect.protocols import Channel, Continuous
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecEnv


class Seats(VecEnv):
    """The seats of one parallel environment as SB3's parallel environments, so that one policy plays all of them."""

    def __init__(self, env):
        self.env = env
        one = env.possible_agents[0]
        super().__init__(len(env.possible_agents), env.observation_space(one), env.action_space(one))
        self.env.reset(seed=0)

    def reset(self):
        return self._stack(self.env.reset()[0])

    def step_async(self, actions):
        self.actions = dict(zip(self.env.possible_agents, actions, strict=True))

    def step_wait(self):
        observations, rewards, terminated, truncated, _ = self.env.step(self.actions)
        over = not self.env.agents
        infos = [{} for _ in rewards]
        if over:
            for info, agent in zip(infos, rewards, strict=True):
                info["terminal_observation"] = observations[agent]
                info["TimeLimit.truncated"] = truncated[agent] and not terminated[agent]
            observations = self.env.reset()[0]
        paid = np.array(list(rewards.values()), dtype=np.float32)
        return self._stack(observations), paid, np.full(self.num_envs, over), infos

    @staticmethod
    def _stack(observations):
        if isinstance(next(iter(observations.values())), dict):
            first = next(iter(observations.values()))
            return {key: np.stack([seen[key] for seen in observations.values()]) for key in first}
        return np.stack(list(observations.values()))

    def close(self):
        self.env.close()

    def get_attr(self, attr_name, indices=None):
        return [None] * self.num_envs

    def set_attr(self, attr_name, value, indices=None):
        raise NotImplementedError

    def env_method(self, method_name, *args, indices=None, **kwargs):
        raise NotImplementedError

    def env_is_wrapped(self, wrapper_class, indices=None):
        return [False] * self.num_envs


@pytest.mark.parametrize("channel", [None, Channel(), Channel(Continuous(2))])
@pytest.mark.parametrize("mask_in_observation", [False, True])
def test_ppo_trains(channel, mask_in_observation):
    env = switch_riddle_v0.parallel_env(channel=channel, history=5, mask_in_observation=mask_in_observation)
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
