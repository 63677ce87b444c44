"""Damaged and hostile folders, and what the package does with them. Run in a process of its own:

    python hostile_files.py SEED FIRST-LAST

Each case damages a copy of a small folder and passes it to one entry point, which must return, or raise an error of one
line. No case may take more than ``SECONDS``, start a process, connect anywhere, read the canary, or write outside its
own folder. Prints one line per fault; the last line is the number of cases.
"""

import contextlib
import importlib
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import safetensors
import torch
from damage import DAMAGE, reseal, special, swapped
from interlect.agents import load_agent, load_team, save_team
from interlect.training import Dial, Run, SenderReceiver, ValueRegression, resume, train
from interlect.training.command_line.main import main
from interlect.training.run_folders.run_folder import RunFolder
from interlect.training.runs import seeds
from interlect.training.runs.checking import check_folder
from interlect.training.runs.loop import Diverged
from interlect.training.runs.seeds import train_seeds
from watching import Guard, fault_of

TINY: dict[str, Any] = {"updates": 4, "batch": 4, "width": 8, "evaluate_every": 2, "checkpoint_every": 2}


# Entry points. A run that was loaded, and whose hashes were not made to fit, has the weights that were saved.


def loads_run(folder: Path, original: Path, sealed: bool) -> None:
    found = Run.load(folder)
    if not sealed:
        saved = weights(load_team(newest(original) / "team"))
        same = weights(found.team)
        assert saved.keys() == same.keys(), "another team was loaded"
        assert all(torch.equal(saved[name], same[name]) for name in saved), "other weights were loaded"


def newest(folder: Path) -> Path:
    return max((folder / "checkpoints").iterdir(), key=lambda path: int(path.name))


def weights(team: Any) -> dict[str, torch.Tensor]:
    return {f"{i}.{name}": t for i, agent in enumerate(team.agents) for name, t in agent.state_dict().items()}


def command(name: str) -> Callable[[Path, Path, bool], None]:
    def run(folder: Path, original: Path, sealed: bool) -> None:
        status = main([name, str(folder)])
        text = sys.stdout.getvalue()
        assert status in (0, 1), f"exit status {status}"
        assert "Traceback" not in text, "a traceback was printed"
        errors = [line for line in text.splitlines() if line.startswith("Error: ")]
        assert len(errors) == status, f"{len(errors)} errors with exit status {status}: {text[-300:]!r}"
        if status:
            assert text.splitlines()[-1] == errors[0], f"an error of more than one line: {text[-300:]!r}"

    run.__name__ = name
    return run


RUNS = (
    [loads_run] * 6 + [lambda f, o, s: check_folder(f)] * 4 + [command("evaluate"), command("check"), command("resume")]
)
ENTRIES: dict[str, list[Callable[[Path, Path, bool], Any]]] = {
    "run": [*RUNS, lambda f, o, s: resume(f), lambda f, o, s: RunFolder.open(f).metrics(4)],
    "study": [command("study")],
    "team": [lambda f, o, s: load_team(f)] * 4 + [command("check")],
    "agent": [lambda f, o, s: load_agent(f)] * 4 + [command("check")],
    "seeds": [lambda f, o, s: check_folder(f)] * 4 + [command("check"), command("resume")],
}
SHARES = {"run": 50, "study": 2, "team": 15, "agent": 23, "seeds": 10}


def originals(folder: Path) -> dict[str, list[Path]]:
    """Folders of each kind."""
    runs = [train(Dial("switch_riddle_v0", **TINY), folder / "dial").path]
    runs.append(train(Dial("switch_riddle_v0", seed=1, shared=False, **TINY), folder / "separate").path)
    runs.append(train(ValueRegression("relay_v0", agents=3, **TINY), folder / "relay").path)
    runs.append(train(SenderReceiver("referential_v0", values=3, network="gru", **TINY), folder / "sender").path)
    for run in runs:
        team = Run.load(run).team
        save_team(folder / f"{run.name}-team", team)
    agents = [newest(run) / "team" / "agent_0" for run in runs]
    train_seeds(Dial("switch_riddle_v0", **TINY), [0, 1], folder / "seeds")
    teams = [folder / f"{run.name}-team" for run in runs]
    return {"run": runs, "study": runs, "team": teams, "agent": agents, "seeds": [folder / "seeds"]}


