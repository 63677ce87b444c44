"""The training scripts: each computes what its recipe computes, bit for bit, by the same defaults, and is a program."""

import ast
import re
import subprocess
import sys
from dataclasses import asdict, fields, is_dataclass
from importlib import import_module
from pathlib import Path

import pytest
import torch
from interlect.agents import load_team
from interlect.training.recipes.table import RECIPES, make_learner

FOLDER = Path(__file__).parents[2] / "training" / "scripts"
GAMES = {
    "dial": "switch_riddle_v0",
    "rial": "switch_riddle_v0",
    "ppo": "switch_riddle_v0",
    "value_regression": "relay_v0",
    "supervised": "relay_v0",
    "sender_receiver": "referential_v0",
    "classification": "digits_v0",
    "gan": "forgery_v0",
    "gap": "forgery_v0",
    "sgan": "forgery_v0",
    "stackgan": "forgery_v0",
}
WORDS = dict.fromkeys(GAMES, ("normal", "silent", "shuffled")) | {
    "classification": ("normal", "reversed"),
    "gan": ("modes", "high_quality"),
    "gap": ("modes", "modes_per_painter"),
    "sgan": ("frechet_distance", "kind_accuracy"),
    "stackgan": ("color_and_shape_accuracy", "attribute_accuracy"),
}
"""Words that each line of a script contains."""
OTHERS = {
    "value_regression": {"task": "spell", "chains": "private", "vocabulary": 8},
    "supervised": {"task": "spell", "chains": "private", "temperature": 1.0, "dropout": 0.0},
    "sender_receiver": {"attributes": 3, "values": 4, "network": "gru", "length": 3},
    "classification": {"order": "random", "module_dropout": 0.3, "wire_noise": 0.1, "blocks": 3},
    "gan": {"data": "digits", "objective": "non_saturating", "noise": 5, "average": 0.5, "layers": 2},
    "gap": {"data": "digits", "agents": 6, "swap_every": 1, "objective": "non_saturating", "layers": 2},
    "stackgan": {"first_stage": 0.4, "r1": 0.0, "kl_weight": 1.0, "average": 0.5},
    "sgan": {"noise": 9, "feature_noise": 4, "features": 6, "joint": 1.0, "entropy_weight": 2.0, "r2": 0.0},
}
"""Settings that differ from the defaults."""
ONLY_HERE = {"out"}
SEED = 4
"""Untrained agents of this seed play whole episodes of the switch riddle, and deliver messages."""


def script(recipe):
    return import_module(f"interlect.training.scripts.train_{recipe}")


def assert_same_teams(found, expected):
    assert len(found.agents) == len(expected.agents)
    for agent, other in zip(found.agents, expected.agents, strict=True):
        state, wanted = agent.state_dict(), other.state_dict()
        assert state.keys() == wanted.keys()
        assert [name for name in state if not torch.equal(state[name], wanted[name])] == []


def both(recipe, game, out, **settings):
    """The team of the script and the team of the learner, after three updates."""
    module = script(recipe)
    games = {"game": game} if "game" in {field.name for field in fields(module.Settings)} else {}
    team = module.main(module.Settings(**games, updates=3, evaluate_every=2, out=out, **settings))
    learner = make_learner(RECIPES[recipe][0](game, updates=3, **settings))
    start = learner.team()
    for _ in range(3):
        learner.update()
    return team, learner.team(), start


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_every_recipe_has_a_script():
    assert {path.stem.removeprefix("train_") for path in FOLDER.glob("train_*.py")} == set(GAMES)


@pytest.mark.parametrize("recipe", GAMES)
def test_three_updates_equal_those_of_the_learner(recipe, tmp_path, capsys):
    found, expected, start = both(recipe, GAMES[recipe], tmp_path / "team", batch=16, width=16, seed=SEED)
    assert_same_teams(found, expected)
    assert_same_teams(load_team(tmp_path / "team"), expected)
    with pytest.raises(AssertionError):
        assert_same_teams(found, start)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["update 2", "update 3"]
    assert all(f"'{word}'" in line for word in WORDS[recipe] for line in lines)


@pytest.mark.parametrize("recipe", OTHERS)
def test_other_settings_reach_the_same_computation(recipe, tmp_path):
    found, expected, _ = both(recipe, GAMES[recipe], tmp_path / "team", batch=16, width=16, **OTHERS[recipe])
    assert_same_teams(found, expected)


@pytest.mark.parametrize("recipe", ["dial", "rial", "ppo"])
def test_pictures_too(recipe, tmp_path):
    found, expected, _ = both(recipe, "color_digit_v0", tmp_path / "team", agents=2, batch=16, width=16)
    assert_same_teams(found, expected)


@pytest.mark.parametrize("recipe", GAMES)
def test_defaults_are_those_of_the_recipe(recipe):
    settings = RECIPES[recipe][0](GAMES[recipe])
    known = asdict(settings)
    for value in [getattr(settings, field.name) for field in fields(settings)]:
        known |= asdict(value) if is_dataclass(value) else {}
    here = asdict(script(recipe).Settings())
    assert here.keys() - known.keys() == ONLY_HERE
    assert {name: value for name, value in here.items() if name not in ONLY_HERE} == {
        name: known[name] for name in here.keys() - ONLY_HERE
    }


@pytest.mark.parametrize("recipe", GAMES)
def test_a_script_is_short_uses_no_learner_and_does_nothing_on_import(recipe):
    code = (FOLDER / f"train_{recipe}.py").read_text()
    assert len(code.splitlines()) < 100
    assert not re.search(r"Learner|\btrain\(settings|make_learner", code)
    allowed = ast.Import | ast.ImportFrom | ast.ClassDef | ast.FunctionDef
    docstring, *body, last = ast.parse(code).body
    assert isinstance(docstring, ast.Expr)
    assert all(isinstance(part, allowed) for part in body)
    assert isinstance(last, ast.If)
    assert ast.unparse(last.test) == "__name__ == '__main__'"


def test_a_script_is_a_program_and_so_is_a_copy_of_it(tmp_path):
    (tmp_path / "mine.py").write_text((FOLDER / "train_dial.py").read_text())
    flags = ["--updates", "2", "--batch", "4", "--width", "8"]
    for program, out in ((["-m", "interlect.training.scripts.train_dial"], "one"), (["mine.py"], "two")):
        command = [sys.executable, *program, *flags, "--out", out]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        assert done.stdout.startswith("update 2: loss ")
    assert_same_teams(load_team(tmp_path / "one"), load_team(tmp_path / "two"))
