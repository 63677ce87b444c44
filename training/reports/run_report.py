"""Study a run: play its team, measure it, and write study.json and report.html."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...envs.core.registry import example_episodes
from ...protocols.common.disk_errors import disk_errors
from ...protocols.common.files import read_json, write_bytes, write_json
from ..run_folders.checkpoints import COUNTED
from ..run_folders.contents import Counters
from ..run_folders.paths import path_of
from ..run_folders.remedies import command
from ..run_folders.run_folder import RunFolder
from ..runs.evaluate import evaluate_on_training_split
from .metrics import measure
from .report import report
from .report_data import ReportData
from .studied_run import StudiedRun
from .study import CODE_FILE


def study_run(path: Path | str, callback: Callable[[str], object] = lambda stage: None) -> tuple[ReportData, Path]:
    """Study the team of the newest checkpoint, and write study.json, report.html and messages.csv into its folder.

    All figures are those of that checkpoint; result.json is read only if it is of that checkpoint too. study.json
    contains ``population`` (a description of the studied episodes), ``metrics``, and ``failed`` (metrics that raised an
    error, with its message). messages.csv contains all rows of the table of messages by situation; it is only written
    if messages are discrete and some were sent.

    Args:
        path: the run's folder.
        callback: called with the name of each stage before it begins.

    Returns:
        The data of the report, whose ``study`` is None for continuous messages, and the path of the report.

    Raises:
        ValueError: if the folder holds no run, its messages are discrete but the game has no ``knowledge``, or a file
            that the run reads, such as its pictures, has changed.
        DiskError: if a file cannot be written.
    """
    folder = RunFolder.open(path_of(path))
    folder.check_files()
    again = f"run `{command('study', folder.path)}` again"
    with disk_errors(folder.path, lambda: ("The run is unchanged.", "study a copy of it on another disk", again)):
        return _study(folder, callback)


def _study(folder: RunFolder, callback: Callable[[str], object]) -> tuple[ReportData, Path]:
    callback("Playing episodes")
    settings = folder.settings()
    ended = folder.result() if folder.has_ended(settings.updates) else None
    counters = folder.checkpoints.counters()
    rows = folder.metrics(counters["updates"])
    run = StudiedRun.play(settings, folder.team(), ended)
    callback("Analyzing messages and actions")
    study = run.study
    if study and study.messages:
        write_bytes(folder.path / CODE_FILE, study.code.csv(study.symbols).encode())
    example = example_episodes(run.settings.game, run.transcript, run.channel) if run.discrete else ()
    callback("Measuring, with interventions on the channel")
    measured = measure(run)
    write_json(
        folder.path / "study.json",
        {"population": run.population, "metrics": measured.values, "failed": measured.failed},
    )
    result = dict(run.result or _result(counters, run, callback))
    if result["updates"] < run.settings.updates:
        result["stopped"] = True
    callback("Drawing the report")
    data = ReportData(
        config=read_json(folder.path / "config.json"),
        learning_curves=[rows],
        result=result,
        study=study,
        interventions=run.interventions,
        example_episodes=example,
        measured=measured,
        run=run,
    )
    return data, report(folder.path / "report.html", data)


def _result(counters: Counters, run: StudiedRun, callback: Callable[[str], object]) -> dict[str, Any]:
    """The result of the newest checkpoint of a run that has not ended."""
    counted: dict[str, Any] = {**counters}
    seconds = {f"{kind}_seconds": value for kind, value in counted["seconds"].items()}
    result = {name: counted[name] for name in COUNTED} | seconds | dict(run.interventions["normal"])
    callback("Evaluating on training instances")
    training = evaluate_on_training_split(run.settings, run.team)
    return result | ({"training_split": training} if training else {})
