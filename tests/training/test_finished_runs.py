"""Finished runs are only read: no process is started for them, and no team is loaded."""

from dataclasses import replace

import pytest
from interlect.protocols.common.files import write_json
from interlect.training import Dial, train
from interlect.training.command_line.main import main
from interlect.training.experiments.credit import pairs as pairs_of_credit
from interlect.training.experiments.credit.pairs import CarrierSpec, pairs
from interlect.training.experiments.credit.study import study_credit
from interlect.training.run_folders import checkpoints, run_folder
from interlect.training.runs import workers
from interlect.training.runs.seeds import train_seeds

GAME = "switch_riddle_v0"
SETTINGS = Dial(GAME, agents=2, updates=2, batch=2, width=4)


@pytest.fixture
def nothing_starts(monkeypatch):
    def forbid(*arguments, **named):
        raise AssertionError("a finished run was trained or loaded")

    def apply():
        monkeypatch.setattr(workers._Worker, "__init__", forbid)
        monkeypatch.setattr(checkpoints, "load_team", forbid)
        monkeypatch.setattr(run_folder, "load_team", forbid)

    return apply


def finished_seeds(settings, seeds, out):
    out.mkdir(parents=True)
    write_json(out / "seeds.json", {"seeds": seeds, "settings": settings.to_json()})
    for seed in seeds:
        train(replace(settings, seed=seed), out / f"seed-{seed}")


def test_finished_seeds_are_only_read(tmp_path, capsys, nothing_starts):
    finished_seeds(SETTINGS, [3, 5], tmp_path / "runs")
    nothing_starts()
    assert main(["resume", str(tmp_path / "runs")]) == 0
    said = capsys.readouterr().out
    assert "over 2 seeds" in said
    assert "seed 3: normalized return" in said
    assert (tmp_path / "runs" / "aggregate.json").is_file()


def test_finished_pairs_of_a_study_are_only_read(tmp_path, monkeypatch, nothing_starts):
    options = {"agents": 2, "batch": 2, "width": 4}
    monkeypatch.setitem(pairs_of_credit.CARRIERS, GAME, (CarrierSpec("bit", "dial", options),))
    for pair in pairs(GAME, 2):
        finished_seeds(pair.settings, [3, 5], tmp_path / "study" / pair.name)
    nothing_starts()
    heard = []
    found = study_credit(GAME, [3, 5], tmp_path / "study", 2, callback=lambda *end: heard.append(end))
    assert [(pair.credit, seed) for pair, seed, _ in heard] == [(p["credit"], s) for p in found for s in (3, 5)]
    assert len(heard) == 6
    with pytest.raises(AssertionError, match="a finished run"):
        train_seeds(SETTINGS, [0], tmp_path / "others")
