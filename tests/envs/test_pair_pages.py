"""The pages of the games for two (their modules' docstrings) say what the spaces are."""

import inspect
import re
from types import ModuleType

import numpy as np
import pytest
from gymnasium import spaces
from interlect.envs import color_digit_v0, multistep_digit_v0
from interlect.protocols import DRU, Channel, Continuous, Symbols
from pages import page_of

PAGES = (color_digit_v0, multistep_digit_v0)


def name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def cell(page: str, title: str) -> str:
    """The second column of the first table's row of that title."""
    return re.search(rf"^\| {title} \| (.*) \|$", page, re.MULTILINE)[1]


def code(text: str) -> list[spaces.Space]:
    """The spaces that a cell names."""
    found = re.findall(r"``([A-Z]\w+\(.*?\))``", text)
    names = {kind: getattr(spaces, kind) for kind in ("Box", "Discrete", "MultiDiscrete")}
    return [eval(part.replace("float32", "dtype='f4'"), names) for part in found]


@pytest.mark.parametrize("module", PAGES, ids=name)
def test_spaces_are_those_of_the_page(module: ModuleType) -> None:
    page = page_of(module)
    silent, talking = (module.parallel_env(channel=channel) for channel in (None, Channel()))
    one, other = silent.possible_agents
    assert cell(page, "Agents") == f"2: ``{one}`` and ``{other}``"
    for agent in (one, other):
        assert code(cell(page, "Observation space")) == [env.observation_space(agent) for env in (silent, talking)]
        assert code(cell(page, "Action space")) == [env.action_space(agent) for env in (silent, talking)]
    assert code(cell(page, "State space")) == [silent.state_space]
    assert cell(page, "Steps of an episode") == str(silent.core.horizon)


@pytest.mark.parametrize("module", PAGES, ids=name)
@pytest.mark.parametrize("channel", [None, Channel(DRU(2)), Channel(Symbols(5, 3)), Channel(Continuous(4))], ids=str)
@pytest.mark.parametrize("k", [0, 1, 3])
def test_the_observation_table_adds_up(module: ModuleType, channel: Channel | None, k: int) -> None:
    page = page_of(module)
    table = page.partition("Observation\n-")[2].partition("State\n-")[0]
    rows = re.findall(r"^\| (.*?) \| .* \|$", table, re.MULTILINE)
    env = module.parallel_env(channel=channel, history=k)
    actions, steps, size = env.core.actions, env.core.horizon, 0 if channel is None else channel.carrier.size
    planes = {color_digit_v0: "2 P", multistep_digit_v0: "P"}[module]
    assert rows[1:] == [
        planes,
        "+ 1 + size, with a channel",
        f"+ k (these + {actions} + size), with ``history=k``",
        f"+ 2 + {steps + 1}, with ``history`` > 0",
    ]
    these = (128 if planes == "2 P" else 64) + (channel is not None) * (1 + size)
    total = these + k * (these + actions + size) + (k > 0) * (2 + steps + 1)
    assert env.observation_space(env.possible_agents[1]).shape == (total,)


@pytest.mark.parametrize("module", PAGES, ids=name)
def test_the_state_table_adds_up(module: ModuleType) -> None:
    table = (page_of(module)).partition("State\n-")[2]
    numbers = map(int, re.findall(r"^\| (\d+) \| .* \|$", table, re.MULTILINE))
    assert module.parallel_env().state_space.shape == (sum(numbers),)


