"""Whether a folder of a run, of several seeds, of a team or of an agent is complete and undamaged."""

import os
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...agents import load_agent, load_team
from ...agents.saving import load_tensors
from ...protocols.common.errors import invalid
from ...protocols.common.files import check_contents, check_regular, read_json, read_typed
from ...protocols.common.schemas import check_json
from ..run_folders.checkpoints import DamagedCheckpointWarning
from ..run_folders.contents import Aggregate, ScorecardSide, StudyFile
from ..run_folders.locking import LOCK
from ..run_folders.paths import CHECKPOINTS, START, check_there, path_of
from ..run_folders.remedies import PLAN
from ..run_folders.run_folder import RunFolder
from .seeds import planned


@dataclass(frozen=True)
class Part:
    """A part of a folder that was checked.

    Attributes:
        name: Its path inside the folder.
        problem: The error of reading it; None if it is complete and undamaged.
    """

    name: str
    problem: str | None


def check_folder(path: Path | str) -> list[Part]:
    """Check each part of the folder of a run, of several seeds, of a team or of an agent. Nothing is changed.

    Returns:
        All parts that the folder must have, and those of the optional parts that it has.

    Raises:
        ValueError: If the folder is none of these.
    """
    path = path_of(path)
    check_there(path)
    kinds = {PLAN: _seeds, "config.json": _run, "team.json": _team, "graph.json": _agent}
    for name, parts in kinds.items():
        if os.path.lexists(path / name):
            foreign = _problem(lambda: check_contents(path))
            if foreign:  # no part is read through a link
                return [Part("files", foreign)]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DamagedCheckpointWarning)  # each checkpoint is a part
                return [Part(place, _problem(check)) for place, check in parts(path)]
    rule = f"A folder to check must contain {', '.join(list(kinds)[:-1])} or {list(kinds)[-1]}"
    raise invalid(rule, str(path), "Pass the folder of a run, of several seeds, of a team or of an agent.")


Check = tuple[str, Callable[[], object]]
"""The name of a part, and a function that raises if it is not complete and undamaged."""


def _problem(check: Callable[[], object]) -> str | None:
    try:
        check()
    except (ValueError, OSError) as error:
        return str(error)
    return None


def _agent(path: Path) -> Iterator[Check]:
    yield "graph.json and model.safetensors", lambda: load_agent(path)


def _team(path: Path) -> Iterator[Check]:
    yield "files", lambda: check_contents(path)
    yield "team.json", lambda: load_team(path)
    for agent in sorted(path.glob("*/graph.json")):
        yield agent.parent.name, lambda folder=agent.parent: load_agent(folder)  # type: ignore[misc]


def _run(path: Path) -> Iterator[Check]:
    folder = RunFolder(path)
    yield "files", lambda: _check_lock(RunFolder.open(path).path)
    yield "config.json", folder.settings
    if (path / START).exists():
        yield START, lambda: load_team(path / START)
    yield "metrics.jsonl", lambda: _check_metrics(folder)
    for number in folder.checkpoints.numbers() if _problem(folder.config) is None else ():
        yield f"{CHECKPOINTS}/{number}", lambda checkpoint=number: _check_checkpoint(folder, checkpoint)  # type: ignore[misc]
    yield f"{CHECKPOINTS} (the newest)", folder.team
    yield "result.json", lambda: _check_result(folder)
    optional: dict[str, Callable[[Path], object]] = {
        "study.json": lambda file: read_typed(file, StudyFile),
        "operators.json": _check_scorecard,
        "report.html": check_regular,
        "operators.html": check_regular,
    }
    for name, check in optional.items():
        if (path / name).exists():
            yield name, lambda check=check, name=name: check(path / name)  # type: ignore[misc]


def _seeds(path: Path) -> Iterator[Check]:
    yield "files", lambda: _check_lock(path)
    yield PLAN, lambda: planned(path)
    if (path / START).exists():
        yield START, lambda: load_team(path / START)
    seeds = [] if _problem(lambda: planned(path)) else planned(path)[1]
    for seed in seeds:
        yield from ((f"seed-{seed}/{name}", check) for name, check in _run(path / f"seed-{seed}"))
    yield "aggregate.json", lambda: _check_aggregate(path / "aggregate.json", seeds)
    if (path / "operators.json").exists():
        yield "operators.json", lambda: _check_scorecard(path / "operators.json")


def _check_lock(path: Path) -> None:
    check_contents(path)
    if (path / LOCK).is_dir():
        check_regular(path / LOCK)


def _check_metrics(folder: RunFolder) -> None:
    """Check that metrics.jsonl has the row of each evaluation up to the newest checkpoint."""
    settings, path = folder.settings(), folder.metrics_file
    newest, every = folder.checkpoints.counters()["updates"], settings.evaluate_every
    remedy = "Restore the file from a copy; without the row, the run can still be used."
    due = min(every, settings.updates)
    for number, row in enumerate(folder.metrics(newest), 1):
        if row["updates"] != due:
            rule = f"Row {number} of {path} must be the row of update {due}"
            raise invalid(rule, f"that of update {row['updates']}", remedy)
        due = settings.updates + 1 if due == settings.updates else min(due + every, settings.updates)
    if due <= newest:
        raise invalid(f"{path} must have a row of update {due}", "a file without it", remedy)


def _check_result(folder: RunFolder) -> None:
    if not (folder.path / "result.json").exists():
        remedy = f"Continue with `interlect resume {folder.path}`."
        raise invalid("A run that has ended must have a result.json", "a folder without it", remedy)
    folder.result()


def _check_checkpoint(folder: RunFolder, number: int) -> None:
    checkpoint = folder.path / CHECKPOINTS / str(number)
    folder.checkpoints.check(checkpoint)
    folder.checkpoints.counters_of(checkpoint)
    load_team(checkpoint / "team")
    load_tensors(checkpoint / "learner.safetensors")


def _check_aggregate(path: Path, seeds: list[int]) -> None:
    found = read_typed(path, Aggregate)
    if sorted(found["normalized_return_by_seed"]) != sorted(map(str, seeds)):
        received = sorted(found["normalized_return_by_seed"])
        raise invalid(f"{path} must be of the seeds {seeds}", received, "Use `interlect resume` to write it again.")


def _check_scorecard(path: Path) -> None:
    content: Any = read_json(path)
    check_json(content, dict[str, ScorecardSide], path.name, "Use `interlect operators` to write it again.")
