"""One agent as a Gymnasium environment, and stable-baselines3 on either side of forgery."""

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from interlect.envs import forgery_v0, make_core, play, switch_riddle_v0
from interlect.envs.adapters.newcomer import Newcomer
from interlect.training import GAN, Dial, make_learner
from stable_baselines3 import PPO

UNTRAINED = make_learner(GAN("forgery_v0", width=8, layers=1)).team()


def forgery(agent: str, **options) -> Newcomer:
    return Newcomer(forgery_v0.parallel_env(channel=UNTRAINED.channel, seed=0, **options), UNTRAINED, agent)


@pytest.mark.parametrize("agent", ["painter_0", "critic_0"])
def test_it_is_a_gymnasium_environment(agent: str) -> None:
    check_env(forgery(agent), skip_render_check=True)


@pytest.mark.parametrize("seat", [0, 1])
def test_an_agent_that_plays_as_the_team_does_receives_the_team_s_rewards(seat: int) -> None:
    team = make_learner(Dial("switch_riddle_v0", agents=2, width=8)).team()
    env = switch_riddle_v0.parallel_env(2, team.channel)
    newcomer, core = Newcomer(env, team, f"prisoner_{seat}"), make_core("switch_riddle_v0", 2, 1, 3)
    played = play(core, team, team.channel)
    newcomer.reset(seed=3)
    newcomer.reset()
    rewards, steps = 0.0, int(played.live.sum())
    for step in range(steps):
        action = np.concatenate(
            [[played.action[step, 0, seat]], team.channel.carrier.element(played.sent[step, 0, seat])]
        )
        _, reward, terminated, truncated, _ = newcomer.step(action)
        rewards += reward
        assert (terminated or truncated) == (step == steps - 1)
    assert rewards == played.returns[0, seat]


def test_stable_baselines3_learns_to_judge_the_pictures_of_a_painter() -> None:
    env = forgery("critic_0")
    model = PPO("MlpPolicy", env, n_steps=512, batch_size=128, seed=0, device="cpu", gamma=1.0)
    before, after = mean_return(model, env), mean_return(model.learn(12_000), env)
    assert before < 0.3
    assert after > 0.6


@pytest.mark.slow
def test_stable_baselines3_learns_to_paint_what_a_critic_accepts() -> None:
    learner = make_learner(
        GAN("forgery_v0", objective="non_saturating", updates=1000, batch=64, width=32, layers=2, r1=0.01, r2=0.0)
    )
    for _ in range(1000):
        learner.update()
    team = learner.team()
    env = Newcomer(forgery_v0.parallel_env(channel=team.channel, seed=0), team, "painter_0")
    model = PPO("MlpPolicy", env, n_steps=512, batch_size=128, seed=0, device="cpu", gamma=1.0, learning_rate=1e-3)
    before, after = mean_return(model, env), mean_return(model.learn(8192), env)
    assert before < -0.5
    assert after > before + 0.3


def mean_return(model: PPO, env: Newcomer, episodes: int = 300) -> float:
    """Mean return of a deterministic policy."""
    total = 0.0
    for episode in range(episodes):
        observation, _ = env.reset(seed=1000 + episode)
        over = False
        while not over:
            observation, reward, over, _, _ = env.step(model.predict(observation, deterministic=True)[0])
            total += reward
    return total / episodes


def test_a_seed_repeats_the_choices_of_a_random_team() -> None:
    class Random:
        def initial_state(self, seats):
            return {}

        def step(self, inputs, state, rng):
            sent = rng.uniform(-1, 1, (len(inputs.legal), 2)).astype(np.float32)
            return inputs.legal.argmax(1), sent, state

    env = Newcomer(forgery_v0.parallel_env(channel=UNTRAINED.channel), Random(), "critic_0")

    def seen() -> list:
        found = []
        for seed in range(8):
            env.reset(seed=seed)
            found.append(env.step(env.action_space.low)[0].tolist())
        return found

    assert seen() == seen()


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match=r"painter_1.*Did you mean"):
        forgery("painter_1")
    with pytest.raises(ValueError, match="needs a game with a channel"):
        Newcomer(forgery_v0.parallel_env(), UNTRAINED, "critic_0")
