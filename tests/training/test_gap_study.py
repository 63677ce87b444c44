"""Comparison of pairs that swap partners with independent pairs: GAM-II, and which critics met which painters."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from interlect.training import GAN, train
from interlect.training.adversarial.gap import GAP, pairing
from interlect.training.command_line.main import main as interlect
from interlect.training.experiments.gap import MEAN, WORST, compare, main, met

TINY = GAP("forgery_v0", agents=4, updates=4, batch=16, width=8, layers=2, swap_every=0)


def test_painters_meet_the_critics_of_all_pairings_until_the_end() -> None:
    assert met(TINY).tolist() == np.eye(2).tolist()
    for updates, swap_every, swaps in ((4, 4, 1), (5, 4, 2), (9, 2, 5)):
        settings = replace(TINY, agents=8, updates=updates, swap_every=swap_every, seed=2)
        expected = np.zeros((4, 4), dtype=bool)
        for swap in range(swaps):
            for critic, painter in enumerate(pairing(2, swap, 4)):
                expected[painter, critic] = True
        assert met(settings).tolist() == expected.tolist()
    assert met(GAN("forgery_v0")).tolist() == [[True]]


def test_runs_are_compared_by_all_critics_that_they_did_not_meet(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    train(TINY, tmp_path / "one")
    train(replace(TINY, seed=1, swap_every=1), tmp_path / "two")
    train(GAN("forgery_v0", updates=2, batch=16, width=8, layers=2), tmp_path / "gan")
    folders = tuple(tmp_path / name for name in ("one", "two", "gan"))
    found = compare(folders)
    assert list(found) == [str(folder) for folder in folders]
    for rows in found.values():
        (row,) = rows
        assert 0 <= row[WORST] <= row[MEAN] <= 1
    assert "kl_divergence_per_painter" in found[str(folders[0])][0]
    assert "kl_divergence_per_painter" not in found[str(folders[2])][0]
    main(folders, tmp_path / "values.json")
    assert "gam worst" in capsys.readouterr().out
    assert (tmp_path / "values.json").is_file()


def test_folders_of_seeds_are_compared(tmp_path: Path) -> None:
    words = ["--updates", "2", "--batch", "4", "--width", "4", "--agents", "4", "--seeds", "0-1"]
    assert interlect(["train", "gap", "forgery_v0", *words, "--out", str(tmp_path / "seeds")]) == 0
    (rows,) = compare([tmp_path / "seeds"]).values()
    assert len(rows) == 2


def test_painters_of_copies_of_critics_have_their_errors(tmp_path: Path) -> None:
    """With a run and its copy, each painter is judged by the critics of both, except those that it met."""
    train(TINY, tmp_path / "one")
    train(TINY, tmp_path / "copy")
    one, copy = (rows[0] for rows in compare([tmp_path / "one", tmp_path / "copy"]).values())
    assert one == copy


def test_runs_that_cannot_be_compared_are_refused(tmp_path: Path) -> None:
    train(replace(TINY, swap_every=1, updates=12), tmp_path / "swapped")
    with pytest.raises(ValueError, match="Add critics of other runs"):
        compare([tmp_path / "swapped"])
    train(replace(TINY, data="grid"), tmp_path / "grid")
    with pytest.raises(ValueError, match="same options of the game"):
        compare([tmp_path / "swapped", tmp_path / "grid"])
