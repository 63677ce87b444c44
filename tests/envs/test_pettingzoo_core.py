"""PettingZooCore of somebody else's environment as a batched core: bit for bit what one would play by hand."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import given, settings
from hypothesis import strategies as st
from interlect.envs import conformance
from interlect.envs.wrapping import PettingZooCore, by_distance
from interlect.protocols.common.draws import Draws
from mpe2 import simple_speaker_listener_v4, simple_spread_v3
from small_envs import Walks

SIX = partial(Walks, (6, 6, 6))
SPEAKER = partial(simple_speaker_listener_v4.parallel_env, max_cycles=6)
SPREAD = partial(simple_spread_v3.parallel_env, N=3, max_cycles=6)
OPTIONS: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {
    "walks": (SIX, {"horizon": 9}),
    "walks, cut short": (SIX, {"horizon": 4}),
    "walks, masked": (partial(SIX, masked=True), {"horizon": 6, "topology": "ring"}),
    "speaker": (SPEAKER, {}),
    "spread, near": (SPREAD, {"topology": by_distance(1.0)}),
}
CASES = pytest.mark.parametrize(("make", "options"), OPTIONS.values(), ids=OPTIONS)


@CASES
def test_copies_conform(make: Any, options: dict[str, Any]) -> None:
    conformance.check_core(lambda lanes, seed: PettingZooCore(make, lanes=lanes, seed=seed, **options))


def play_by_hand(env: Any, seed: int, actions: np.ndarray, horizon: int) -> list[tuple[Any, ...]]:
    """Observations, rewards, and whether it is over, at each step of one episode."""
    observations, _ = env.reset(seed=seed)
    render_states = [(observations, dict.fromkeys(env.possible_agents, 0.0), False)]
    for action in actions[:horizon]:
        choices = dict(zip(env.possible_agents, action.tolist(), strict=True))
        observations, rewards, *ends, _ = env.step(choices)
        over = all(map(any, zip(*(end.values() for end in ends), strict=True)))
        render_states.append((observations, rewards, over))
        if over:
            break
    return render_states


@CASES
@given(seed=st.integers(0, 2**64 - 1), data=st.data())
@settings(max_examples=10)
def test_lanes_play_what_is_played_by_hand(make: Any, options: dict[str, Any], seed: int, data: Any) -> None:
    core, draws = PettingZooCore(make, lanes=3, seed=0, **options), Draws(3, seed)
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    for episode in range(2):
        step = core.reset(seed if episode == 0 else None)
        steps, actions = [step], []
        for _ in range(core.horizon):
            actions.append((rng.random(step.legal.shape) * step.legal).argmax(axis=-1))
            step = core.step(actions[-1])
            steps.append(step)
        for lane in range(3):
            hand = play_by_hand(make(), int(draws.bits(0)[lane]) >> 33, np.stack(actions)[:, lane], core.horizon)
            assert [s.ended[lane] for s in steps[: len(hand)]] == [False] * (len(hand) - 1) + [True]
            for found, (observations, rewards, over) in zip(steps, hand, strict=False):
                assert found.reward[lane].tolist() == np.float32(list(rewards.values())).tolist()
                assert found.terminated[lane] == (over and make is not SPEAKER and make is not SPREAD)
                for row, seen in zip(found.observation[lane], observations.values(), strict=True):
                    assert row.tobytes() == seen.tobytes() + bytes(4 * (len(row) - len(seen)))
        draws.reset()


def test_shorter_observations_and_fewer_actions_are_padded() -> None:
    core = PettingZooCore(SPEAKER, lanes=2, seed=0)
    step = core.reset()
    assert core.possible_agents == ["speaker_0", "listener_0"]
    assert (core.agents, core.actions, core.horizon, core.observation_space.shape) == (2, 5, 6, (11,))
    assert step.legal.tolist() == [[[True] * 3 + [False] * 2, [True] * 5]] * 2
    assert step.observation[:, 0, :3].any(axis=1).all()
    assert not step.observation[:, 0, 3:].any()
    with pytest.raises(ValueError, match=r"speaker_0 in lane 1 can only choose among \['0', '1', '2'\]; received 3"):
        core.step(np.array([[0, 4], [3, 4]]))
    assert (core.time == 0).all()


def test_bounds_of_observations_are_those_of_all_agents() -> None:
    looks = [spaces.Box(2, 5, (2,), np.float32), spaces.Box(-1, 1, (3,), np.float64)]
    core = PettingZooCore(lambda: Walks((2, 2), look=looks), horizon=2)
    assert core.observation_space == spaces.Box(np.float32([-1, -1, -1]), np.float32([5, 5, 1]), dtype=np.float32)


def test_actions_are_counted_from_where_the_environment_begins() -> None:
    core = PettingZooCore(lambda: Walks((2,), action=spaces.Discrete(3, start=-1)), horizon=2)
    core.reset()
    core.step(np.array([[0]]))
    assert core.envs[0].done == {"walker_0": -1}


def test_masks_of_the_environment_hold_until_the_end() -> None:
    core = PettingZooCore(partial(SIX, masked=True), horizon=3)
    step = core.reset()
    for time in range(3):
        assert (step.legal == (np.arange(4) == time)).all()
        step = core.step(step.legal.argmax(axis=-1))
    assert step.ended.all()
    assert step.legal.all()


@pytest.mark.parametrize(("horizon", "terminated"), [(6, True), (5, False)])
def test_time_that_runs_out_truncates(horizon: int, terminated: bool) -> None:
    core = PettingZooCore(SIX, lanes=2, horizon=horizon)
    core.reset()
    for _ in range(horizon):
        step = core.step(np.zeros((2, 3), dtype=np.int64))
    assert step.ended.all()
    assert (step.terminated == terminated).all()


def test_who_hears_whom_is_the_topologys_but_for_beginnings_and_ends() -> None:
    first = np.array([[False, True], [False, False]])

    def after_two(env: Any) -> np.ndarray:
        return first if env.unwrapped.steps == 2 else ~first & ~np.eye(2, dtype=bool)

    for topology, expected in (("all", [~np.eye(2, dtype=bool)] * 3), (first, [first] * 3), (after_two, None)):
        core = PettingZooCore(partial(SPEAKER, max_cycles=4), lanes=2, topology=topology)
        assert not core.reset().hears.any()
        heard = [core.step(np.zeros((2, 2), dtype=np.int64)).hears for _ in range(4)]
        for step, hears in enumerate(heard[:3]):
            assert (hears == (expected[step] if expected else first if step == 1 else first.T)).all()
        assert not heard[3].any()


def last_agent_arrives_later(env: Any) -> Any:
    """An environment in which the last agent comes later."""
    env.reset, begin = lambda seed=None, options=None: (begin(seed)[0], env.agents.pop() and {}), env.reset
    return env


def mask_of(make: Any, mask: Any) -> Any:
    env = make()
    env._infos = lambda agents: {agent: {"action_mask": mask} for agent in agents}
    return env


BAD: list[tuple[Callable[[], Any], dict[str, Any], str]] = [
    (partial(SPEAKER, continuous_actions=True), {}, "a Discrete action space for speaker_0; received Box"),
    (partial(SIX, look=spaces.Box(0, 1, (2, 2))), {"horizon": 6}, "a flat Box of observations for walker_0; received"),
    (partial(SIX, look=spaces.Discrete(3)), {"horizon": 6}, "a flat Box of observations for walker_0; received Discr"),
    (partial(SIX, look=spaces.Dict({})), {"horizon": 6}, "a flat Box of observations for walker_0; received Dict"),
    (SIX, {}, "horizon must be an integer, at least 1; received None. Pass horizon="),
    (SIX, {"horizon": 0}, "horizon must be an integer, at least 1; received 0"),
    (SPEAKER, {"agents": 3}, "agents must be 2, as in .*; received 3. Remove the argument agents"),
    (SPEAKER, {"topology": "star"}, "There is no topology 'star'"),
    (simple_speaker_listener_v4.env, {}, "must be a parallel environment; received"),
    (
        lambda: last_agent_arrives_later(SIX()),
        {"horizon": 6},
        r"All of .*walker_2'\] must be present from the first step; received",
    ),
    (
        lambda: mask_of(SIX, np.zeros(4)),
        {"horizon": 6},
        "An agent must always have a legal action; received 'a mask of walker_0",
    ),
]


@pytest.mark.parametrize(("make", "options", "says"), BAD, ids=[says[:40] for *_, says in BAD])
def test_environments_that_learners_cannot_take(make: Any, options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        PettingZooCore(make, **options)


def test_agents_that_leave_early_are_refused_when_they_do() -> None:
    core = PettingZooCore(partial(Walks, (3, 2, 3)), horizon=3)
    core.reset()
    core.step(np.zeros((1, 3), dtype=np.int64))
    with pytest.raises(
        ValueError,
        match=r"All agents must end together; received \"a step after which \['walker_0', 'walker_2'\] have not ended",
    ):
        core.step(np.zeros((1, 3), dtype=np.int64))
