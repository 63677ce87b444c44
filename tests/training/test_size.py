"""Sizes that cannot be: they are estimated and rejected before anything is built."""

import json
import time

import pytest
from interlect.agents import Agent, load_agent, save_agent
from interlect.protocols import DRU, Continuous, Delay, Symbols
from interlect.protocols.common import limits
from interlect.training import PPO, Classification, Dial, Rial, SenderReceiver, Supervised, ValueRegression, train
from interlect.training.command_line.main import main
from interlect.training.recipes.memory import estimate
from interlect.training.recipes.table import make_learner
from small_graphs import the_cnet

RIDDLE = "switch_riddle_v0"
RUNS = [
    Dial(RIDDLE),
    Dial(RIDDLE, shared=False, layers=1, width=32),
    Rial(RIDDLE),
    PPO(RIDDLE),
    PPO("color_digit_v0", layers=0),
    ValueRegression("relay_v0"),
    Supervised("relay_v0", shared=True),
    SenderReceiver("referential_v0"),
    SenderReceiver("referential_v0", network="gru"),
    Classification("digits_v0"),
]


@pytest.mark.parametrize("settings", RUNS, ids=lambda s: f"{s.recipe}-{s.game}-{s.width}")
def test_the_estimate_has_the_right_order_of_magnitude(settings):
    learner = make_learner(settings)
    actual = sum(p.numel() for name in learner.optimizers for p in learner.parameters(name))
    assert 0.3 < estimate(settings).parameters / actual < 10


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"batch": 10**12}, "batch must be at most 16777216; received 1000000000000"),
        ({"batch": 10**5000}, "batch must be at most 16777216; received a very large int"),
        ({"width": 10**9}, "width must be at most 65536"),
        ({"width": 65_536}, "networks of one agent with width=65536, about .* parameters, must fit into the memory"),
        ({"batch": 16_000_000}, "episodes of an update with batch=16000000 .* must fit into the memory"),
        ({"agents": 10**9}, "agents must be at most 1000"),
        ({"updates": 10**12}, "updates must be at most 2147483647"),
        ({"sigma": 1e39}, r"sigma must be at most 3\.40282e\+38, the largest 32-bit float"),
    ],
)
def test_runs_that_do_not_fit_are_rejected_at_once(tmp_path, changes, says):
    begun = time.process_time()
    with pytest.raises(ValueError, match=says):
        train(Dial(RIDDLE, **changes), tmp_path / "run")
    assert time.process_time() - begun < 2
    assert not (tmp_path / "run").exists()


def test_the_limit_is_the_memory_of_the_machine(monkeypatch):
    monkeypatch.setattr(limits, "available_memory", lambda: 10**6)
    with pytest.raises(ValueError, match=r"must fit into the memory of this machine, 0\.0 GiB; received"):
        make_learner(Dial(RIDDLE))


def test_saved_weights_that_do_not_fit_are_not_loaded(tmp_path, monkeypatch):
    save_agent(tmp_path, Agent(the_cnet()))
    monkeypatch.setattr(limits, "available_memory", lambda: 1000)
    with pytest.raises(ValueError, match=r"The weights in .*model\.safetensors must fit into the memory"):
        load_agent(tmp_path)


def test_a_graph_with_an_enormous_layer_is_rejected_before_it_is_built(tmp_path):
    save_agent(tmp_path, Agent(the_cnet()))
    graph = json.loads((tmp_path / "graph.json").read_text())
    graph["modules"]["new"] = ["Linear", {"width": 10**6, "shape": [10**6], "bias": True, "relu": False}]
    (tmp_path / "graph.json").write_text(json.dumps(graph))
    with pytest.raises(ValueError, match=r"must be those of this structure; received \['new"):
        load_agent(tmp_path)


@pytest.mark.parametrize(
    "make",
    [
        lambda: DRU(10**9),
        lambda: Continuous(10**9),
        lambda: Symbols(10**9),
        lambda: Symbols(60_000, 60_000),
        lambda: Delay(10**9),
    ],
)
def test_messages_have_a_maximum_size(make):
    with pytest.raises(ValueError, match="must be at most"):
        make()


def test_a_config_with_such_numbers_and_seeds_without_end(tmp_path, capsys):
    run = train(Dial(RIDDLE, updates=2, batch=2, width=4), tmp_path / "run").path
    config = json.loads((run / "config.json").read_text())
    config["settings"]["width"] = 10**9
    (run / "config.json").write_text(json.dumps(config))
    assert main(["resume", str(run)]) == 1
    assert "width must be at most 65536; received 1000000000" in " ".join(capsys.readouterr().out.split())
    assert main(["train", "dial", RIDDLE, "--seeds", "0-1000000000000", "--out", str(tmp_path / "seeds")]) == 1
    assert "There must be at most 10000 seeds" in capsys.readouterr().out
