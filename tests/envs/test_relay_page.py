"""The page of the relay (its module's docstring) says what the spaces are."""

import inspect
import re

import numpy as np
import pytest
from gymnasium import spaces
from interlect.envs import relay_v0
from interlect.envs.relay.rules import Relay
from interlect.protocols import DRU, Channel, Continuous, Symbols
from pages import page_of

PAGE = page_of(relay_v0)


def cell(name: str) -> str:
    """The second column of the first table's row of that name."""
    return re.search(rf"^\| {name} \| (.*) \|$", PAGE, re.MULTILINE)[1]


def code(text: str, n: int) -> list[spaces.Space]:
    """The spaces that a cell names, for N = n."""
    found = re.findall(r"``([A-Z]\w+\(.*?\))``", text)
    names = {name: getattr(spaces, name) for name in ("Box", "Discrete", "MultiDiscrete")} | {"N": n, "float32": "f4"}
    return [eval(part.replace("float32", "dtype=float32"), names) for part in found]


@pytest.mark.parametrize("n", [2, 4, 5])
def test_spaces_are_those_of_the_page(n: int) -> None:
    silent, talking = (relay_v0.parallel_env(n, channel) for channel in (None, Channel(Symbols(16))))
    agent = silent.possible_agents[-1]
    assert code(cell("Observation space"), n) == [env.observation_space(agent) for env in (silent, talking)]
    assert code(cell("Action space"), n) == [env.action_space(agent) for env in (silent, talking)]
    assert code(cell("State space"), n) == [silent.state_space]
    assert agent == f"runner_{n - 1}"
    assert silent.core.horizon == n
    assert "at most T = N" in cell("Steps of an episode")


@pytest.mark.parametrize("channel", [None, Channel(DRU(2)), Channel(Symbols(5, 3)), Channel(Continuous(4))], ids=str)
@pytest.mark.parametrize("k", [0, 1, 3])
def test_the_observation_table_adds_up(channel: Channel | None, k: int) -> None:
    table = PAGE.partition("Observation\n-")[2].partition("State\n-")[0]
    rows = re.findall(r"^\| (.*?) \| .* \|$", table, re.MULTILINE)
    assert [row for row in rows if row[:1] in "6+"] == [
        "64",
        "+ 1 + size, with a channel",
        "+ k (these + A + size), with ``history=k``",
        "+ N + T + 1, with ``history`` > 0",
    ]
    env = relay_v0.parallel_env(3, channel, history=k, task="spell", chains="public")
    n, t, a, size = 3, 4, 9, 0 if channel is None else channel.carrier.size
    these = 64 + (channel is not None) * (1 + size)
    total = these + k * (these + a + size) + (k > 0) * (n + t + 1)
    assert env.observation_space("runner_0").shape == (total,)
    assert env.state_space.shape == (10 * n + t * n + 1,)


def test_the_action_table_is_that_of_the_core() -> None:
    assert re.findall(r"^\| (0|1 \+ a) \| (.*?) \|", PAGE, re.MULTILINE) == [("0", "wait"), ("1 + a", "the answer a")]
    env = relay_v0.parallel_env(2, illegal="error", seed=0)
    assert env.core.action_names == ("wait", "0", "1", "2", "3")
    _, infos = env.reset()
    assert [infos[agent]["action_mask"].tolist() for agent in env.agents] == [[1, 0, 0, 0, 0]] * 2
    _, _, _, _, infos = env.step({"runner_0": 0, "runner_1": 0})
    assert [infos[agent]["action_mask"].tolist() for agent in env.agents] == [[1, 0, 0, 0, 0], [0, 1, 1, 1, 1]]
    _, rewards, terminations, _, _ = env.step({"runner_0": 0, "runner_1": 1 + int(env.core.answer[0])})
    assert set(rewards.values()) == {1.0}
    assert all(terminations.values())


def test_the_option_table_has_the_defaults() -> None:
    defaults = {name: p.default for name, p in inspect.signature(Relay).parameters.items()}
    environments = {name: p.default for name, p in inspect.signature(relay_v0.parallel_env).parameters.items()}
    first: dict[str, str] = {}
    for name, value in re.findall(r"^\| ``(\w+)=(.*?)`` \|", PAGE, re.MULTILINE):
        first.setdefault(name, value.strip('"'))
    assert first.keys() == {"task", "pictures", "chains", "longest"}
    assert {name: first[name] for name in ("task", "pictures", "chains")} == {n: defaults[n] for n in list(first)[:3]}
    assert all(environments[name] == default for name, default in defaults.items() if name != "lanes")
    assert eval(first["longest"], {"N": 4}) == relay_v0.parallel_env(4).core.longest


def test_the_import_line_works() -> None:
    scope: dict = {}
    exec(re.search(r"``(from interlect.envs import .*?)``", PAGE)[1], scope)
    assert scope["relay_v0"] is relay_v0


def test_options_reach_the_core() -> None:
    chains = np.array([[1, 0, -1], [0, 1, 0]])
    core = relay_v0.parallel_env(2, task="spell", pictures="held_out", chains=chains, longest=7).core
    assert (core.task, core.pictures.split, core.longest) == ("spell", "held_out", 7)
    assert core.chains.table.tolist() == chains.tolist()
