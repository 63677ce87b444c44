"""The page of the riddle (its module's docstring) says what the spaces are."""

import re

import pytest
from gymnasium import spaces
from interlect.envs import switch_riddle_v0
from interlect.envs.switch_riddle.rules import horizon
from interlect.protocols import DRU, Channel, Continuous, Symbols
from pages import page_of

PAGE = page_of(switch_riddle_v0)


def cell(name: str) -> str:
    """The second column of the first table's row of that name."""
    return re.search(rf"^\| {name} \| (.*) \|$", PAGE, re.MULTILINE)[1]


def code(text: str, n: int) -> list[spaces.Space]:
    """The spaces that a cell names, for N = n."""
    names = {
        "Box": spaces.Box,
        "Discrete": spaces.Discrete,
        "MultiDiscrete": spaces.MultiDiscrete,
        "N": n,
        "float32": "f4",
    }
    found = [part.replace("2 N", "2 * N") for part in re.findall(r"``([A-Z]\w+\(.*?\))``", text)]
    return [eval(part.replace("float32", "dtype=float32"), names) for part in found]


@pytest.mark.parametrize("n", [2, 3, 5])
def test_spaces_are_those_of_the_page(n: int) -> None:
    silent, bit = (switch_riddle_v0.parallel_env(n, channel) for channel in (None, Channel()))
    agent = silent.possible_agents[-1]
    assert code(cell("Observation space"), n) == [env.observation_space(agent) for env in (silent, bit)]
    assert code(cell("Action space"), n) == [env.action_space(agent) for env in (silent, bit)]
    assert code(cell("State space"), n) == [silent.state_space]
    assert agent == f"prisoner_{n - 1}"
    assert cell("Steps of an episode") == "T = 4 N - 6"
    assert horizon(n) == 4 * n - 6


@pytest.mark.parametrize("channel", [None, Channel(DRU(2)), Channel(Symbols(5, 3)), Channel(Continuous(4))], ids=str)
@pytest.mark.parametrize("k", [0, 1, 3])
def test_the_observation_table_adds_up(channel: Channel | None, k: int) -> None:
    rows = re.findall(
        r"^\| (.*?) \| .* \|$", PAGE.partition("Observation\n-")[2].partition("State\n-")[0], re.MULTILINE
    )
    assert [row for row in rows if row[:1] in "1+"] == [
        "1",
        "+ 1 + size, with a channel",
        "+ k (these + 2 + size), with ``history=k``",
        "+ N + T + 1, with ``history`` > 0",
    ]
    n, t, size = 3, 6, 0 if channel is None else channel.carrier.size
    these = 1 + (channel is not None) * (1 + size)
    total = these + k * (these + 2 + size) + (k > 0) * (n + t + 1)
    env = switch_riddle_v0.parallel_env(n, channel, history=k)
    assert env.observation_space("prisoner_0").shape == (total,)


def test_the_action_table_is_that_of_the_core() -> None:
    rows = re.findall(r"^\| (\d) \| (\w+) \| (.*) \|$", PAGE, re.MULTILINE)
    env = switch_riddle_v0.parallel_env()
    assert [name for _, name, _ in rows] == list(env.core.action_names)
    _, infos = env.reset(seed=0)
    for agent, seen in zip(env.agents, env.core.visited[0], strict=True):
        assert infos[agent]["action_mask"].tolist() == [rows[0][2] == "always", seen and rows[1][2] == "in the room"]


def test_the_import_line_works() -> None:
    scope: dict = {}
    exec(re.search(r"``(from interlect.envs import .*?)``", PAGE)[1], scope)
    assert scope["switch_riddle_v0"] is switch_riddle_v0
