"""A disk that fails when a file of a run is read: one line that names the file, the reason and the remedy."""

import errno
import os
import shutil

import pytest
from file_faults import unreadable
from interlect.agents import load_agent
from interlect.protocols.common import files
from interlect.training import Dial, train
from interlect.training.runs.seeds import train_seeds
from small_runs import contents
from small_runs import run as command

SMALL = {"agents": 2, "updates": 2, "batch": 2, "width": 4, "evaluate_every": 1, "checkpoint_every": 1}
SETTINGS = Dial("switch_riddle_v0", **SMALL)
CHECKPOINT = ["manifest.json", "counters.json", "learner.safetensors", "team/team.json"]
AGENT = ["graph.json", "model.safetensors"]
FILES = [
    *("config.json", "metrics.jsonl", "result.json", "start/team.json"),
    *(f"start/agent_0/{name}" for name in AGENT),
    *(f"checkpoints/{number}/{name}" for number in (1, 2) for name in CHECKPOINT),
    *(f"checkpoints/{number}/team/agent_0/{name}" for number in (1, 2) for name in AGENT),
]
ERRORS = {errno.EIO: "Check the disk, or read a copy", errno.EACCES: "Get permission to read it"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    return train(SETTINGS, folder / "run", start=train(SETTINGS, folder / "first").team).path


@pytest.fixture
def run(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "run")


def test_these_are_the_files_of_a_run(trained):
    found = {path.relative_to(trained).as_posix() for path in trained.rglob("*") if path.is_file()}
    assert {*FILES, ".lock"} == {name for name in found if "agent_1" not in name}


@pytest.mark.parametrize("name", ["check", "resume", "resume a stopped run", "evaluate", "study"])
@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("error", ERRORS)
def test_an_unreadable_file_of_a_run(run, trained, capsys, name, file, error):
    if name.endswith("stopped run"):
        (run / "result.json").unlink()
        if file == "result.json":
            return
    with unreadable(run / file, error):
        status, said = command([name.split()[0], run], capsys)
    assert "Traceback" not in said
    assert "Errno" not in said
    if os.strerror(error) not in said:
        assert status == 0
        assert name != "check"
    else:
        assert ERRORS[error] in said
        assert said.index(os.path.basename(file)) < said.index(os.strerror(error))
    assert command(["resume", run], capsys)[0] == 0
    expected = contents(trained)
    assert contents(run).items() >= {key: expected[key] for key in ("metrics.jsonl", "checkpoints/2")}.items()


@pytest.mark.parametrize("name", AGENT)
def test_an_unreadable_file_of_an_agent(run, name):
    agent = run / "start" / "agent_0"
    with (
        unreadable(agent / name, errno.EIO),
        pytest.raises(ValueError, match=rf"{name} must be readable; received '.*{name}: .*Check the disk"),
    ):
        load_agent(agent)


@pytest.mark.parametrize("file", ["seeds.json", "seed-0/result.json", "aggregate.json"])
def test_an_unreadable_file_of_several_seeds(tmp_path, capsys, file):
    train_seeds(SETTINGS, [0], tmp_path / "seeds")
    with unreadable(tmp_path / "seeds" / file, errno.EIO):
        status, said = command(["check", tmp_path / "seeds"], capsys)
    assert status == 1
    assert f"{os.path.basename(file)} must be readable" in said
    assert command(["resume", tmp_path / "seeds"], capsys)[0] == 0


def test_an_unreadable_folder(run, capsys, monkeypatch):
    def fails(path):
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))

    monkeypatch.setattr(files.os, "scandir", fails)
    status, said = command(["evaluate", run], capsys)
    assert status == 1
    assert "A folder must be readable; received" in said
    assert "Check the disk" in said
