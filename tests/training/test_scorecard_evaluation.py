"""What the values of a scorecard are over: in the terminal, in operators.json and on the page."""

import json
from dataclasses import replace

import pytest
from interlect.training import Classification, Dial, ValueRegression, train
from interlect.training.command_line import commands
from interlect.training.scorecard import scorecards
from interlect.training.scorecard.rows import Row
from interlect.training.scorecard.supported_runs import evaluation_of


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Classification("digits_v0"), "exact accuracy over all held-out images"),
        (Dial("switch_riddle_v0"), "exact over all episodes if there are at most 1,000, otherwise over 4,096 episodes"),
        (ValueRegression("relay_v0"), "held-out images, in the one chain of all agents in order; result.json is about"),
    ],
    ids=["digits", "riddle", "relay"],
)
def test_operators_say_what_their_values_are_over(tmp_path, monkeypatch, capsys, settings, words):
    row = Row("lift", "one", "exact", 1.0, 1.0, 1.0)
    monkeypatch.setattr(scorecards, "scorecard_rows", lambda run, other, updates: [row])
    train(replace(settings, updates=2, batch=8), tmp_path / "run")
    capsys.readouterr()
    commands.show_operators([tmp_path / "run"], tmp_path / "cards", None, None, 1)
    page = " ".join((tmp_path / "cards" / "operators.html").read_text().split())
    for shown in (" ".join(capsys.readouterr().out.split()), page):
        assert f"All values: {evaluation_of(settings)}." in shown
    assert words in evaluation_of(settings)
    assert json.loads((tmp_path / "cards" / "operators.json").read_text())["run"]["evaluation"] == evaluation_of(
        settings
    )


def test_files_of_others_with_the_names_of_scorecards_are_kept(tmp_path, monkeypatch):
    row = Row("lift", "one", "exact", 1.0, 1.0, 1.0)
    monkeypatch.setattr(scorecards, "scorecard_rows", lambda run, other, updates: [row])
    run = train(replace(Dial("switch_riddle_v0"), updates=2, batch=8), tmp_path / "run").path
    for name in ("operators.html", "operators.json"):
        (tmp_path / name).write_text('{"mine": 1}')
        with pytest.raises(ValueError, match=rf"not scorecards; received '.*{name}.*'. Choose another folder"):
            scorecards.make_scorecards([run], tmp_path)
        assert (tmp_path / name).read_text() == '{"mine": 1}'
    for out in (run, run, tmp_path / "cards", tmp_path / "cards"):
        scorecards.make_scorecards([run], out)
