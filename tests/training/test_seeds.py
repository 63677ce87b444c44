"""Several seeds: one run per seed, stopped and resumed together."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace

import interlect.training.runs.workers as worker_processes
import pytest
from interlect.agents.saving import load_tensors
from interlect.protocols.common.files import write_json
from interlect.training import Dial, Run, Stopped
from interlect.training.command_line.main import main
from interlect.training.command_line.progress import seeds_progress
from interlect.training.runs.seeds import parse_seeds, resume_seeds, train_seeds
from interlect.training.scorecard.scorecards import make_scorecards
from rich.console import Console

SMALL = {"updates": 40, "batch": 4, "width": 8, "evaluate_every": 10, "checkpoint_every": 5}
SETTINGS = Dial("switch_riddle_v0", **SMALL)
COMMAND = [
    *(sys.executable, "-m", "interlect.training", "train", "dial", "switch_riddle_v0", "--seeds", "0-2"),
    *(word for name, value in SMALL.items() for word in (f"--{name.replace('_', '-')}", str(value))),
]


def test_seeds_are_parsed():
    assert parse_seeds("0-3") == [0, 1, 2, 3]
    assert parse_seeds("0,3,7-9") == [0, 3, 7, 8, 9]


@pytest.mark.parametrize("text", ["", "a", "3-1", "0,0", "0-4,2"])
def test_bad_seeds(text):
    with pytest.raises(ValueError, match=r"[Ss]eed.*such as 0-4 or 0,3,7"):
        parse_seeds(text)


def learned(run):
    return load_tensors(run / "checkpoints" / "40" / "learner.safetensors")


def same_runs(one, two):
    for seed in range(3):
        mine, other = learned(one / f"seed-{seed}"), learned(two / f"seed-{seed}")
        assert mine.keys() == other.keys()
        assert all((mine[name] == other[name]).all() for name in mine)
    scores = [json.loads((path / "aggregate.json").read_text())["normalized_return"] for path in (one, two)]
    assert scores[0] == scores[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_several_stopped_seeds_resume_exactly(tmp_path, number):
    train_seeds(SETTINGS, [0, 1, 2], tmp_path / "whole", workers=2)
    cut = tmp_path / "cut"
    process = subprocess.Popen([*COMMAND, "--out", str(cut)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    deadline = time.time() + 120
    while time.time() < deadline and not (cut / "seed-1" / "checkpoints" / "5").exists():
        time.sleep(0.01)
    process.send_signal(number)
    said = " ".join(process.communicate(timeout=120)[0].decode().split())
    if number != signal.SIGKILL:
        assert process.returncode == 128 + number, said
        assert "interlect resume" in said
    assert not (cut / "aggregate.json").exists()
    resume_seeds(cut, workers=2)
    same_runs(tmp_path / "whole", cut)


def test_a_stop_after_one_of_two_runs_has_ended(tmp_path):
    """A pool of workers hung here: it killed an idle worker that held the lock of the other."""
    command = [*COMMAND, "--seeds", "0-1", "--workers", "2", "--updates", "400", "--out", str(tmp_path / "runs")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    deadline = time.time() + 120
    while time.time() < deadline and not any((tmp_path / "runs").glob("seed-*/result.json")):
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    said = " ".join(process.communicate(timeout=120)[0].decode().split())
    assert process.returncode in (0, 128 + signal.SIGTERM), said


def test_a_seed_without_a_checkpoint_starts_anew(tmp_path):
    train_seeds(SETTINGS, [0, 1, 2], tmp_path / "runs")
    (tmp_path / "runs" / "seed-1" / "checkpoints").rename(tmp_path / "checkpoints")
    resume_seeds(tmp_path / "runs")
    assert Run.load(tmp_path / "runs" / "seed-1").result["updates"] == 40


def test_the_remedy_for_a_missing_run_is_resuming(tmp_path):
    write_json(tmp_path / "seeds.json", {"seeds": [0, 3], "settings": SETTINGS.to_json()})
    (tmp_path / "seed-0" / "checkpoints" / "5").mkdir(parents=True)
    (tmp_path / "seed-0" / "config.json").write_text("{}")
    with pytest.raises(ValueError, match=rf"no checkpoint of seed-3.*`interlect resume {re.escape(str(tmp_path))}`"):
        make_scorecards([tmp_path], tmp_path / "cards")


def test_a_folder_that_holds_no_seeds(tmp_path):
    with pytest.raises(ValueError, match=r"seeds\.json.*interlect train --seeds"):
        resume_seeds(tmp_path)


def test_callbacks_receive_the_progress_of_each_seed(tmp_path):
    told, ended = [], []
    settings = replace(SETTINGS, updates=200)
    train_seeds(settings, [0, 1], tmp_path / "runs", 1, lambda *end: ended.append(end), lambda *news: told.append(news))
    assert {seed for seed, _, _ in told} == {0, 1}
    assert all(1 <= updates <= 200 for _, updates, _ in told)
    assert any(updates < 200 for _, updates, _ in told)
    assert [seed for seed, _ in ended] == [0, 1]


def test_progress_bars_appear_with_the_first_update(tmp_path):
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    with seeds_progress(SETTINGS, 2, console):
        pass
    assert console.file.getvalue() == ""
    with seeds_progress(SETTINGS, 2, console) as bars:
        bars.update(4, 20, {"normalized_return": 0.25})
    shown = console.file.getvalue()
    assert "2 seeds of dial" in shown
    assert "20/80" in shown
    assert "seed 4" in shown
    assert "20/40" in shown


def test_a_stop_before_the_first_update_is_reported_as_such(tmp_path, monkeypatch):
    start = worker_processes._Worker.__init__

    def start_and_stop(self, *arguments):
        start(self, *arguments)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(worker_processes._Worker, "__init__", start_and_stop)
    with pytest.raises(Stopped, match=r"Stopped by SIGINT, before the first update\. Continue with: interlect resume"):
        train_seeds(SETTINGS, [0, 1], tmp_path / "runs")
    monkeypatch.undo()
    resume_seeds(tmp_path / "runs")
    assert Run.load(tmp_path / "runs" / "seed-1").result["updates"] == 40


def test_seed_and_seeds_exclude_each_other(tmp_path, capsys):
    for words in (["--seeds", "0-1", "--seed", "3"], ["--seeds=0-1", "--seed=3"]):
        assert main(["train", "dial", "switch_riddle_v0", *words, "--out", str(tmp_path / "runs")]) == 1
        assert "--seed and --seeds cannot be combined" in " ".join(capsys.readouterr().out.split())
    assert not (tmp_path / "runs").exists()


def test_at_least_one_worker(tmp_path):
    with pytest.raises(ValueError, match="workers must be an integer, at least 1; received 0"):
        train_seeds(SETTINGS, [0], tmp_path / "runs", workers=0)
    assert not (tmp_path / "runs").exists()


def test_seeds_need_an_empty_or_new_folder(tmp_path):
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(ValueError, match=r"A new run needs an empty or new folder; received .* Choose another folder"):
        train_seeds(SETTINGS, [0], tmp_path)
    (tmp_path / "seeds.json").write_text("{}")
    with pytest.raises(ValueError, match="interlect resume"):
        train_seeds(SETTINGS, [0], tmp_path)
