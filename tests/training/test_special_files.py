"""A folder, a pipe or a link with the name of a file of several seeds: named, with a remedy that works, and no wait."""

import os
import re
import shutil

import pytest
from interlect.training import Dial
from interlect.training.runs.seeds import train_seeds
from small_runs import run as command

SMALL = {"agents": 2, "updates": 1, "batch": 2, "width": 4, "evaluate_every": 1, "checkpoint_every": 1}
SETTINGS = Dial("switch_riddle_v0", **SMALL)
WORDS = [
    "train",
    "dial",
    "switch_riddle_v0",
    "--seeds",
    "0",
    *(f"--{k.replace('_', '-')}={v}" for k, v in SMALL.items()),
]


UNLOCKED = (("seed-0/.lock", "resume"), ("seed-0/.lock", "train"))
"""A run that has ended is not locked."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    out = tmp_path_factory.mktemp("trained") / "seeds"
    train_seeds(SETTINGS, [0], out)
    return out


@pytest.fixture
def seeds(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "seeds")


MAKE = {"pipe": os.mkfifo, "folder": os.mkdir, "link": lambda path: os.symlink("elsewhere", path)}
COMMANDS = {
    "resume": lambda out: ["resume", out],
    "check": lambda out: ["check", out],
    "operators": lambda out: ["operators", out],
    "train": lambda out: [*WORDS, "--existing=resume", "--out", out],
    "overwrite": lambda out: [*WORDS, "--existing=overwrite", "--out", out],
}


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize("file", ["seeds.json", ".lock", "seed-0/.lock", "seed-0/config.json"])
def test_a_special_file_among_several_seeds(seeds, tmp_path, capsys, file, kind, name):
    """The message names the file, and the commands that need no lock work in spite of a folder in its place."""
    path = seeds / file
    path.rename(tmp_path / "kept")
    MAKE[kind](path)
    status, said = command(COMMANDS[name](seeds), capsys)
    if kind == "folder" and path.name == ".lock" and (name == "operators" or (file, name) in UNLOCKED):
        assert "lock" not in said
        return
    assert status == 1
    assert re.search(rf"{path.name}(,|:| must| is|'\.).*(Put back the file|Move)", said), said
    os.rmdir(path) if kind == "folder" else path.unlink()
    (tmp_path / "kept").rename(path)
    status, said = command(COMMANDS[name](seeds), capsys)
    assert status == 0 or "5% of an agent's parameters" in said
