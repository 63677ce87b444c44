"""Reading a run: play its team, study what is said, and write the report."""

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from gymnasium import spaces

from ...agents import Team
from ...envs.core.evaluation import every_episode
from ...envs.core.example_episode import ExampleEpisode
from ...envs.core.play import Transcript, play
from ...envs.core.registry import example_episodes, game, knowledge
from ...protocols.channels.interventions import INTERVENTIONS, intervention
from ...protocols.common.files import read_json, write_json
from ..learners.sender_receiver import SenderReceiver
from ..learners.settings import Settings
from ..runs.evaluate import evaluate_team, held_out
from ..runs.run_folder import COUNTED, RunFolder
from .code import measure
from .report import report
from .study import Study, study

ALL = 1000
"""The most episodes that are read exhaustively."""
SAMPLE = 4096
"""Episodes that are read, where there are more than that."""


def study_run(path: Path | str) -> tuple[Study | None, Path]:
    """Study the newest checkpoint's team; write report.html into the folder, and of a sender's code study.json.

    All figures are those of that checkpoint; result.json, which may be of a later one, is not read.

    Returns:
        The study, None for messages that cannot be counted; and the report's path.

    Raises:
        ValueError: if the folder holds no run.
    """
    folder = RunFolder.open(Path(path))
    settings, team = folder.settings(), folder.team()
    transcript, population = episodes(settings, team)
    found: Study | None = None
    told: tuple[ExampleEpisode, ...] = ()
    if isinstance(team.channel.carrier.space, spaces.MultiDiscrete):
        found = study(knowledge(settings.game, transcript, team.channel), population)
        if isinstance(settings, SenderReceiver) and (measured := measure(settings, team)):
            found = replace(found, compositionality=measured)
            write_json(folder.path / "study.json", asdict(measured))
        told = example_episodes(settings.game, transcript, team.channel)
    disturbed = ("normal",) if settings.silent else INTERVENTIONS
    worth = {name: evaluate_team(settings, team, name) for name in disturbed}
    counters = folder.counters()
    times = {f"{kind}_seconds": value for kind, value in counters["seconds"].items()}
    result = {name: counters[name] for name in COUNTED} | times | worth["normal"]
    if result["updates"] < settings.updates:
        result["stopped"] = True
    curve = [row for row in folder.metrics() if row["updates"] <= result["updates"]]
    config = read_json(folder.path / "config.json")
    return found, report(folder.path / "report.html", config, curve, result, found, worth, told)


def episodes(settings: Settings, team: Team) -> tuple[Transcript, str]:
    """Play the episodes that are read: all of them, or a sample.

    Returns:
        The transcript, and which episodes they are, in words.
    """
    played = game(settings.game, **settings.options())
    total = played.episode_count(settings.agents)
    if total is not None and total <= ALL:
        core, population = (
            played.enumerated_core(settings.agents, np.arange(total)),
            every_episode(played, settings.agents, total),
        )
    else:
        core, population = played.core(settings.agents, SAMPLE, 0), f"{SAMPLE} episodes of seed 0"
    heard = intervention("silent" if settings.silent else "normal")
    return play(core, team, team.channel, heard), population + held_out(settings)
