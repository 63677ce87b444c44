"""Workers: results and reports come back, errors too, and no worker outlives its parent or a signal."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from interlect.training.runs.workers import run_tasks
from worker_tasks import die, double, fail, linger


def test_results_and_reports_come_back():
    reports = []
    found = dict(
        run_tasks(double, {"a": (1,), "b": (2,), "c": (3,)}, 2, lambda key, report: reports.append((key, report)))
    )
    assert found == {"a": 2, "b": 4, "c": 6}
    assert sorted(reports) == [("a", ("half", 1)), ("b", ("half", 2)), ("c", ("half", 3))]


def test_the_error_of_a_task_is_raised_here():
    with pytest.raises(ValueError, match="7 cannot be"):
        list(run_tasks(fail, {0: (7,)}, 1))
    with pytest.raises(ChildProcessError, match="A worker process died"):
        list(run_tasks(die, {0: (7,)}, 1))
    with pytest.raises(ValueError, match=r"workers must be an integer.*; received 0"):
        list(run_tasks(double, {0: (7,)}, 0))


PARENT = """
import sys
from pathlib import Path
import tests_of_workers as tasks
from interlect.training.runs.workers import Interrupted, run_tasks

if __name__ == "__main__":
    try:
        list(run_tasks(tasks.wait, {k: (sys.argv[1], k) for k in range(2)}, 2))
    except Interrupted as stop:
        sys.exit(128 + stop.number)
"""
TASKS = """
import os, time
from pathlib import Path

def wait(report, folder, number):
    Path(folder, f"pid-{number}").write_text(str(os.getpid()))
    time.sleep(600)
"""


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_worker_outlives_its_parent(tmp_path, number):
    (tmp_path / "parent.py").write_text(PARENT)
    (tmp_path / "tests_of_workers.py").write_text(TASKS)
    parent = subprocess.Popen([sys.executable, "parent.py", str(tmp_path)], cwd=tmp_path, start_new_session=True)
    deadline = time.monotonic() + 60
    files = [tmp_path / f"pid-{k}" for k in range(2)]
    while time.monotonic() < deadline and not all(file.exists() and file.read_text() for file in files):
        time.sleep(0.05)
    workers = [int(file.read_text()) for file in files]
    assert all(map(alive, workers))
    if number == signal.SIGINT:
        os.killpg(parent.pid, number)  # as Ctrl-C does: the workers receive it too, and leave it to their parent
    else:
        parent.send_signal(number)
    parent.wait(60)
    while time.monotonic() < deadline and any(map(alive, workers)):
        time.sleep(0.05)
    assert not any(map(alive, workers))
    assert parent.returncode == (-number if number == signal.SIGKILL else 128 + number)


def test_workers_end_when_the_generator_is_closed():
    before = set(multiprocessing.active_children())
    tasks = run_tasks(linger, {"short": (0,), "long": (600,)}, 2)
    assert next(tasks) == ("short", None)
    (long,) = set(multiprocessing.active_children()) - before
    assert long.is_alive()
    tasks.close()
    assert not long.is_alive()