@pytest.mark.parametrize("module", PAGES, ids=name)
def test_the_action_table_is_that_of_the_core(module: ModuleType) -> None:
    page, env = page_of(module), module.parallel_env(illegal="error", seed=0)
    rows = re.findall(r"^\| (\S+|1 \+ d) \| ([\w ]+) \| at steps? (.*) \|$", page, re.MULTILINE)
    told = {
        color_digit_v0: [("0", "wait", "1"), ("1", "zero", "2"), ("2", "one", "2")],
        multistep_digit_v0: [("0", "wait", "1 to 4"), ("1 + d", "the digit d", "5")],
    }
    assert rows == told[module]
    names = [row[1] for row in rows] if len(rows) == 3 else ["wait", *"0123456789"]
    assert list(env.core.action_names) == names
    _, infos = env.reset()
    for step in range(1, env.core.horizon + 1):
        last = step == env.core.horizon
        assert [infos[agent]["action_mask"].tolist() for agent in env.agents] == [
            [int(not last), *[int(last)] * (env.core.actions - 1)]
        ] * 2
        _, _, terminations, truncations, infos = env.step({agent: int(last) for agent in env.agents})
        assert set(terminations.values()) == {last}
        assert set(truncations.values()) == {False}


def test_color_digit_pays_what_the_page_says() -> None:
    formula = re.search(r"^    (2 \(-1\).*)$", page_of(color_digit_v0), re.MULTILINE)[1]
    formula = re.sub(r"c'|d'", lambda match: f"{match[0][0]}2", formula)
    formula = formula.replace("2 (-1)", "2*(-1)").replace("^", "**")
    for seed in range(20):
        env = color_digit_v0.parallel_env(seed=seed)
        env.reset()
        one, other = env.agents
        color, parity = env.core.color[0].tolist(), (env.core.digit[0] % 2).tolist()
        env.step({one: 0, other: 0})
        choice = [seed % 2, seed // 2 % 2]
        _, rewards, *_ = env.step({one: 1 + choice[0], other: 1 + choice[1]})
        paid = 0
        for a, b in ((0, 1), (1, 0)):
            known = {"u": choice[a], "c": color[a], "d": parity[a], "c2": color[b], "d2": parity[b]}
            paid += eval(formula, known)
        assert rewards == {one: paid, other: paid}


@pytest.mark.parametrize("module", PAGES, ids=name)
def test_the_option_table_has_the_defaults(module: ModuleType) -> None:
    defaults = {key: p.default for key, p in inspect.signature(module.parallel_env).parameters.items()}
    told = dict(re.findall(r"^\| ``(\w+)=\"(.*?)\"`` \|", page_of(module), re.MULTILINE))
    assert told == {key: defaults[key] for key in ("pictures", "data")}
    core = module.parallel_env(pictures="held_out").core
    assert (core.pictures.split, core.pictures.data) == ("held_out", "digits")
    inside = {key: p.default for key, p in inspect.signature(type(core)).parameters.items() if key != "lanes"}
    assert all(defaults[key] == default for key, default in inside.items())


@pytest.mark.parametrize("module", PAGES, ids=name)
def test_the_import_line_works(module: ModuleType) -> None:
    scope: dict = {}
    exec(re.search(r"``(from interlect.envs import .*?)``", page_of(module))[1], scope)
    assert scope[name(module)] is module


@pytest.mark.parametrize("module", PAGES, ids=name)
def test_messages_are_heard_a_step_later_by_the_other_one(module: ModuleType) -> None:
    env = module.parallel_env(channel=Channel(Symbols(4)), seed=0)
    observations, _ = env.reset()
    one, other = env.agents
    pixels = env.core.observation_space.shape[0]
    heard = {agent: observations[agent][pixels:].tolist() for agent in env.agents}
    assert heard == {one: [0] * 5, other: [0] * 5}
    picture = {agent: observations[agent][:pixels] for agent in env.agents}
    for step in range(1, env.core.horizon):
        observations, *_ = env.step({one: np.array([0, step % 4]), other: np.array([0, 3])})
        assert observations[one][pixels:].tolist() == [1, 0, 0, 0, 1]
        assert observations[other][pixels:].tolist() == [1, *np.eye(4)[step % 4].tolist()]
        for agent in env.agents:
            np.testing.assert_array_equal(observations[agent][:pixels], picture[agent])
