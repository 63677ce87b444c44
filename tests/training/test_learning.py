"""Learning on the real games: regression checks over a few seeds. Headline figures are in docs/results."""

import pytest
from interlect.envs.core.registry import game
from interlect.training import Dial, Rial, evaluate_team, train
from interlect.training.learners.dial import Optimizer

pytestmark = pytest.mark.slow
GAME = "switch_riddle_v0"
NO_COMMUNICATION = 390 / 540


@pytest.mark.parametrize("seed", [20, 21, 22])
def test_dial_solves_the_riddle_of_three(tmp_path, seed):
    run = train(Dial(GAME, seed=seed, updates=1000, evaluate_every=1000), tmp_path / "run")
    assert run.result["normalized_return"] >= 0.99
    assert run.result["how"].startswith("exact")
    shuffled = evaluate_team(run.settings, run.team, "shuffled")["normalized_return"]
    assert shuffled <= run.result["normalized_return"] - 0.10
    silent = evaluate_team(run.settings, run.team, "silent")["normalized_return"]
    assert silent <= NO_COMMUNICATION + 1e-9


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.exhaustive)])
def test_rial_solves_the_riddle_of_three(tmp_path, seed):
    run = train(Rial(GAME, seed=seed, updates=5000, evaluate_every=1000), tmp_path / "run")
    assert run.result["normalized_return"] >= 0.97


@pytest.mark.parametrize("recipe", [Dial, Rial])
@pytest.mark.parametrize("shared", [True, False])
def test_silent_teams_do_not_exceed_the_no_communication_optimum(tmp_path, recipe, shared):
    settings = recipe(GAME, seed=20, updates=400, silent=True, shared=shared, evaluate_every=100)
    run = train(settings, tmp_path / "run")
    assert run.result["normalized_return"] <= NO_COMMUNICATION + 1e-9
    assert all(row["normalized_return"] <= NO_COMMUNICATION + 1e-9 for row in run.metrics)


VISION_GAMES = {
    "color_digit_v0": {"updates": 1500},
    "multistep_digit_v0": {"updates": 6000, "sigma": 0.5, "final_sigma": 4.0, "positive_signaling_weight": 0.1},
}


@pytest.mark.parametrize("name", ["color_digit_v0", pytest.param("multistep_digit_v0", marks=pytest.mark.exhaustive)])
def test_dial_communicates_what_it_observes(tmp_path, name):
    settings = Dial(name, seed=20, batch=128, optimizer=Optimizer(learning_rate=1e-3), **VISION_GAMES[name])
    run = train(settings, tmp_path / "run")
    vision = game(name, **settings.options()).reference_returns(2)["vision"].value
    assert run.result["return_mean"] >= 0.9 * vision
    assert run.result["how"].startswith("exact")
    silent = evaluate_team(settings, run.team, "silent")
    assert silent["communication_gain"] <= 1e-9
