"""Run the cases of this commit, each in a process of its own, and write a folder of results for each.

``python tests/equivalence/run_cases.py OUT [--only PATTERN] [--jobs N]``. A case is an entry of ``CASES`` in one of the
modules ``cases_*.py`` beside this: its name, which stays whatever else changes, and a function of the folder it fills.
"""

import argparse
import multiprocessing
import os
import random
import sys
import time
import traceback
from collections.abc import Callable
from fnmatch import fnmatchcase
from importlib import import_module
from multiprocessing import connection
from pathlib import Path

import numpy as np
import torch

HERE = Path(__file__).resolve().parent
LIMIT = 300
"""Seconds that a case may take."""


def cases() -> dict[str, Callable[[Path], None]]:
    """All cases by name."""
    found: dict[str, Callable[[Path], None]] = {}
    for file in sorted(HERE.glob("cases_*.py")):
        group = file.stem.removeprefix("cases_")
        found |= {f"{group}/{name}": case for name, case in import_module(file.stem).CASES.items()}
    return found


def run(name: str, case: Callable[[Path], None], folder: Path) -> None:
    """Run one case, in this process, with what it prints in printed.log and its error, if any, in error.txt."""
    folder.mkdir(parents=True)
    (folder / "case.txt").write_text(f"{name}\n")
    with open(folder / "printed.log", "w") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        random.seed(0)
        np.random.seed(0)  # noqa: NPY002
        torch.manual_seed(0)
        torch.set_num_threads(1)
        os.chdir(folder)
        try:
            case(folder)
        except BaseException:
            (folder / "error.txt").write_text(traceback.format_exc())
        sys.stdout.flush()


def run_all(chosen: dict[str, Callable[[Path], None]], out: Path, jobs: int) -> None:
    """Run cases, so many at the same time, and write seconds.log."""
    context = multiprocessing.get_context("fork")
    waiting, running = list(chosen.items()), {}
    with open(out / "seconds.log", "w") as log:
        while waiting or running:
            while waiting and len(running) < jobs:
                name, case = waiting.pop(0)
                process = context.Process(target=run, args=(name, case, out / name))
                process.start()
                running[process.sentinel] = name, process, time.monotonic()
            ended = connection.wait(list(running), timeout=1.0)
            for sentinel, (name, process, begun) in list(running.items()):
                seconds = time.monotonic() - begun
                if sentinel not in ended and seconds > LIMIT:
                    process.kill()
                    process.join()
                    (out / name / "error.txt").write_text(f"stopped after {LIMIT} seconds\n")
                elif sentinel not in ended:
                    continue
                process.join()
                if process.exitcode:
                    with open(out / name / "error.txt", "a") as file:
                        file.write(f"ended with status {process.exitcode}\n")
                log.write(f"{seconds:7.1f} {name}\n")
                log.flush()
                del running[sentinel]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default="*", help="cases whose names match this pattern")
    parser.add_argument("--jobs", type=int, default=1, help="cases at the same time")
    words = parser.parse_args()
    chosen = {name: case for name, case in cases().items() if fnmatchcase(name, words.only)}
    out = words.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    run_all(chosen, out, words.jobs)


if __name__ == "__main__":
    main()
