"""Stopping and resuming: bit for bit the run that was never stopped, also after kill -9."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from interlect.agents.saving import load_tensors
from interlect.training import Dial, Optimizer, Rial, Run, resume, train
from interlect.training.run_folders.run_folder import RunFolder

SMALL = {"game": "switch_riddle_v0", "updates": 24, "batch": 4, "width": 8, "evaluate_every": 5, "checkpoint_every": 4}


def settings(recipe=Dial, **changes):
    return recipe(**(SMALL | {"target_interval": 7} | changes))


def tensors(path, updates=24):
    return load_tensors(path / "checkpoints" / str(updates) / "learner.safetensors")


def same(one, two):
    assert one.keys() == two.keys()
    return all((one[name] == two[name]).all() for name in one)


def curve(path):
    rows = [json.loads(line) for line in (path / "metrics.jsonl").read_text().splitlines()]
    return [{name: value for name, value in row.items() if not name.endswith("_seconds")} for row in rows]


@pytest.mark.parametrize("recipe", [Dial, Rial])
@pytest.mark.parametrize("shared", [True, False])
def test_a_stopped_run_resumes_exactly(tmp_path, recipe, shared):
    train(settings(recipe, shared=shared), tmp_path / "whole")

    class Cut(Exception):
        pass

    def stop(updates, row):
        if updates == 14:
            raise Cut

    with pytest.raises(Cut):
        train(settings(recipe, shared=shared), tmp_path / "cut", stop)
    resume(tmp_path / "cut")
    assert same(tensors(tmp_path / "whole"), tensors(tmp_path / "cut"))
    assert curve(tmp_path / "whole") == curve(tmp_path / "cut")
    results = [Run.load(tmp_path / name).result for name in ("whole", "cut")]
    assert results[0]["normalized_return"] == results[1]["normalized_return"]


def test_another_seed_is_another_run(tmp_path):
    train(settings(), tmp_path / "a")
    train(settings(seed=1), tmp_path / "b")
    assert not same(tensors(tmp_path / "a"), tensors(tmp_path / "b"))


COMMAND = [
    *(sys.executable, "-m", "interlect.training", "train", "dial", "switch_riddle_v0"),
    *("--updates", "60", "--batch", "4", "--width", "8", "--evaluate-every", "5", "--checkpoint-every", "1"),
    *("--target-interval", "7"),
]


@pytest.fixture
def started():
    processes = []

    def start(out, extra=()):
        processes.append(begin(out, extra))
        return processes[-1]

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
            process.communicate()


def begin(out, extra):
    command = [*COMMAND, "--out", str(out), *extra]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    deadline = time.time() + 120
    while time.time() < deadline and not (out / "config.json").exists():
        time.sleep(0.01)
    return process


def test_a_killed_run_resumes_exactly(tmp_path, started):
    whole = started(tmp_path / "whole")
    said = whole.communicate(timeout=120)[0].decode()
    assert whole.returncode == 0, said
    for attempt, wait in enumerate((0.0, 0.13, 0.31)):
        out = tmp_path / f"killed-{attempt}"
        process = started(out)
        time.sleep(wait)
        process.kill()
        process.communicate()
        resume(out)
        assert same(tensors(tmp_path / "whole", 60), tensors(out, 60))
        assert curve(tmp_path / "whole") == curve(out)
        assert not list(out.rglob("*.tmp"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_exits(tmp_path, started, number):
    process = started(tmp_path / "run", ["--updates", "100000", "--checkpoint-every", "100000"])
    metrics = tmp_path / "run" / "metrics.jsonl"
    deadline = time.time() + 60
    while time.time() < deadline and not (metrics.exists() and metrics.stat().st_size):
        time.sleep(0.01)
    while process.poll() is None and time.time() < deadline:
        process.send_signal(number)
        time.sleep(0.005)
    said = process.communicate(timeout=60)[0].decode()
    assert process.returncode == 128 + number
    assert "interlect resume" in said.replace("\n", " ")
    assert RunFolder.open(tmp_path / "run").checkpoints.numbers()[-1] > 0
    assert not list((tmp_path / "run").rglob("*.tmp"))


def test_metrics_after_the_checkpoint_are_removed(tmp_path):
    train(settings(), tmp_path / "run")
    with open(tmp_path / "run" / "metrics.jsonl", "a") as file:
        file.write(json.dumps({"updates": 99}) + '\n{"upda')
    os.remove(tmp_path / "run" / "result.json")
    shutil.rmtree(tmp_path / "run" / "checkpoints" / "24")
    resume(tmp_path / "run")
    assert [row["updates"] for row in curve(tmp_path / "run")] == [5, 10, 15, 20, 24]


def test_two_checkpoints_are_kept(tmp_path):
    train(settings(), tmp_path / "run")
    assert {p.name for p in (tmp_path / "run" / "checkpoints").iterdir()} == {"20", "24"}


def test_nan_stops_the_run_and_keeps_the_last_good_checkpoint(tmp_path):
    from interlect.training import Diverged

    wild = settings(optimizer=Optimizer(learning_rate=1e30, clip_grad_value=0.0), checkpoint_every=1)
    with pytest.raises(Diverged, match=r"update \d+.*last good checkpoint is kept.*Lower the learning rate"):
        train(wild, tmp_path / "run")
    saved = load_tensors(sorted((tmp_path / "run" / "checkpoints").glob("[0-9]*"))[-1] / "learner.safetensors")
    assert all(t.isfinite().all() for t in saved.values())
