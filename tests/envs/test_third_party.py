"""Channels around environments that others wrote: mpe2's, and one of PettingZoo's in which agents die early."""

import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pettingzoo
import pytest
from gymnasium import spaces
from interlect.envs import conformance, with_channel
from interlect.envs.wrapping import by_distance
from interlect.protocols import Channel, Composed, Continuous, Delay, Erasure, Flip, Symbols
from mpe2 import simple_reference_v3, simple_speaker_listener_v4, simple_spread_v3
from pettingzoo.test import parallel_api_test, parallel_seed_test
from pettingzoo.utils.conversions import parallel_to_aec

WORDS = Channel(Symbols(4, 2))
NUMBERS = Channel(Continuous(2))
NOISY = Channel(Symbols(4, 2), Composed((Flip(0.3), Delay(1), Erasure(0.2))))

reference = partial(simple_reference_v3.parallel_env, max_cycles=6)
speaker = partial(simple_speaker_listener_v4.parallel_env, max_cycles=6)
spread = partial(simple_spread_v3.parallel_env, N=4, max_cycles=6)
MPE = [reference, speaker, spread]


def zombies() -> Any:
    """Knights and archers who die early, for many zombies come and the walls kill, too."""
    name = "butterfly/knights_archers_zombies_v11"
    return pettingzoo.make("parallel", name, spawn_delay=5, line_death=True)


def sizes(env: Any, kind: str) -> list[tuple[int, ...]]:
    return [getattr(env, f"{kind}_space")(agent).shape for agent in env.possible_agents]


def choose(env: Any, rng: np.random.Generator) -> dict[str, Any]:
    """Random choices."""
    for agent in env.agents:
        env.action_space(agent).seed(int(rng.integers(2**31)))
    return {agent: env.action_space(agent).sample() for agent in env.agents}


def test_spaces() -> None:
    talking = with_channel(speaker(), WORDS)
    assert talking.action_spaces == {
        "speaker_0": spaces.MultiDiscrete([3, 4, 4]),
        "listener_0": spaces.MultiDiscrete([5, 4, 4]),
    }
    assert sizes(talking, "observation") == [(3 + 9,), (11 + 9,)]
    assert sizes(with_channel(spread(), WORDS), "observation") == [(24 + 3 * 9,)] * 4
    continuous = with_channel(speaker(continuous_actions=True), NUMBERS)
    assert sizes(continuous, "action") == [(3 + 2,), (5 + 2,)]
    assert continuous.action_space("speaker_0").low.tolist() == [0, 0, 0, -1, -1]
    with pytest.raises(ValueError, match=r"those of speaker_0 are not; received Box.*Use a continuous carrier"):
        with_channel(speaker(continuous_actions=True), WORDS)


@pytest.mark.parametrize("make", MPE)
@pytest.mark.parametrize("continuous", [False, True])
@pytest.mark.parametrize("topology", ["all", by_distance(0.7)], ids=["all", "near"])
def test_who_does_not_listen_plays_the_bare_environment(make: Callable, continuous: bool, topology: Any) -> None:
    channel = NUMBERS if continuous else NOISY
    bare, env = (
        make(continuous_actions=continuous),
        with_channel(make(continuous_actions=continuous), channel, topology),
    )
    rng = np.random.default_rng(0)
    for seed in (5, None):
        a, b = bare.reset(seed=seed), env.reset(seed=seed)
        same(a, b)
        while bare.agents:
            choices = choose(env, rng)
            own = {agent: choice[:-2] if continuous else choice[0] for agent, choice in choices.items()}
            same(bare.step(own), env.step(choices))
            assert bare.agents == env.agents
            assert (bare.state() == env.state()).all()


def same(bare: tuple, heard: tuple) -> None:
    """What was returned is equal bit for bit, but that more is heard."""
    (a, *rest), (b, *others) = bare, heard
    assert rest == others
    assert a.keys() == b.keys()
    assert all(a[agent].tobytes() == b[agent][: len(a[agent])].tobytes() for agent in a)


@pytest.mark.parametrize("make", MPE)
def test_who_is_near_hears(make: Callable) -> None:
    """In own words, from mpe2's world: a message of ones is heard by those at most 1 away, now that it arrives."""
    env = with_channel(make(), WORDS, by_distance(1.0))
    env.reset(seed=1)
    seen = set()
    while env.agents:
        choices = {agent: np.array([0, 3, 3]) for agent in env.agents}
        observations, *_ = env.step(choices)
        at = {body.name: body.state.p_pos for body in env.unwrapped.world.agents}
        for agent, observation in observations.items():
            others = [other for other in env.possible_agents if other != agent]
            near = [float(np.linalg.norm(at[other] - at[agent]) <= 1) for other in others]
            word = np.array([[1, 0, 0, 0, 1, 0, 0, 0, 1]], dtype=np.float32)
            assert observation[-9 * len(others) :].tolist() == (np.array(near)[:, None] * word).reshape(-1).tolist()
            seen |= set(near)
    assert seen == {0, 1} or make is not spread


@pytest.mark.parametrize(("make", "channel"), [(reference, NUMBERS), (speaker, NOISY)])
def test_it_conforms(make: Callable, channel: Channel) -> None:
    conformance.check(lambda: with_channel(make(), channel), time_limit=6)
    parallel_api_test(with_channel(make(), channel), num_cycles=20)
    parallel_seed_test(lambda: with_channel(make(), channel), num_cycles=20)


def test_copies_play_alike() -> None:
    env = with_channel(spread(render_mode="rgb_array"), NOISY, by_distance(1.5))
    copy = pickle.loads(pickle.dumps(env))
    rng = np.random.default_rng(0)
    assert repr(env.reset(seed=2)) == repr(copy.reset(seed=2))
    while env.agents:
        choices = choose(env, rng)
        assert repr(env.step(choices)) == repr(copy.step(choices))
    assert (env.render() == copy.render()).all()
    assert env.unwrapped.metadata["name"] == str(env) == "simple_spread_v3"
    assert env.render_mode == "rgb_array"
    env.close()


def test_in_turns() -> None:
    env = parallel_to_aec(with_channel(speaker(), WORDS))
    env.reset(seed=0)
    for agent in env.agent_iter(2):
        env.step(np.array([0, 1, 2]) if agent == "speaker_0" else np.array([4, 3, 0]))
    assert env.observe("listener_0")[11:].tolist() == [1, 0, 1, 0, 0, 0, 0, 1, 0]
    assert env.observe("speaker_0")[3:].tolist() == [1, 0, 0, 0, 1, 1, 0, 0, 0]


def test_the_dead_are_silent() -> None:
    env = with_channel(zombies(), WORDS)
    names, rng = env.possible_agents, np.random.default_rng(0)
    alone = 0
    for seed in range(2):
        observations, _ = env.reset(seed=seed)
        assert all(set(seen) == {"observation", "heard"} for seen in observations.values())
        while env.agents:
            acted = env.agents
            observations, *_ = env.step(choose(env, rng))
            assert set(observations) == set(acted)
            for agent, seen in observations.items():
                assert env.observation_space(agent).contains(seen)
                others = [name for name in names if name != agent]
                assert seen["heard"][::9].tolist() == [float(other in acted) for other in others]
            alone += len(acted) == 1
    assert alone > 0