def in_this_process(function: Any, tasks: Any, *_: object, **__: object) -> Iterator[tuple[Any, Any]]:
    """As ``run_tasks``, without workers."""
    for key, arguments in tasks.items():
        yield key, function(lambda report: None, *arguments)


def snapshot(folder: Path) -> dict[str, Any]:
    return {str(p): (p.stat().st_mtime_ns, p.read_bytes() if p.is_file() else None) for p in sorted(folder.rglob("*"))}


def run_case(seed: int, number: int, guard: Guard, work: Path, folders: dict[str, list[Path]]) -> str | None:
    """Run one case, and describe its fault, if any."""
    rng = random.Random(f"{seed}/{number}")
    kind = rng.choices(list(SHARES), list(SHARES.values()))[0]
    original, other = rng.choice(folders[kind]), rng.choice(folders[kind])
    place = work / "cases" / str(number)
    place.mkdir(parents=True)
    folder = Path(shutil.copytree(original, place / "folder"))
    damages = [rng.choice(DAMAGE) for _ in range(rng.choice([1, 1, 1, 2]))]
    sealed = False
    for damage in damages:
        with contextlib.suppress(OSError, ValueError, IndexError, RecursionError, safetensors.SafetensorError):
            damage(rng, folder, other)
    if kind in ("run", "study") and rng.random() < 0.5 and special not in damages:
        with contextlib.suppress(Exception):
            reseal(folder)
            sealed = True
    sealed = sealed or swapped in damages
    entry = rng.choice(ENTRIES[kind])
    guard.found.clear()
    os.chdir(place)
    guard.inside = os.path.realpath(place)
    fault = fault_of(lambda: entry(folder, original, sealed), (ValueError, OSError, Diverged), 20_000, returns=True)
    guard.inside = None
    fault = fault or (f"{guard.found[:3]}" if guard.found else "")
    shutil.rmtree(place, ignore_errors=True)
    names = [damage.__name__ for damage in damages]
    what = f"{getattr(entry, '__name__', '')} of {kind} {original.name} after {names}{' resealed' * sealed}"
    return f"seed {seed} case {number}: {what}: {fault}" if fault else None


def run_cases(seed: int, numbers: range) -> list[str]:
    """The faults of these cases."""
    torch.set_num_threads(1)
    importlib.import_module("matplotlib.pyplot")  # which writes a cache of fonts when it is first imported
    with tempfile.TemporaryDirectory() as made:
        work = Path(os.path.realpath(made))
        (work / "canary").mkdir()
        (work / "canary" / "secret").write_text("secret")
        (work / "originals").mkdir()
        folders = originals(work / "originals")
        for readable in (newest(folders["run"][0]) / "team", folders["agent"][0]):
            shutil.copytree(readable, work / "canary", dirs_exist_ok=True)
        before = snapshot(work / "canary") | snapshot(work / "originals")
        seeds.run_tasks = in_this_process
        guard = Guard(work / "canary")
        here = Path.cwd()
        faults = [fault for n in numbers if (fault := run_case(seed, n, guard, work, folders))]
        os.chdir(here)
        if snapshot(work / "canary") | snapshot(work / "originals") != before:
            faults.append("files outside the folders were changed")
    return faults


if __name__ == "__main__":
    first, last = (int(word) for word in sys.argv[2].split("-"))
    sys.stdout.write("".join(f"{line}\n" for line in [*run_cases(int(sys.argv[1]), range(first, last)), last - first]))
