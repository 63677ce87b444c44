"""The PettingZoo environment of a game: observations, actions, and the same messages as in play()."""

import pickle
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from interlect.envs import GAMES, make_core, play, switch_riddle_v0
from interlect.envs.adapters import GameEnv
from interlect.envs.core.core import Step
from interlect.envs.switch_riddle.rules import SwitchRiddle
from interlect.protocols import (
    DRU,
    Channel,
    Composed,
    Continuous,
    Delay,
    Erasure,
    Flip,
    Gaussian,
    Gumbel,
    Perfect,
    Quantized,
    Sampled,
    Symbols,
    sum_messages,
)
from seats import each_seats

CARRIERS = (
    DRU(),
    DRU(3),
    Symbols(2),
    Symbols(5, 2),
    Symbols(3, 3, end=True),
    Sampled(3),
    Gumbel(3),
    Quantized(4),
    Continuous(),
    Continuous(3),
)
LINKS = (
    Perfect(),
    Flip(0.4),
    Erasure(0.4),
    Gaussian(0.5),
    Delay(2),
    Composed((Flip(0.3), Delay(1), Erasure(0.2), Gaussian(0.1))),
)
CHANNELS = [Channel(carrier, link) for carrier in CARRIERS for link in LINKS]
SILENT = {"digits_v0"}
"""Games in which nobody hears anybody."""
OPTIONS = [
    *((name, {}) for name in GAMES),
    ("relay_v0", {"chains": "public", "task": "spell"}),
    ("referential_v0", {"task": "reconstruct", "attributes": 3, "values": 4}),
]
CASES = [(name, options, agents) for name, options in OPTIONS for agents in each_seats(name, (2, 4))]


class Babbler:
    """Says anything, and mostly does the first legal thing, else the last one."""

    def __init__(self, channel: Channel) -> None:
        self._carrier = channel.carrier

    def initial_state(self, seats: np.ndarray) -> dict[str, np.ndarray]:
        return {}

    def step(self, inputs, state, rng) -> Any:
        rows = len(inputs.legal)
        last = inputs.legal.shape[1] - 1 - inputs.legal[:, ::-1].argmax(axis=1)
        action = np.where(rng.random(rows) < 0.1, last, inputs.legal.argmax(axis=1))
        self._carrier.space.seed(int(rng.integers(2**31)))
        sent = np.stack([self._carrier.signal(self._carrier.space.sample()) for _ in range(rows)])
        return action, sent, state


def choice(channel: Channel, actions: int, action: int, signal: np.ndarray) -> np.ndarray:
    """What an agent of the environment chooses to do ``action``, one of ``actions``, and send ``signal``."""
    element = channel.carrier.element(signal)
    if isinstance(channel.carrier, Continuous):
        return np.concatenate([np.eye(actions, dtype=np.float32)[action], element])
    return np.concatenate([[action], element])


@pytest.mark.parametrize("channel", CHANNELS, ids=str)
@pytest.mark.parametrize(("name", "options", "agents"), CASES)
def test_messages_are_those_of_play_bit_for_bit(name: str, options: dict, channel: Channel, agents: int) -> None:
    batch = make_core(name, agents, lanes=3, seed=21, **options)
    game_env = GameEnv(make_core(name, agents, lanes=1, seed=21, **options), channel, illegal="error")
    delivered = 0
    for episode in range(6):
        script = play(batch, Babbler(channel), channel, rng=np.random.default_rng(episode))
        observations, _ = game_env.reset()
        for t, live in enumerate(script.live[:, 0]):
            if not live:
                break
            seen = np.stack([observations[agent] for agent in game_env.agents])
            heard, present = script.heard[t, 0], script.present[t, 0]
            if batch.anonymous:
                heard, present = sum_messages(heard, present)
            own = script.observation[t, 0].reshape(agents, -1)
            talk = seen[:, own.shape[1] :].reshape(agents, batch.message_slots, -1)
            assert talk[..., 0].tolist() == present.tolist()
            assert talk[..., 1:].tobytes() == heard.astype(np.float32).tobytes()
            assert seen[:, : own.shape[1]].tolist() == own.tolist()
            delivered += int(script.present[t, 0].sum())
            deeds = zip(game_env.agents, script.action[t, 0].tolist(), script.sent[t, 0], strict=True)
            chosen = {agent: choice(channel, batch.actions, action, sent) for agent, action, sent in deeds}
            observations, *_ = game_env.step(chosen)
        assert game_env.agents == []
    assert (delivered > 0) == (name not in SILENT) or 2 in (agents, batch.horizon)


