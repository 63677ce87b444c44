"""The scorecard of stacked painters: every row, exact claims, and levels of other runs."""

import json
from dataclasses import replace

import pytest
from interlect.training import SGAN, train
from interlect.training.adaptation.relearn import fingerprint
from interlect.training.adversarial.gan import GAN
from interlect.training.adversarial.gap import GAP
from interlect.training.adversarial.settings import AdversarialSettings
from interlect.training.adversarial.stackgan import StackGAN
from interlect.training.command_line.main import main
from interlect.training.recipes.table import make_learner
from interlect.training.scorecard import painted
from interlect.training.scorecard.scorecards import scorecard_rows
from interlect.training.scorecard.supported_runs import check_scorecard, run_scorecard

SMALL = SGAN("forgery_v0", updates=2, batch=8, encoder_updates=5, encoder_seed=0)


@pytest.fixture(autouse=True)
def _few_pictures(monkeypatch):
    monkeypatch.setattr(painted, "MEASURED", 200)
    monkeypatch.setattr(painted, "STUDENT_UPDATES", 1)


def test_a_painter_goes_through_the_operators(tmp_path) -> None:
    runs = [train(replace(SMALL, seed=seed), tmp_path / f"{seed}").path for seed in (0, 1)]
    rows = scorecard_rows(runs[0], runs[1], 2)
    assert [row.operator for row in rows] == [
        *("split", "substitute", "substitute", "augment", "port", "substitute", "reorder"),
        *["exclude"] * 3,
    ]
    for row in rows:
        assert row.details.keys() >= set(painted.DETAILS)
        if row.claim.startswith("exact"):
            assert row.zero_shot == pytest.approx(row.before, abs=1e-6)
    assert [row.claim.split(":")[0] for row in rows].count("exact") == 3
    learned = [row for row in rows if row.relearned is not None]
    assert [row.what for row in learned] == [
        "the picture level behind an affine feature level",
        "the picture level of another run",
    ]
    assert [row.touched for row in learned] == [(10 + 40 + 1) * 32, 32 * 32]
    assert all(0 < row.share <= 0.05 and row.never_trained is not None for row in learned)
    assert list(rows[-1].lesions) == ["without feature noise", "without picture noise", "without feature generator"]
    without = scorecard_rows(runs[0], None, 2)
    assert [row.what for row in without] == [row.what for row in rows if row is not learned[1]]


def test_rows_leave_the_team_as_it_was() -> None:
    team = make_learner(SMALL).team()
    before = fingerprint(team)
    run_scorecard(SMALL, team, make_learner(replace(SMALL, seed=1)).team(), updates=1).rows()
    assert fingerprint(team) == before


def test_the_command_writes_rows_of_several_seeds(tmp_path, capsys) -> None:
    small = [
        "--updates",
        "2",
        "--batch",
        "8",
        "--encoder-updates",
        "2",
        "--seeds",
        "0-1",
        "--out",
        str(tmp_path / "run"),
    ]
    assert main(["train", "sgan", "forgery_v0", *small]) == 0
    assert main(["operators", str(tmp_path / "run"), "--updates", "1"]) == 0
    (side,) = json.loads((tmp_path / "run" / "operators.json").read_text()).values()
    assert "support vector classifier" in side["evaluation"]
    assert len(side["rows"]) == 10
    assert "the picture level of another run" in (tmp_path / "run" / "operators.html").read_text()


def test_levels_with_unequal_noise_do_not_exchange_it() -> None:
    settings = replace(SMALL, feature_noise=16)
    rows = run_scorecard(settings, make_learner(settings).team(), updates=0).rows()
    assert "reorder" not in [row.operator for row in rows]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"width": 16}, r"at most 5% of an agent's parameters; received"),
        ({"data": "ring"}, r"needs pictures of digits, .*; received 'ring'\. Use data"),
        ({"silent": True}, "need agents that receive messages"),
    ],
)
def test_other_runs_have_no_scorecard(changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_scorecard(replace(SMALL, **changes))


@pytest.mark.parametrize("settings", [GAN("forgery_v0", data="digits"), GAP("forgery_v0"), StackGAN("forgery_v0")])
def test_other_recipes_have_no_scorecard(settings: AdversarialSettings) -> None:
    message = (
        f"The scorecard of forgery_v0 needs agents trained by sgan; received '{settings.recipe}'. Train with sgan, or "
        "use the operators one by one in Python."
    )
    with pytest.raises(ValueError, match=f"^{message}$"):
        check_scorecard(settings)
