"""The page of the referential game (its module's docstring) says what the spaces are."""

import inspect
import re

import numpy as np
import pytest
from gymnasium import spaces
from interlect.envs import referential_v0
from interlect.envs.referential.rules import Referential
from interlect.envs.referential.splits import split_of
from interlect.protocols import DRU, Channel, Continuous, Symbols
from pages import page_of

PAGE = page_of(referential_v0)
TASKS = [
    {},
    {"candidates": 3, "attributes": 3, "values": (2, 3, 4)},
    {"task": "reconstruct", "attributes": 3, "values": (2, 3, 4)},
    {"objects": "digits"},
]


def cell(name: str) -> str:
    """The second column of the first table's row of that name."""
    return re.search(rf"^\| {name} \| (.*) \|$", PAGE, re.MULTILINE)[1]


def code(text: str) -> list[spaces.Space]:
    """The spaces that a cell names."""
    found = re.findall(r"``([A-Z]\w+\(.*?\))``", text)
    names = {name: getattr(spaces, name) for name in ("Box", "Discrete", "MultiDiscrete")}
    return [eval(part.replace("float32", "dtype='f4'"), names) for part in found]


def test_spaces_are_those_of_the_page() -> None:
    silent, talking = (referential_v0.parallel_env(channel=channel) for channel in (None, Channel(Symbols(10, 2))))
    for agent in ("sender_0", "receiver_0"):
        assert code(cell("Observation space")) == [env.observation_space(agent) for env in (silent, talking)]
        assert code(cell("Action space")) == [env.action_space(agent) for env in (silent, talking)]
    assert code(cell("State space")) == [silent.state_space]
    assert re.findall(r"``(\w+_0)``", cell("Agents")) == silent.possible_agents
    assert cell("Steps of an episode") == '2; with ``task="reconstruct"`` 1 + K'
    assert (silent.core.horizon, referential_v0.parallel_env(task="reconstruct").core.horizon) == (2, 3)


@pytest.mark.parametrize("options", TASKS, ids=str)
@pytest.mark.parametrize("channel", [None, Channel(DRU(2)), Channel(Symbols(5, 3)), Channel(Continuous(4))], ids=str)
@pytest.mark.parametrize("history", [0, 2])
def test_the_tables_add_up(channel: Channel | None, options: dict, history: int) -> None:
    table = PAGE.partition("Observation\n-")[2].partition("State\n-")[0]
    rows = re.findall(r"^\| (.*?) \| .* \|$", table, re.MULTILINE)
    assert [row for row in rows if row[:1] in "D+"] == [
        "D, of the sender",
        "D, of the receiver, discriminate",
        "D, of the receiver, reconstruct",
        "+ 1 + size, with a channel",
        "+ k (these + A + size), with ``history=k``",
        "+ 2 + T + 1, with ``history`` > 0",
    ]
    env = referential_v0.parallel_env(channel=channel, history=history, **options)
    core = env.core
    values, size = sum(core.objects.values), 0 if channel is None else channel.carrier.size
    s = 64 if options.get("objects") == "digits" else values
    picks = core.task == "discriminate"
    t, a = (2, core.candidates + 1) if picks else (1 + len(core.objects.values), max(core.objects.values) + 1)
    these = (core.candidates * s if picks else s) + (channel is not None) * (1 + size)
    total = these + history * (these + a + size) + (history > 0) * (2 + t + 1)
    assert env.observation_space("sender_0").shape == (total,)
    hidden = core.candidates * values + core.candidates if picks else values + len(core.objects.values)
    assert env.state_space.shape == (hidden + 1,)


def test_the_action_table_is_that_of_the_core() -> None:
    found = re.findall(r"^\| (0|1 \+ a) \| (.*?) \|", PAGE, re.MULTILINE)
    assert found == [("0", "wait"), ("1 + a", "candidate a, or value a of the requested attribute")]
    assert referential_v0.parallel_env(candidates=3).core.action_names == ("wait", "0", "1", "2")
    env = referential_v0.parallel_env(task="reconstruct", values=(2, 3), illegal="error", seed=0)
    assert env.core.action_names == ("wait", "0", "1", "2")
    _, infos = env.reset()
    masks = [[infos[agent]["action_mask"].tolist() for agent in env.agents]]
    while env.agents:
        *_, infos = env.step({"sender_0": 0, "receiver_0": int(env.core.correct_action[0])})
        masks.append([infos[agent]["action_mask"].tolist() for agent in infos])
    wait = [1, 0, 0, 0]
    assert masks == [[wait, wait], [wait, [0, 1, 1, 0]], [wait, [0, 1, 1, 1]], [wait, wait]]


def test_the_option_table_has_the_defaults() -> None:
    defaults = {name: p.default for name, p in inspect.signature(Referential).parameters.items()}
    environments = {name: p.default for name, p in inspect.signature(referential_v0.parallel_env).parameters.items()}
    listed = {name: eval(value) for name, value in re.findall(r"^\| ``(\w+)=(.*?)`` \|", PAGE, re.MULTILINE)}
    assert listed == {name: value for name, value in defaults.items() if name not in ("agents", "lanes", "seed")}
    assert all(environments[name] == default for name, default in defaults.items() if name != "lanes")


def test_sizes_of_what_is_held_out_are_those_of_the_page() -> None:
    text = " ".join(PAGE.partition("\n\nWith 10")[2].partition("Actions")[0].split())
    assert text.startswith("x 10 values and a fraction of 0.1")
    for holdout, train, held in (("random", 90, 10), ("compositional", 90, 10), ("values", 81, 19)):
        assert [len(split_of((10, 10), split, holdout)) for split in ("train", "held_out")] == [train, held]
    assert '"random" holds out 10 of the 100' in text
    assert '"compositional" holds out 10 pairs' in text
    assert "81 combinations; the 19 others" in text


def test_the_import_line_works() -> None:
    scope: dict = {}
    exec(re.search(r"``(from interlect.envs import .*?)``", PAGE)[1], scope)
    assert scope["referential_v0"] is referential_v0


def test_options_reach_the_core() -> None:
    options = {"task": "reconstruct", "attributes": 3, "values": (2, 3, 4), "split": "held_out", "holdout": "values"}
    more = {"holdout_share": 0.3, "split_seed": 3, "partial": True, "once": True, "shown": np.array([4])}
    core = referential_v0.parallel_env(**options, **more).core
    assert (core.task, core.objects.values, core.partial, core.once) == ("reconstruct", (2, 3, 4), True, True)
    np.testing.assert_array_equal(core.objects.rows, split_of((2, 3, 4), "held_out", "values", 0.3))
    assert core.candidate_views.tolist() == [[4]]
    core = referential_v0.parallel_env(objects="digits", same_picture=True, candidates=7, split="train").core
    assert (core.same_picture, core.candidates, core.objects.split) == (True, 7, "train")
    first = referential_v0.parallel_env(split="held_out", split_seed=1).core.objects.rows
    np.testing.assert_array_equal(first, split_of((10, 10), "held_out", split_seed=1))
