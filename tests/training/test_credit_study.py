"""The study of carriers and credit: which pairs there are, what is written, and that a stopped one goes on."""

import json
import re
import shutil
from typing import get_args

import pytest
from interlect.protocols.channels.channel import Credit
from interlect.training import Run, Stopped
from interlect.training.command_line.main import main
from interlect.training.experiments.credit import pairs as module
from interlect.training.experiments.credit import study as module_of_study
from interlect.training.experiments.credit.pairs import CARRIERS, CarrierSpec, pairs
from interlect.training.experiments.credit.study import plot, study_credit, table
from interlect.training.recipes.table import make_learner

RIDDLE = "switch_riddle_v0"


@pytest.mark.parametrize("game", CARRIERS)
def test_every_pair_is_trained_or_has_a_reason_and_its_channel_is_what_it_says(game):
    found = pairs(game, updates=7)
    assert [(p.carrier, p.credit) for p in found] == [(s.carrier, c) for s in CARRIERS[game] for c in get_args(Credit)]
    assert len({pair.name for pair in found}) == len(found)
    for pair in found:
        assert (pair.settings is None) == bool(pair.reason)
        if pair.settings:
            assert make_learner(pair.settings).channel(0.5).credit == pair.credit
            assert (pair.settings.updates, pair.settings.evaluate_every) == (7, 7)


def test_a_recipes_own_budget_is_the_default():
    trained = [pair for pair in pairs("relay_v0") if pair.settings]
    assert {pair.settings.updates for pair in trained} == {4000}
    assert {pair.carrier for pair in trained if pair.settings.straight_through} == {"Gumbel, straight-through"}
    assert {(p.credit, p.settings.credit) for p in trained if p.settings.carrier == "sampled"} == {("blocked",) * 2}


@pytest.fixture
def tiny(monkeypatch):
    """Two carriers, two pairs that can be."""
    options = {"batch": 4, "width": 8}
    spoken = (
        CarrierSpec("a bit", "dial", options, ("blocked", "synthetic")),
        CarrierSpec("b", "rial", options, (), "no"),
    )
    monkeypatch.setitem(module.CARRIERS, RIDDLE, spoken)


def test_what_is_written_is_what_was_trained_and_what_was_stopped_goes_on(tmp_path, tiny, capsys):
    out = tmp_path / "c"
    words = ["credit", RIDDLE, "--seeds", "3,5", "--updates", "2", "--out", str(out)]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert "a bit, credit blocked, seed 3: normalized return" in printed
    assert "b does not support synthetic credit: no." in printed
    said = json.loads((out / "credit.json").read_text())
    assert (said["game"], said["seeds"]) == (RIDDLE, [3, 5])
    assert [row["reason"] for row in said["pairs"] if "reason" in row] == ["", "no", "no", "no"]
    for row in said["pairs"]:
        if "reason" not in row:
            runs = [Run.load(out / f"a-bit-{row['credit']}" / f"seed-{seed}") for seed in (3, 5)]
            assert {run.settings.credit for run in runs} == {row["credit"]}
            assert row["normalized_return_by_seed"] == {
                str(run.settings.seed): run.result["normalized_return"] for run in runs
            }
            low, high = sorted(run.result["cpu_seconds"] / 2 for run in runs)
            assert low <= row["cpu_seconds_per_update"] <= high
    assert (out / "credit.svg").read_text().count("<svg") == 1

    ended = [out / f"a-bit-blocked/seed-{seed}/checkpoints/2/learner.safetensors" for seed in (3, 5)]
    before = [path.stat().st_mtime_ns for path in ended]
    (out / "credit.json").unlink()
    shutil.rmtree(out / "a-bit-synthetic")
    with pytest.raises(ValueError, match=r"keep its settings and seeds; received 'a-bit-blocked of 2 updates"):
        study_credit(RIDDLE, [3, 5], out, 3)
    heard = []
    found = study_credit(RIDDLE, [3, 5], out, 2, callback=lambda pair, seed, result: heard.append((pair.name, seed)))
    assert ("a-bit-synthetic", 3) in heard
    assert [path.stat().st_mtime_ns for path in ended] == before
    assert found[1]["normalized_return_by_seed"] == said["pairs"][1]["normalized_return_by_seed"]


def test_a_study_that_is_stopped_says_how_to_go_on_and_keeps_what_there_is(tmp_path, tiny, monkeypatch):
    real = module_of_study._pair_result

    def learned(pair, *rest):
        if pair.name == "b-through":
            raise Stopped(15, tmp_path / "c" / pair.name)
        return real(pair, *rest)

    monkeypatch.setattr(module_of_study, "_pair_result", learned)
    again = f"and saved. Continue with: the same interlect credit command, --out {tmp_path / 'c'}"
    with pytest.raises(Stopped, match=re.escape(again)):
        study_credit(RIDDLE, [3], tmp_path / "c", 2)
    kept = json.loads((tmp_path / "c" / "credit.json").read_text())["pairs"]
    assert [(row["carrier"], row["credit"]) for row in kept] == [("a bit", c) for c in get_args(Credit)]


def test_the_picture_and_the_table_show_each_pair_in_its_place():
    normalized_return = {"mean": 0.25, "minimum": 0.125, "maximum": 0.5}
    found = [
        {
            "carrier": "one",
            "credit": "synthetic",
            "normalized_return": normalized_return,
            "cpu_seconds_per_update": 0.0425,
        },
        {
            "carrier": "two",
            "credit": "blocked",
            "normalized_return": normalized_return | {"mean": 1.0},
            "cpu_seconds_per_update": 0.01,
        },
        {"carrier": "two", "credit": "through", "reason": "for a reason"},
    ]
    scores, costs = plot(found).axes
    shown = {
        axes.get_title(): {text.get_position(): text.get_text() for text in axes.texts if text.get_text() != "–"}
        for axes in (scores, costs)
    }
    columns = {credit: place for place, credit in enumerate(get_args(Credit))}
    one, two = (columns["synthetic"], 0), (columns["blocked"], 1)
    assert shown == {
        "normalized return (oracle = 1)": {one: "0.250", two: "1.000"},
        "CPU milliseconds per update": {one: "42.5", two: "10.0"},
    }
    rows = list(zip(*(column.cells for column in table(found).columns), strict=True))
    assert rows[0] == ("one", "synthetic", "0.2500", "0.1250", "0.5000", "42.5")
    assert rows[2] == ("two", "through", "–", "–", "–", "–")


def test_bad_requests(tmp_path, capsys):
    assert main(["credit", "digits_v0", "--out", str(tmp_path / "c")]) == 1
    assert "game must be one of 'switch_riddle_v0', 'relay_v0'; received 'digits_v0'" in capsys.readouterr().out
    assert main(["credit", RIDDLE, "--updates", "0", "--out", str(tmp_path / "c")]) == 1
    assert "updates must be an integer, at least 1; received 0" in capsys.readouterr().out
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("")
    assert main(["credit", RIDDLE, "--out", str(tmp_path / "full")]) == 1
    assert "empty or new folder" in capsys.readouterr().out
    assert not (tmp_path / "c").exists()