def test_history_layout() -> None:
    """Own words for the layout of the vectors: lists, built agent by agent from what happened."""
    agents, k, channel = 3, 2, Channel(Symbols(3), Erasure(0.3))
    game_env = switch_riddle_v0.parallel_env(agents, channel, history=k, seed=3)
    plain = switch_riddle_v0.parallel_env(agents, channel, seed=3)
    rng = np.random.default_rng(0)
    for _ in range(5):
        (observations, _), (now, _) = game_env.reset(), plain.reset()
        past: dict[str, list[list[float]]] = {agent: [] for agent in game_env.agents}
        t = 0
        while True:
            for i, agent in enumerate(now):
                blank = [0.0] * (len(now[agent]) + 2 + 3)
                expected = now[agent].tolist()
                for back in range(1, k + 1):
                    expected += past[agent][-back] if back <= len(past[agent]) else blank
                expected += [float(j == i) for j in range(agents)] + [float(s == t) for s in range(6 + 1)]
                assert observations[agent].tolist() == pytest.approx(expected)
            if not game_env.agents:
                break
            actions = {agent: np.array([rng.random() < 0.05, rng.integers(3)], dtype=np.int64) for agent in now}
            for agent, (action, word) in actions.items():
                action = action if now[agent][0] else 0  # what is masked is replaced
                past[agent].append(
                    [*now[agent].tolist(), float(action == 0), float(action == 1), *np.eye(3)[word].tolist()]
                )
            (observations, *_), (now, *_) = game_env.step(actions), plain.step(actions)
            t += 1


class Box3(SwitchRiddle):
    """A game whose agents see pictures."""

    def __init__(self, low: int = -2) -> None:
        super().__init__()
        self.observation_space = spaces.Box(low, 3, (2, 2), np.float32)
        self.picture = np.tile(np.array([[low, 3], [1, 2.5]], dtype=np.float32), (self.lanes, self.agents, 1, 1))

    def _step(self, *arguments: Any) -> Step:
        step = super()._step(*arguments)
        return Step(self.picture, step.reward, step.terminated, step.truncated, step.legal, step.hears)


class Discrete4(SwitchRiddle):
    """A game whose agents see one of four symbols."""

    def __init__(self) -> None:
        super().__init__()
        self.observation_space = spaces.Discrete(4, start=1)

    def _step(self, *arguments: Any) -> Step:
        step = super()._step(*arguments)
        symbols = np.tile(np.array([1, 4, 2]), (self.lanes, 1))
        return Step(symbols, step.reward, step.terminated, step.truncated, step.legal, step.hears)


def test_other_observation_spaces() -> None:
    game_env = GameEnv(Box3())
    boxes, _ = game_env.reset(seed=0)
    assert boxes["prisoner_1"].tolist() == [-2, 3, 1, 2.5]
    space = GameEnv(Box3(), Channel()).observation_space("prisoner_0")
    assert space.low.tolist()[:6] == [-2] * 4 + [0, 0]
    assert space.high.tolist()[:6] == [3] * 4 + [1, 1]
    boxes["prisoner_1"][:] = 9
    assert game_env.core.picture.max() == 3
    above_zero = Box3(low=1)
    game_env = GameEnv(above_zero, history=2)
    observations, _ = game_env.reset(seed=0)
    assert all(game_env.observation_space(agent).contains(seen) for agent, seen in observations.items())
    symbols, _ = GameEnv(Discrete4()).reset(seed=0)
    assert [symbols[f"prisoner_{i}"].tolist() for i in range(3)] == [[1, 0, 0, 0], [0, 0, 0, 1], [0, 1, 0, 0]]
    core = SwitchRiddle()
    core.observation_space = spaces.Tuple([])
    with pytest.raises(ValueError, match="must be Discrete or Box"):
        GameEnv(core)


