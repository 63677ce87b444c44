"""Study a run: play its team, measure it, and write study.json and report.html."""

from pathlib import Path

from ...envs.core.registry import example_episodes
from ...protocols.common.disk_errors import disk_errors
from ...protocols.common.files import read_json, write_json
from ..runs.checkpoints import COUNTED
from ..runs.evaluate import evaluate_on_training_split
from ..runs.remedies import command
from ..runs.run_folder import RunFolder
from .metrics import measure
from .report import report
from .report_data import ReportData
from .studied_run import StudiedRun


def study_run(path: Path | str) -> tuple[ReportData, Path]:
    """Study the team of the newest checkpoint, and write study.json and report.html into the run's folder.

    All figures are those of that checkpoint; result.json is not read, because it may be of a later one. study.json
    contains ``population`` (a description of the studied episodes), ``metrics``, and ``failed`` (metrics that raised an
    error, with its message).

    Returns:
        The data of the report, whose ``study`` is None for continuous messages, and the path of the report.

    Raises:
        ValueError: if the folder holds no run, or its messages are discrete but the game has no ``knowledge``.
        DiskError: if a file cannot be written.
    """
    folder = RunFolder.open(Path(path))
    again = f"run `{command('study', folder.path)}` again"
    with disk_errors(folder.path, lambda: ("The run is unchanged.", "study a copy of it on another disk", again)):
        return _study(folder)


def _study(folder: RunFolder) -> tuple[ReportData, Path]:
    run = StudiedRun.play(folder.settings(), folder.team())
    study = run.study
    example = example_episodes(run.settings.game, run.transcript, run.channel) if run.discrete else ()
    measured = measure(run)
    write_json(
        folder.path / "study.json",
        {"population": run.population, "metrics": measured.values, "failed": measured.failed},
    )
    counters = folder.checkpoints.counters()
    seconds = {f"{kind}_seconds": value for kind, value in counters["seconds"].items()}
    result = {name: counters[name] for name in COUNTED} | seconds | dict(run.interventions["normal"])
    training = evaluate_on_training_split(run.settings, run.team)
    if training:
        result["training_split"] = training
    if result["updates"] < run.settings.updates:
        result["stopped"] = True
    data = ReportData(
        config=read_json(folder.path / "config.json"),
        learning_curves=[[row for row in folder.metrics() if row["updates"] <= result["updates"]]],
        result=result,
        study=study,
        interventions=run.interventions,
        example_episodes=example,
        measured=measured,
        run=run,
    )
    return data, report(folder.path / "report.html", data)
