"""What came of signaling: a run's accuracies and its code are those of the game as it is played."""

import json

import numpy as np
import pytest
from interlect.envs.core.play import play
from interlect.envs.core.registry import make_core
from interlect.envs.referential.rules import SENDER
from interlect.training import Dial, SenderReceiver, train
from interlect.training.command_line.commands import show_study
from interlect.training.experiments.referential_study import main, study
from interlect.training.reports.compositionality import sender_code
from interlect.training.runs.seeds import train_seeds

SMALL = {"game": "referential_v0", "updates": 3, "batch": 32, "width": 12, "values": 4, "vocabulary": 5}
TELL_APART = {"task": "discriminate", "candidates": 3}


@pytest.mark.parametrize("changes", [{}, {"network": "gru"}, {"end": True, "length": 3}, TELL_APART])
def test_a_code_is_what_is_said_in_play(changes, tmp_path):
    run = train(SenderReceiver(**SMALL | {"holdout_share": 0.4} | changes), tmp_path / "run")
    meanings, messages = sender_code(run.settings, run.team)
    core = make_core(run.settings.game, lanes=200, seed=0, **run.settings.training_options())
    transcript = play(core, run.team, run.team.channel)
    said = run.team.channel.carrier.element(transcript.sent[0, :, SENDER])
    names = core.objects.names
    for shown, message in zip(zip(*(transcript.facts[name][0] for name in names), strict=True), said, strict=True):
        (row,) = (meanings == shown).all(axis=1).nonzero()[0]
        assert messages[row].tolist() == message.tolist()


def test_accuracies_are_those_of_both_splits(tmp_path):
    run = train(SenderReceiver(**SMALL), tmp_path / "run")
    found = study(run)
    assert found["held_out"] == run.result["return_mean"]
    whole = train(SenderReceiver(**SMALL | {"holdout_share": 0.0}), tmp_path / "whole")
    assert study(whole)["train"] == study(whole)["held_out"] == whole.result["return_mean"]
    assert -1 <= found["topsim"] <= 1
    assert {0 <= found[name] <= 1 for name in ("train", "posdis", "bosdis")} == {True}


def test_a_run_says_what_was_held_out_and_how_compositional_its_code_is(tmp_path, capsys):
    run = train(SenderReceiver(**SMALL | {"length": 3, "evaluate_every": 3}), tmp_path / "run")
    assert run.result["how"] == "exact: all 2 equally likely episodes, with split=held_out"
    show_study(run.path)
    printed = capsys.readouterr().out
    assert "Based on all 2 equally likely episodes, with split=held_out." in printed
    kept, page = (run.path / "study.json").read_text(), (run.path / "report.html").read_text()
    measured = json.loads(kept)["metrics"]["compositionality"]
    assert measured == {name: value for name, value in json.loads(json.dumps(study(run))).items() if name in measured}
    assert np.shape(measured["positions"]) == (3, 2)
    for told in (printed, page):
        assert f"topsim {measured['topsim']:.4f}, posdis {measured['posdis']:.4f}" in " ".join(told.split())
        assert all(f"{value:.4f}" in told for row in measured["positions"] for value in row)
    assert "split=held_out" in page


def test_nothing_is_said_to_be_held_out_where_all_was_trained_on(tmp_path):
    run = train(SenderReceiver(**SMALL | {"holdout_share": 0.0}), tmp_path / "run")
    assert run.result["how"] == "exact: all 16 equally likely episodes"


def test_a_table_of_seeds(tmp_path, capsys):
    settings = SenderReceiver("referential_v0", updates=3, batch=32, width=12, task="discriminate", objects="digits")
    train_seeds(settings, [0, 1], tmp_path / "runs")
    main(tmp_path / "runs")
    printed = capsys.readouterr().out
    assert [name in printed for name in ("seed-0", "seed-1", "mean", "standard deviation")] == [True] * 4
    assert (tmp_path / "runs" / "study.json").is_file()
    with pytest.raises(ValueError, match=r"several seeds must contain seeds\.json.*`interlect train --seeds`"):
        main(tmp_path)
    with pytest.raises(ValueError, match="runs of sender_receiver; received 'dial'"):
        study(train(Dial("switch_riddle_v0", updates=1), tmp_path / "dial"))


@pytest.mark.slow
@pytest.mark.parametrize("network", ["mlp", "gru"])
def test_objects_are_told(network, tmp_path):
    settings = SenderReceiver("referential_v0", network=network, length=3, width=256, updates=300, seed=20)
    found = study(train(settings, tmp_path / "run"))
    assert found["train"] >= 0.98
    if network == "mlp":
        assert found["held_out"] >= 0.5


@pytest.mark.slow
def test_objects_are_told_by_reinforce(tmp_path):
    rate = {"learning_rate": 3e-3, "updates": 900}
    settings = SenderReceiver("referential_v0", carrier="sampled", length=3, width=256, seed=20, **rate)
    found = study(train(settings, tmp_path / "run"))
    assert found["train"] >= 0.98


@pytest.mark.slow
def test_pictures_are_told(tmp_path):
    settings = SenderReceiver(
        "referential_v0", task="discriminate", objects="digits", length=1, width=256, updates=300, seed=20
    )
    assert train(settings, tmp_path / "run").result["normalized_return"] >= 0.93
