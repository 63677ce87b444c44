"""Kills of the process of several seeds or scorecards, and of its workers: what is printed, and how it goes on."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from interlect.protocols.common.files import write_json
from interlect.training import Dial, train
from interlect.training.command_line.main import main
from interlect.training.runs import seeds as module_of_seeds
from interlect.training.runs import workers
from interlect.training.runs.seeds import resume_seeds
from small_runs import contents

GAME = "switch_riddle_v0"
SMALL = {"agents": 3, "updates": 600, "batch": 2, "width": 8, "evaluate_every": 20, "checkpoint_every": 20}
SETTINGS = Dial(GAME, **SMALL)
WORDS = [word for name, value in SMALL.items() for word in (f"--{name.replace('_', '-')}", str(value))]
needs_proc = pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc")


def trained_here(monkeypatch, folder):
    """Train or resume the seeds of a folder in this process."""

    def run_here(function, tasks, workers, on_report=None, saves=False):
        for key, arguments in tasks.items():
            yield key, function(lambda report: None, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(module_of_seeds, "run_tasks", run_here)
        if not (folder / "seeds.json").is_file():
            folder.mkdir()
            write_json(folder / "seeds.json", {"seeds": [0, 1], "settings": SETTINGS.to_json()})
        resume_seeds(folder)


def workers_of(process):
    """The worker processes of a process."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
            if parent == process and b"spawn_main" in (status.parent / "cmdline").read_bytes():
                found.append(int(status.parent.name))
        except OSError:  # it has ended
            continue
    return found


def alive(process):
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def killed(words, ready, victim, number):
    """Run a command, and send a signal to it, its group or a worker when it is ready: its status and its output."""
    command = [sys.executable, "-m", "interlect.training", *words]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    deadline = time.monotonic() + 240
    processes = []
    while time.monotonic() < deadline and parent.poll() is None and not (len(processes) == 2 and ready()):
        time.sleep(0.05)
        processes = workers_of(parent.pid)
    assert len(processes) == 2, parent.communicate(timeout=240)
    if victim == "group":
        os.killpg(parent.pid, number)
    else:
        os.kill(parent.pid if victim == "parent" else processes[0], number)
    said = " ".join(parent.communicate(timeout=240)[0].decode().split())
    while time.monotonic() < deadline and any(map(alive, processes)):
        time.sleep(0.05)
    assert not any(map(alive, processes))
    return parent.returncode, said


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The contents of the folder of seeds that were not killed."""
    folder = tmp_path_factory.mktemp("whole") / "seeds"
    with pytest.MonkeyPatch.context() as patch:
        trained_here(patch, folder)
    return contents(folder)


VICTIMS = [
    ("parent", signal.SIGKILL),
    ("parent", signal.SIGTERM),
    ("group", signal.SIGINT),
    ("worker", signal.SIGKILL),
    ("worker", signal.SIGTERM),
]


@needs_proc
@pytest.mark.exhaustive
@pytest.mark.parametrize(("victim", "number"), VICTIMS)
def test_killed_seeds_go_on_exactly(tmp_path, monkeypatch, whole, victim, number):
    out = tmp_path / "seeds of two"
    words = ["train", "dial", GAME, "--seeds", "0,1", "--workers", "2", *WORDS, "--out", str(out)]
    saved = [out / f"seed-{seed}" / "metrics.jsonl" for seed in (0, 1)]
    status, said = killed(words, lambda: all(path.is_file() for path in saved), victim, number)
    if (victim, number) == ("parent", signal.SIGKILL):
        assert status == -signal.SIGKILL
    else:
        assert status == (1 if number == signal.SIGKILL else 128 + number), said
        named = re.search(r"interlect (resume '[^']+')", said)
        assert named, said
        assert shlex.split(named[1]) == ["resume", str(out)]
    trained_here(monkeypatch, out)
    assert contents(out) == whole


@needs_proc
@pytest.mark.exhaustive
@pytest.mark.parametrize(("victim", "number"), VICTIMS)
def test_killed_scorecards_are_made_again(tmp_path, victim, number):
    runs = tmp_path / "runs"
    runs.mkdir()
    settings = replace(SETTINGS, updates=5, width=32)
    write_json(runs / "seeds.json", {"seeds": [0, 1], "settings": settings.to_json()})
    for seed in (0, 1):
        train(replace(settings, seed=seed), runs / f"seed-{seed}")
    before = contents(runs)
    words = ["operators", str(runs), "--updates", "100000", "--workers", "2", "--out", str(tmp_path / "cards")]
    status, said = killed(words, lambda: True, victim, number)
    if (victim, number) == ("parent", signal.SIGKILL):
        assert status == -signal.SIGKILL
    elif victim == "worker":
        assert status == 1
        assert "Use the same `interlect operators` again, perhaps with fewer --workers." in said
    else:
        assert status == 128 + number, said
        assert "Run the same command again" in said
    assert contents(runs) == before
    assert not list((tmp_path / "cards").glob("*"))


def test_the_error_of_a_killed_worker_names_the_folder_of_all_seeds(tmp_path, monkeypatch, capsys):
    def die(*arguments, **named):
        raise ChildProcessError("A worker process died.")
        yield

    monkeypatch.setattr(module_of_seeds, "run_tasks", die)
    out = tmp_path / "of all"
    assert main(["train", "dial", GAME, "--seeds", "0,1", *WORDS, "--out", str(out)]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert f"Continue with `interlect resume '{out}'`, perhaps with fewer --workers." in said
    assert json.loads((out / "seeds.json").read_text())["seeds"] == [0, 1]


def test_a_dead_worker_is_told_apart_from_an_error_once(tmp_path):
    expected = pytest.raises(ChildProcessError, match=r"^It died\. Do this, perhaps")
    with expected, workers.dead_workers("Do this"), workers.dead_workers("Do that"):
        raise ChildProcessError("It died.")
