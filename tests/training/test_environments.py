"""Registered PettingZoo environments are trained on and evaluated as games are, without reference returns."""

from dataclasses import replace
from functools import partial
from inspect import unwrap
from typing import Any

import numpy as np
import pytest
from interlect.envs import GAMES, evaluate, game, make_core, play, register_environment, switch_riddle_v0
from interlect.envs.core import registry
from interlect.envs.wrapping import registration
from interlect.protocols import Symbols
from interlect.training import PPO, Dial, Rial, Run, evaluate_team, resume, train
from interlect.training.recipes.table import make_learner
from interlect.training.reports.studied_run import StudiedRun
from interlect.training.runs.aggregate import aggregate
from mpe2 import simple_speaker_listener_v4
from small_envs import Walks

LISTENS = np.array([[False, False], [True, False]])
TINY: dict[str, Any] = {"agents": 2, "updates": 4, "batch": 3, "width": 8, "evaluate_every": 4, "checkpoint_every": 2}
RECIPES = [
    PPO("guide", **TINY, critic="central", reward_scale=0.1),
    PPO("guide", **TINY, shared=False),
    Rial("guide", **TINY),
    Dial("guide", **TINY, shared=False),
]


class Counted:
    """Makes environments, and counts them."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> Any:
        self.count += 1
        return simple_speaker_listener_v4.parallel_env(max_cycles=4)


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> Counted:
    monkeypatch.setattr("interlect.envs.core.registry.GAMES", dict(GAMES))
    monkeypatch.setattr(registration, "EPISODES", 20)
    monkeypatch.setattr(registration, "LANES", 8)
    made = Counted()
    register_environment("guide", made, topology=LISTENS)
    return made


@pytest.mark.parametrize("settings", RECIPES, ids=lambda settings: f"{settings.recipe} {settings.shared}")
def test_learners_take_it_and_results_are_raw_returns(settings: Any, tmp_path: Any) -> None:
    run = train(settings, tmp_path / "run")
    found = run.result
    assert (found["normalized_return"], found["communication_gain"], found["oracle"], found["no_communication"]) == (
        None,
    ) * 4
    assert found["communication_gain_reason"] == "the optimum of this game is unknown"
    assert found["how"] == "mean of 20 episodes of seed 0"
    assert run.metrics[-1]["return_mean"] == found["return_mean"] < 0
    assert found["environment_steps"] == 4 * 3 * 4
    again = evaluate_team(run.settings, Run.load(run.path).team)
    assert again["return_mean"] == found["return_mean"]


def test_a_stopped_run_resumes_exactly(tmp_path: Any) -> None:
    settings = RECIPES[0]
    whole = train(settings, tmp_path / "whole")

    def stop(updates: int, row: dict[str, Any]) -> None:
        if updates == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(settings, tmp_path / "cut", stop)
    assert resume(tmp_path / "cut").result["return_mean"] == whole.result["return_mean"]


def test_seeds_have_a_spread_of_returns_and_none_of_scores(tmp_path: Any) -> None:
    runs = [train(replace(RECIPES[0], seed=seed), tmp_path / f"{seed}") for seed in (3, 4)]
    found = aggregate([run.result for run in runs])
    returns = [run.result["return_mean"] for run in runs]
    assert (found["normalized_return"], found["normalized_return_by_seed"]) == (None, {"3": None, "4": None})
    assert found["return_mean"]["mean"] == pytest.approx(np.mean(returns))
    assert (found["return_mean"]["minimum"], found["return_mean"]["maximum"]) == (min(returns), max(returns))


def test_evaluation_makes_few_copies_and_plays_each_episode_once(made: Counted) -> None:
    team, before = make_learner(RECIPES[0]).team(), made.count
    found = evaluate(game("guide"), 2, team, team.channel, episodes=20, seed=5)
    assert made.count - before == 8
    core = make_core("guide", lanes=8, seed=5)
    played = np.concatenate([play(core, team, team.channel).returns.mean(axis=1) for _ in range(3)])[:20]
    assert found.return_mean == pytest.approx(played.mean())
    assert len(set(played.tolist())) == 20


def test_a_study_plays_a_quarter_of_the_episodes_of_an_evaluation(made: Counted) -> None:
    studied = StudiedRun.play(RECIPES[0], make_learner(RECIPES[0]).team())
    assert studied.transcript.live.shape[1] == 5
    assert made.count <= 16
    assert {found["evaluation_episodes"] for found in studied.interventions.values()} == {5}


def test_rewards_are_scaled_for_the_learner_alone() -> None:
    plain, scaled = (
        replace(PPO("guide", **TINY), reward_scale=scale, max_grad_norm=0.0, epochs=1) for scale in (1.0, 0.0)
    )
    losses = [make_learner(settings).update() for settings in (plain, scaled)]
    assert abs(losses[1]) < 0.5 < losses[0]


def test_a_name_is_given_once_and_what_learners_cannot_take_is_not_registered() -> None:
    with pytest.raises(ValueError, match="of a game must be unique; received 'guide'"):
        register_environment("guide", partial(Walks, (3, 3)), horizon=3)
    with pytest.raises(ValueError, match="horizon must be an integer"):
        register_environment("walks", partial(Walks, (3, 3)))
    own: Any = switch_riddle_v0.parallel_env
    for name, make, says in (
        (
            "walks",
            Walks((3, 3)),
            "make_env must be a function that returns a new environment; received .*Pass a function that returns",
        ),
        ("walks", own, r"games of this package cannot be registered again; received 'switch_riddle_v0'. Pass the name"),
        (3, partial(Walks, (3, 3)), "The name of a game must be a non-empty string; received 3"),
        ("", partial(Walks, (3, 3)), "The name of a game must be a non-empty string; received ''"),
    ):
        with pytest.raises(ValueError, match=says):
            unwrap(register_environment)(name, make, horizon=3)
    assert "walks" not in registry.GAMES
    with pytest.raises(ValueError, match="must have the name of a reference return; received 'oracle'"):
        game("guide").reference_player("oracle", make_core("guide"), Symbols())