def test_message_bounds_are_those_of_the_link() -> None:
    def bounds(channel: Channel) -> tuple[float, float]:
        space = switch_riddle_v0.parallel_env(channel=channel).observation_space("prisoner_0")
        return float(space.low[2]), float(space.high[2])

    assert bounds(Channel(DRU(), Flip())) == (0, 1)
    assert bounds(Channel(Continuous(), Erasure())) == (-1, 1)
    low, high = bounds(Channel(Symbols(3), Gaussian(0.5)))
    assert -3 < low < -2
    assert 3 < high < 4
    assert bounds(Channel(Symbols(3), Composed((Erasure(0.3), Delay(2), Gaussian(0.5))))) == (low, high)


ALWAYS_FIRST = np.zeros((1, 6), dtype=np.int64)


@pytest.mark.parametrize(("channel", "tell"), [(None, 1), (Channel(Symbols(4, 2)), np.array([1, 0, 3]))], ids=str)
def test_masked_actions_are_replaced_or_raise(channel: Channel | None, tell: Any) -> None:
    for illegal in ("replace", "error"):
        game_env = switch_riddle_v0.parallel_env(channel=channel, illegal=illegal, visits=ALWAYS_FIRST)
        _, infos = game_env.reset()
        words = [] if channel is None else [1] * 8
        masks = [infos[agent]["action_mask"].tolist() for agent in game_env.agents]
        assert masks == [[1, 1, *words], [1, 0, *words], [1, 0, *words]]
        masked = {"prisoner_0": tell * 0, "prisoner_1": tell, "prisoner_2": tell}
        if illegal == "error":
            with pytest.raises(ValueError, match="prisoner_1 in lane 0 can only choose among"):
                game_env.step(masked)
            assert game_env.core.time.tolist() == [0]
        else:
            _, rewards, terminations, *_ = game_env.step(masked)
            assert set(rewards.values()) == {0.0}
            assert not any(terminations.values())
        _, rewards, *_ = game_env.step({"prisoner_0": tell, "prisoner_1": tell * 0, "prisoner_2": tell * 0})
        assert set(rewards.values()) == {-1.0}


def test_the_largest_legal_logit_acts() -> None:
    game_env = switch_riddle_v0.parallel_env(channel=Channel(Continuous()), illegal="error", visits=ALWAYS_FIRST)
    game_env.reset()
    tell, none = np.array([-0.5, 0.5, 1], dtype=np.float32), np.array([-0.4, -0.5, 1], dtype=np.float32)
    _, rewards, *_ = game_env.step({"prisoner_0": none, "prisoner_1": tell, "prisoner_2": tell})
    assert set(rewards.values()) == {0.0}
    _, rewards, *_ = game_env.step(dict.fromkeys(game_env.agents, tell))
    assert set(rewards.values()) == {-1.0}


