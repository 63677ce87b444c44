"""What `interlect study` prints: sections of at most one screen, which state where the rest is."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from interlect.envs.core.play import play
from interlect.envs.referential.knowledge import knowledge
from interlect.envs.referential.reference_players import reference_player
from interlect.envs.referential.rules import Referential
from interlect.protocols import Channel, Symbols
from interlect.training import Classification, train
from interlect.training.command_line.commands import show_study
from interlect.training.command_line.terminal import COLUMNS, LINES, screens
from interlect.training.reports.report_data import ReportData
from interlect.training.reports.run_report import study_run
from interlect.training.reports.study import study
from rich.console import Console


@pytest.fixture(scope="module")
def many() -> ReportData:
    """900 objects, a message for each, and so many situations and leaves."""
    core = Referential(lanes=900, task="reconstruct", values=30, shown=np.arange(900))
    channel = Channel(Symbols(30, 2))
    played = play(core, reference_player("coding", core, channel.carrier), channel)
    return ReportData(study=study(knowledge(played, channel), "all 900 objects"))


def printed(screen) -> list[str]:
    console = Console(width=300, file=io.StringIO(), record=True)
    console.print(screen)
    return console.export_text().splitlines()


def test_every_section_fits_on_a_screen_and_says_where_the_rest_is(many):
    sections = [printed(screen) for screen in screens(many, Path("folder/report.html"))]
    assert max(map(len, sections)) <= LINES
    assert max(len(line) for lines in sections for line in lines) <= COLUMNS
    meanings = next(lines for lines in sections if any("Meanings" in line for line in lines))
    assert meanings[-1].startswith("... ")
    assert meanings[-1].endswith(" more lines: folder/report.html")
    table = next(lines for lines in sections if any("Messages by" in line for line in lines))
    assert table[-1] == "The first 30 of 900 situations. All: folder/messages.csv"


def test_the_file_of_messages_has_every_message(many):
    head, *rows = csv.reader(io.StringIO(many.study.code.csv(many.study.symbols)))
    assert head == ["attribute_0", "attribute_1", "step", "message", "count"]
    assert len({tuple(row[:2]) for row in rows}) == 900
    assert sum(int(row[-1]) for row in rows) == many.study.messages
    assert all(row[3] == " ".join(row[:2]) for row in rows)


def test_a_game_without_messages_has_no_sections_on_messages_and_no_poor_trees(tmp_path, capsys):
    run = train(Classification("digits_v0", updates=2, batch=8, width=8), tmp_path / "run")
    show_study(run.path)
    shown = " ".join(capsys.readouterr().out.split())
    page = (run.path / "report.html").read_text()
    for text in (shown, page):
        assert "there are no messages to study" in text
        assert "the most frequent choice alone" in " ".join(text.split()) or "decisions are the same" in text
        for absent in ("Meanings of the symbols", "never sent", "Messages by the sender", "interventions.silent"):
            assert absent not in text
    assert '<svg class="tree"' not in page
    assert "Value of the channel" not in page
    found = json.loads((run.path / "study.json").read_text())["metrics"]
    assert [*found] == ["decision_trees", "interventions"]
    assert [*found["interventions"]] == ["normal"]
    assert not (run.path / "messages.csv").exists()


def test_a_study_names_its_stages(tmp_path):
    run = train(Classification("digits_v0", updates=2, batch=8, width=8), tmp_path / "run")
    stages = []
    study_run(run.path, stages.append)
    assert stages == [
        "Playing episodes",
        "Analyzing messages and actions",
        "Measuring, with interventions on the channel",
        "Drawing the report",
    ]
