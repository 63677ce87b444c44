"""A channel around an environment of others delivers exactly what was said, and changes nothing else."""

import pickle
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from foreign_envs import Party
from hypothesis import given, settings
from hypothesis import strategies as st
from interlect.envs import conformance, with_channel
from interlect.protocols import (
    DRU,
    Channel,
    Composed,
    Continuous,
    Delay,
    Erasure,
    Flip,
    Gaussian,
    Perfect,
    Quantized,
    Symbols,
)
from pettingzoo.test import parallel_api_test, parallel_seed_test
from pettingzoo.utils.conversions import parallel_to_aec
from small_envs import ACTIONS, LOOK, Walks

CARRIERS = (Symbols(3, 2), DRU(3), Quantized(4), Continuous(2))
WALKER = "walker_0"


def said(carrier: Any, message: np.ndarray) -> list[float]:
    """A message as it is heard, in own words: symbols as one-hot rows, everything else as its numbers."""
    vocabulary = carrier.alphabet
    if vocabulary is None or isinstance(carrier, DRU):
        return [float(number) for number in message]
    return [float(symbol == at) for symbol in message for at in range(vocabulary)]


def messages(env: Any, agents: list[str], choices: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The message parts of what agents chose."""
    return {agent: choices[agent][-env.channel.carrier.space.shape[0] :] for agent in agents}


def choose(env: Any, rng: np.random.Generator, agents: list[str]) -> dict[str, Any]:
    """Random choices."""
    for agent in agents:
        env.action_space(agent).seed(int(rng.integers(2**31)))
    return {agent: env.action_space(agent).sample() for agent in agents}


@st.composite
def graphs(draw: st.DrawFn) -> np.ndarray:
    agents = draw(st.integers(1, 4))
    return np.array(draw(st.lists(st.booleans(), min_size=agents**2, max_size=agents**2))).reshape(agents, agents)


@given(graphs(), st.sampled_from(CARRIERS), st.integers(0, 2), st.data())
@settings(max_examples=60)
def test_what_is_sent_is_heard_with_the_next_observation(
    hears: np.ndarray, carrier: Any, delay: int, data: Any
) -> None:
    """The whole law: who heard whom, what, and when, from the choices alone."""
    agents = len(hears)
    lives = tuple(data.draw(st.lists(st.integers(1, 5), min_size=agents, max_size=agents)))
    env = with_channel(Walks(lives), Channel(carrier, Delay(delay) if delay else Perfect()), hears)
    names, rng = env.possible_agents, np.random.default_rng(data.draw(st.integers(0, 99)))
    senders = [[j for j in range(agents) if j != i or hears.diagonal().any()] for i in range(agents)]
    for _ in range(2):
        observations, _ = env.reset()
        log: list[dict[str, np.ndarray]] = []
        while True:
            alive = {name for name, life in zip(names, lives, strict=True) if life > len(log) - 1}
            assert set(observations) == alive
            for i, name in enumerate(names):
                expected: list[float] = []
                for j in senders[i]:
                    sent = log[-1 - delay] if len(log) > delay else {}
                    heard = hears[i, j] and names[j] in sent and name in sent
                    silence = [0.0] * (1 + carrier.size)
                    expected += [1.0, *said(carrier, sent[names[j]])] if heard else silence
                if name in observations:
                    assert observations[name][3:].tolist() == pytest.approx(expected)
                    assert observations[name].dtype == np.float32
            if not env.agents:
                break
            choices = choose(env, rng, env.agents)
            log.append(messages(env, env.agents, choices))
            observations, *_ = env.step(choices)
        assert len(log) == max(lives)


@pytest.mark.parametrize("carrier", CARRIERS, ids=str)
@pytest.mark.parametrize("action", [ACTIONS, [ACTIONS] * 3], ids=["one", "each"])
def test_who_does_not_listen_plays_the_bare_environment(carrier: Any, action: Any) -> None:
    bare, env = (
        Walks((2, 5, 4), action=action),
        with_channel(Walks((2, 5, 4), action=action), Channel(carrier, Flip(0.5))),
    )
    rng = np.random.default_rng(0)
    for episode in range(3):
        seed = 7 if episode == 0 else None
        (a, x), (b, y) = bare.reset(seed=seed), env.reset(seed=seed)
        assert x == y
        while bare.agents:
            choices = choose(env, rng, env.agents)
            own = {name: first(choice) for name, choice in choices.items()}
            a, *rest = bare.step(own)
            b, *others = env.step(choices)
            assert rest == others
            assert env.agents == bare.agents
            assert env.done == own
            assert {name: seen.tobytes() for name, seen in a.items()} == {name: b[name][:3].tobytes() for name in b}
            assert (env.state() == bare.state()).all()
            assert env.render() == bare.render()


def first(choice: np.ndarray) -> int:
    """The action of a choice: its first number, or the largest of its four logits."""
    return int(choice[0]) if choice.dtype.kind == "i" else int(choice[:4].argmax())


def heard(env: Any, steps: int = 4, seed: int | None = 0) -> list[list[float]]:
    """What walker_0 hears in an episode in which everybody always says the same."""
    env.reset(seed=seed)
    choices = {agent: env.action_space(agent).sample() * 0 for agent in env.agents}
    return [env.step(choices)[0][WALKER][3:].tolist() for _ in range(steps)]


def test_links() -> None:
    def env(link: Any) -> Any:
        return with_channel(Walks((9, 9)), Channel(DRU(2), link))

    assert heard(env(Perfect())) == [[1, 0, 0]] * 4
    assert heard(env(Flip(1.0))) == [[1, 1, 1]] * 4
    assert heard(env(Erasure(1.0))) == [[0, 0, 0]] * 4
    assert heard(env(Delay(2))) == [[0, 0, 0]] * 2 + [[1, 0, 0]] * 2
    assert heard(env(Composed((Flip(1.0), Delay(1))))) == [[0, 0, 0]] + [[1, 1, 1]] * 3


def test_a_cut_is_respected_and_checked_at_once() -> None:
    env = with_channel(Walks((9, 9)), Channel(DRU(), cut=((1, 0),)))
    assert heard(env) == [[0, 0]] * 4
    with pytest.raises(ValueError, match=r"The cut of a channel must be between seats 0 to 1; received \(\(2, 0\),\)"):
        with_channel(Walks((9, 9)), Channel(DRU(), cut=((2, 0),)))


def test_the_seed_seeds_environment_and_noise() -> None:
    env = with_channel(Walks((20, 20)), Channel(Continuous(), Gaussian(0.5)))
    other = with_channel(Walks((20, 20)), Channel(Continuous(), Gaussian(0.5)))
    once = heard(env, 20)
    assert heard(env, 20, None) != once
    assert heard(env, 20) == heard(other, 20) == once
    assert heard(env, 20, None) == heard(other, 20, None)
    assert heard(env, 20, 1) != once
    noise = np.array(once)[:, 1]
    assert 0.2 < noise.std() < 0.9
    fresh = [heard(with_channel(Walks((20, 20)), Channel(Continuous(), Gaussian(0.5))), 20, None) for _ in range(2)]
    assert fresh[0] != fresh[1]


def test_two_channels_around_one_environment() -> None:
    noisy = Channel(DRU(8), Flip(0.5))
    twice = with_channel(with_channel(Walks((9, 9)), noisy), noisy, "ring")
    assert twice.action_space(WALKER).nvec.tolist() == [4] + [2] * 16
    rows = heard(twice, 8)
    assert heard(twice, 8) == rows
    inner, outer = np.array(rows)[:, 1:9], np.array(rows)[:, 10:]
    assert 0.2 < (inner == outer).mean() < 0.8  # each has noise of its own
    assert heard(with_channel(Walks((9, 9)), noisy), 8) == np.array(rows)[:, :9].tolist()


def test_guests_that_come_late_hear_what_is_said_after_they_came() -> None:
    env = with_channel(Party(), Channel(Symbols(2)))
    observations, infos = env.reset(seed=0)
    assert set(observations) == set(infos) == {"host"}
    talk = []
    for _ in range(4):
        observations, *_ = env.step({agent: np.array([0, 1]) for agent in env.agents})
        talk.append({agent: seen["heard"].tolist() for agent, seen in observations.items()})
    yes, no = [1, 0, 1], [0, 0, 0]
    both = {"host": yes, "guest": yes}
    assert talk == [{"host": no, "guest": no}, both, both, {"host": no}]


def test_calls_out_of_order_and_bad_messages_cost_nothing() -> None:
    env = with_channel(Walks(), Channel(Symbols(3)))
    good = {agent: np.array([1, 2]) for agent in env.possible_agents}
    with pytest.raises(ValueError, match=r"needs a running episode; received 'no episode yet'. Use reset"):
        env.step(good)
    env.reset(seed=0)
    place = env.state()
    for wrong, match in (
        ([1, 3], "The message of walker_1 must be an element of"),
        ([4, 0], r"walker_1 must choose among 4 actions; received 4. Choose one of Discrete\(4\)"),
        ([1], "walker_1 must choose 2 integers, its action and then its message"),
    ):
        with pytest.raises(ValueError, match=match):
            env.step(good | {"walker_1": np.array(wrong)})
    with pytest.raises(ValueError, match=r"A step needs one action per live agent: .*; received \['walker_0'\]"):
        env.step({WALKER: good[WALKER]})
    assert (env.state() == place).all()
    observations, *_ = env.step(good)
    assert observations[WALKER][3:].tolist() == [1, 0, 0, 1] * 2


@pytest.mark.parametrize("copier", [deepcopy, lambda env: pickle.loads(pickle.dumps(env))], ids=["copied", "pickled"])
@pytest.mark.parametrize("topology", ["ring", np.ones((3, 3), dtype=bool)], ids=str)
def test_copies_go_on_alike(copier: Any, topology: Any) -> None:
    env = with_channel(Walks((9, 9, 9)), Channel(Symbols(5, 2), Composed((Flip(0.4), Delay(1)))), topology)
    env.reset(seed=3)
    rng = np.random.default_rng(1)
    env.step(choose(env, rng, env.agents))
    copy = copier(env)
    assert copy.observation_spaces == env.observation_spaces
    assert copy.action_spaces == env.action_spaces
    assert copy.metadata == env.metadata
    for _ in range(4):
        choices = choose(env, rng, env.agents)
        assert repr(env.step(choices)) == repr(copy.step(choices))
    assert repr(env.reset()) == repr(copy.reset())


def test_all_else_is_the_environments() -> None:
    walks = Walks()
    env = with_channel(walks, Channel())
    assert env.unwrapped is walks
    assert (env.metadata, env.render_mode, env.state_space) == (walks.metadata, "ansi", walks.state_space)
    assert str(env) == "walks_v0"
    assert env.agents == []
    env.close()
    assert walks.closed
    del walks.state_space
    assert not hasattr(with_channel(walks, Channel()), "state_space")


@pytest.mark.parametrize("carrier", CARRIERS, ids=str)
def test_it_conforms(carrier: Any) -> None:
    def env() -> Any:
        return with_channel(Walks((4, 4, 4), masked=True), Channel(carrier, Composed((Erasure(0.3), Delay(1)))))

    conformance.check(env)
    for rule in (
        "spaces_have_tables",
        "observations_have_their_type",
        "returned_objects_may_be_modified",
        "steps_need_a_reset",
    ):
        conformance.STRICT_CHECKS[rule](env)
    conformance.STRICT_CHECKS["pickling_keeps_everything"](env)
    parallel_api_test(env(), num_cycles=50)
    parallel_seed_test(env, num_cycles=50)


def test_in_turns() -> None:
    env = parallel_to_aec(with_channel(Walks((2, 2)), Channel(Symbols(3))))
    env.reset(seed=0)
    assert env.observation_space(WALKER).shape == (LOOK.shape[0] + 4,)
    for word in (1, 2):
        env.step(np.array([0, word]))
    assert [env.observe(agent)[3:].tolist() for agent in env.agents] == [[1, 0, 0, 1], [1, 0, 1, 0]]
