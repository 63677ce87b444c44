"""Who hears whom around an environment of others: by name, by graph, by distance, or by any function."""

import pickle
from inspect import unwrap
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from interlect.envs import with_channel
from interlect.envs.wrapping import by_distance
from interlect.protocols import Channel
from small_envs import Walks


def hears(env: Any) -> list[list[int]]:
    """``[receiver][sender]``, over one step in which everybody speaks; oneself left out where nobody hears itself."""
    env.reset(seed=0)
    observations, *_ = env.step({agent: np.array([0, 1]) for agent in env.agents})
    return [seen[3::2].astype(int).tolist() for seen in observations.values()]


def walk(agents: int, topology: Any) -> Any:
    return with_channel(Walks((9,) * agents), Channel(), topology)


def test_names() -> None:
    assert hears(walk(3, "all")) == [[1, 1]] * 3
    assert hears(walk(4, "ring")) == [[0, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert hears(walk(2, "ring")) == [[1], [1]]
    assert hears(walk(1, "ring")) == hears(walk(1, "all")) == [[]]


def test_a_graph_with_a_diagonal_gives_everybody_room_for_its_own_voice() -> None:
    graph = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]], dtype=bool)
    assert hears(walk(3, graph)) == [[1, 0], [0, 1], [1, 0]]
    graph[1, 1] = True
    env = walk(3, graph)
    graph[:] = False
    assert hears(env) == [[0, 1, 0], [0, 1, 1], [1, 0, 0]]


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=5), st.integers(0, 6))
def test_distance_law(places: list[int], radius: int) -> None:
    """In own words: agents on a line hear those at most ``radius`` away; places move as agents do."""
    at = dict(zip(walk(len(places), "all").possible_agents, places, strict=True))
    topology = by_distance(radius, lambda env, agent: [at[agent] * (1 + env.time), 7.5])
    expected = [[int(2 * abs(a - b) <= radius) for j, b in enumerate(places) if j != i] for i, a in enumerate(places)]
    assert hears(walk(len(places), topology)) == expected


def test_who_is_nowhere_is_out_of_reach() -> None:
    topology = by_distance(100.0, lambda env, agent: None if agent == "walker_1" else (0.0, 0.0))
    assert hears(walk(3, topology)) == [[0, 1], [0, 0], [1, 0]]
    assert hears(walk(2, by_distance(1, lambda env, agent: None))) == [[0], [0]]


def mpe2_world(env: Walks) -> Walks:
    """As mpe2 keeps where agents are."""
    bodies = [SimpleNamespace(name=agent, state=SimpleNamespace(p_pos=np.zeros(2))) for agent in env.possible_agents]
    bodies[0].state.p_pos[:] = 3, 4
    env.world = SimpleNamespace(agents=bodies[::-1])
    return env


def test_positions_are_those_of_mpe2_unless_others_are_given() -> None:
    def near(radius: float) -> list[list[int]]:
        return hears(with_channel(mpe2_world(Walks((9,) * 3)), Channel(), by_distance(radius)))

    assert near(5) == [[1, 1]] * 3
    assert near(4.9) == [[0, 0], [0, 1], [0, 1]]
    env = pickle.loads(pickle.dumps(with_channel(mpe2_world(Walks((9,) * 3)), Channel(), by_distance(4.9))))
    assert hears(env) == near(4.9)
    with pytest.raises(ValueError, match=r"needs walker_0 in env\.unwrapped\.world\.agents.*by_distance\(ra"):
        walk(2, by_distance(1)).reset()


def look_at_time(env: Walks) -> np.ndarray:
    return np.array([[False, env.time == 2], [env.time > 2, False]])


def test_a_function_is_asked_after_each_step() -> None:
    """The mask returned with observation t + 1 routes what was sent with action t."""
    env = walk(2, look_at_time)
    env.reset(seed=0)
    present = [
        [seen[3] for seen in env.step(dict.fromkeys(env.agents, np.array([0, 1])))[0].values()] for _ in range(4)
    ]
    assert present == [[0, 0], [1, 0], [0, 1], [0, 1]]


@pytest.mark.parametrize(
    ("topology", "match"),
    [
        ("rings", "There is no topology 'rings'. Did you mean 'ring'"),
        (np.ones((3, 3)), r"a boolean array \[2, 2\], hears\[receiver, sender\]; received 'an array of float64'. Pass"),
        (
            np.ones((3, 3), dtype=bool),
            r"array \[2, 2\].*; received 'the shape \[3, 3\]'. Pass one row and one column per",
        ),
        (
            3,
            "A topology must be 'all' or 'ring', a NumPy array, or a function of the environment; received 3. Pass one",
        ),
        (None, "received None"),
    ],
)
def test_topologies_that_cannot_be(topology: Any, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        unwrap(with_channel)(Walks((9, 9)), Channel(), topology)


@pytest.mark.parametrize(
    ("returned", "match"),
    [
        ([[False]], r"returns must be a boolean array \[2, 2\], hears\[receiver, sender\]; received \[\[False\]\]"),
        (np.ones((2, 1), dtype=bool), r"received 'the shape \[2, 1\]'"),
        (np.ones((2, 2), dtype=bool), "topology that is a function, no agent can hear itself; .* Use hears"),
    ],
)
def test_functions_that_return_something_else_are_refused_at_the_reset(returned: Any, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        walk(2, lambda env: returned).reset(seed=0)


def test_distances_that_cannot_be() -> None:
    for radius in (-1, float("inf")):
        with pytest.raises(ValueError, match="radius must be a finite number of 0 or more"):
            by_distance(radius)
    with pytest.raises(ValueError, match="position must be a function of environment and agent; received 'p_pos'"):
        unwrap(by_distance)(1.0, "p_pos")
    for place in (1.0, [[1.0, 2.0]]):
        with pytest.raises(ValueError, match="must have the same number of coordinates"):
            walk(2, by_distance(1, lambda env, agent, place=place: place)).reset()
