"""Formation counts what it says it counts."""

import pytest
from interlect.training import Dial
from interlect.training.experiments.formation import count_languages
from interlect.training.run_folders.locking import LOCK
from interlect.training.runs.aggregate import aggregate
from interlect.training.runs.seeds import train_seeds


def test_runs_of_several_seeds_are_counted(tmp_path):
    settings = Dial("switch_riddle_v0", updates=3, batch=2, width=8)
    summary = train_seeds(settings, [4, 5], tmp_path / "runs", workers=2)
    assert {path.name for path in (tmp_path / "runs").iterdir()} == {
        "seed-4",
        "seed-5",
        "seeds.json",
        "aggregate.json",
        LOCK,
    }
    assert summary["seeds"] == 2
    assert summary["normalized_return_by_seed"].keys() == {"4", "5"}
    counted = count_languages(tmp_path / "runs")
    assert counted["seeds"] == 2
    assert counted["optimal"] == 0
    assert counted["languages"] == 0


def test_the_spread_by_hand():
    same = {"game": "g", "agents": 3, "recipe": "r", "shared": True, "silent": False, "batch": 1, "updates": 1}
    same |= {"episodes": 1, "oracle": {}, "no_communication": None, "how": "h", "cpu_seconds": 2.0}
    scores = [0.0, 0.5, 0.7, 1.0]
    summary = aggregate(
        [
            same | {"seed": i, "normalized_return": normalized_return, "return_mean": 3 * normalized_return}
            for i, normalized_return in enumerate(scores)
        ]
    )
    normalized_return = summary["normalized_return"]
    assert normalized_return["mean"] == pytest.approx(0.55)
    assert normalized_return["median"] == pytest.approx(0.6)
    assert normalized_return["interquartile_mean"] == pytest.approx(0.6)
    assert (normalized_return["minimum"], normalized_return["maximum"]) == (0.0, 1.0)
    assert normalized_return["standard_deviation"] == pytest.approx(0.4203, abs=1e-4)
    assert summary["return_mean"]["mean"] == pytest.approx(3 * 0.55)


def test_no_runs_to_count(tmp_path):
    with pytest.raises(ValueError, match="interlect train --seeds"):
        count_languages(tmp_path)
