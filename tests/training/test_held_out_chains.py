"""Chains of training and chains held out: the two are apart, and each team's value is that of its evaluation."""

import numpy as np
import pytest
from interlect.envs.relay import public_chains
from interlect.training import ValueRegression
from interlect.training.experiments.held_out_chains import HELD_OUT, TRAINING, WORST, evaluate_held_out_chains, main
from interlect.training.runs.seeds import train_seeds

TINY = {"agents": 3, "longest": 3, "updates": 1, "batch": 4, "width": 8}


def test_values_are_those_of_the_evaluation_and_no_chain_is_on_both_sides(tmp_path, capsys):
    settings = ValueRegression("relay_v0", chains="most", **TINY)
    summary = train_seeds(settings, [0, 1], tmp_path)
    found = evaluate_held_out_chains(tmp_path)
    for seed, normalized_return in summary["normalized_return_by_seed"].items():
        worth = found[f"seed {seed}"]
        assert worth[HELD_OUT] == pytest.approx(normalized_return)
        assert worth[WORST] <= worth[HELD_OUT]
    assert found["vision"].keys() == {TRAINING, HELD_OUT}
    learned, held_out = (each()["chains"] for each in (settings.training_options, settings.options))
    assert sorted(np.concatenate([learned, held_out]).tolist()) == sorted(public_chains(3, 3).tolist())
    main(tmp_path)
    assert "worst held-out chain" in capsys.readouterr().out


def test_all_chains_seen_leaves_nothing_to_compare(tmp_path):
    with pytest.raises(ValueError, match="Pass the --out"):
        evaluate_held_out_chains(tmp_path)
    train_seeds(ValueRegression("relay_v0", **TINY), [0], tmp_path)
    with pytest.raises(ValueError, match=r"Use chains=.most. in training"):
        evaluate_held_out_chains(tmp_path)