@pytest.mark.parametrize(
    ("channel", "wrong", "message"),
    [
        (None, 2, r"prisoner_0 must choose among 2 actions; received 2. Choose one of 0 \(none\), 1 \(tell\)"),
        (None, -1, "prisoner_0 must choose among 2 actions; received -1"),
        (None, 0.5, "must be an integer; received 0.5"),
        (None, [0, 1], "must be an integer"),
        (Channel(), [0, 2], r"The message of prisoner_0 must be an element of MultiDiscrete\(\[2\]\); received"),
        (Channel(), [2, 0], "prisoner_0 must choose among 2 actions"),
        (Channel(), [0], "must choose 2 integers, its action and then its message"),
        (Channel(), [0.0, 1.0], "must choose 2 integers"),
        (Channel(), 1, "must choose 2 integers"),
        (Channel(Continuous()), [0, 0, 1.5], "must lie in its Box"),
        (Channel(Continuous()), [np.nan, 0, 0], "must lie in its Box"),
        (Channel(Continuous()), [0, 0], "must choose 2 logits and then a message, 3 numbers in total"),
    ],
)
def test_choices_outside_the_space(channel: Channel | None, wrong: Any, message: str) -> None:
    game_env = switch_riddle_v0.parallel_env(channel=channel)
    game_env.reset(seed=0)
    good = {agent: game_env.action_space(agent).sample() * 0 for agent in game_env.agents}
    with pytest.raises(ValueError, match=message):
        game_env.step(good | {"prisoner_0": wrong})
    assert game_env.core.time.tolist() == [0]


def test_calls_out_of_order_and_wrong_keys() -> None:
    game_env = switch_riddle_v0.parallel_env(render_mode="ansi")
    with pytest.raises(ValueError, match=r"a running episode; received 'no episode yet'. Use reset"):
        game_env.step(dict.fromkeys(game_env.possible_agents, 0))
    with pytest.raises(ValueError, match="nothing to draw before the first reset"):
        game_env.render()
    game_env.reset(seed=0)
    with pytest.raises(ValueError, match=r"A step needs one action per live agent: .*; received \['prisoner_0'\]"):
        game_env.step({"prisoner_0": 0})
    while game_env.agents:
        game_env.step(dict.fromkeys(game_env.agents, 0))
    with pytest.raises(ValueError, match="received 'an episode that is over'"):
        game_env.step({})


def test_arguments_that_cannot_be() -> None:
    with pytest.raises(ValueError, match=r"a core with one lane; received 2"):
        GameEnv(SwitchRiddle(lanes=2))
    with pytest.raises(ValueError, match=r"; received 'rgb'. Did you mean 'rgb_array'"):
        switch_riddle_v0.parallel_env(render_mode="rgb")
    with pytest.raises(ValueError, match="; received 'ignore'"):
        switch_riddle_v0.parallel_env(illegal="ignore")
    with pytest.raises(ValueError, match="history must be an integer, at least 0; received -1"):
        switch_riddle_v0.parallel_env(history=-1)
    with pytest.raises(ValueError, match="agents must be an integer, at least 2"):
        switch_riddle_v0.parallel_env(agents=1)


@pytest.mark.parametrize("mid_episode", [False, True])
def test_pickling_keeps_every_argument(mid_episode: bool) -> None:
    arguments: dict[str, Any] = {
        "agents": 4,
        "channel": Channel(Symbols(3, 2), Composed((Gaussian(0.1), Delay(1)))),
        "history": 2,
        "mask_in_observation": True,
        "render_mode": "ansi",
        "illegal": "error",
        "seed": 9,
    }
    game_env = switch_riddle_v0.parallel_env(**arguments)
    if mid_episode:
        game_env.reset()
        game_env.step({agent: np.array([0, 1, 2]) for agent in game_env.agents})
    copy = pickle.loads(pickle.dumps(game_env))
    for env in (game_env, copy):
        if not mid_episode:
            env.reset()
    for _ in range(3):
        joint = {agent: np.array([0, 2, 1]) for agent in game_env.agents}
        a, b = game_env.step(joint), copy.step(joint)
        assert repr(a) == repr(b)
        assert game_env.render() == copy.render()
    assert copy.observation_spaces == game_env.observation_spaces
    assert copy.action_spaces == game_env.action_spaces
    with pytest.raises(ValueError, match="can only choose"):
        copy.step({agent: np.array([1, 2, 1]) for agent in game_env.agents})
