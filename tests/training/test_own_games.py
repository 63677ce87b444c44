"""A game of another author: once it is registered, learners, evaluation and run folders take it."""

import pytest
from interlect.envs import GAMES, Bar, Entry, Game, make_core, register_game
from interlect.envs.switch_riddle.bars import GAME
from interlect.envs.switch_riddle.rules import SwitchRiddle
from interlect.training import Dial, Rial, Run, evaluate_team, train
from interlect.training.cli import main
from interlect.training.reading import study_run

TINY = {"updates": 3, "batch": 4, "width": 8}


class Mine(SwitchRiddle):
    role = "guest"


@pytest.fixture
def registered(monkeypatch):
    monkeypatch.setattr("interlect.envs.registry.GAMES", dict(GAMES))

    def bars(agents: int) -> dict[str, Bar]:
        return {"oracle": Bar("oracle", 20 / 27, "exact", "as the riddle")}

    mine = Entry("the riddle again", core=Mine, game=lambda: Game("mine_v0", Mine, bars, GAME.player))
    register_game("mine_v0", mine)
    return mine


@pytest.mark.parametrize("recipe", [Dial, Rial])
def test_a_registered_game_is_trained_on_and_evaluated(registered, tmp_path, recipe):
    run = train(recipe("mine_v0", **TINY), tmp_path / "run")
    assert run.result["how"].startswith("paired")
    assert run.result["communication"] is None
    assert evaluate_team(run.settings, Run.load(run.path).team, "silent")["score"] is not None
    assert make_core("mine_v0", agents=3).possible_agents[0] == "guest_0"


def test_a_game_without_knowledge_is_not_studied(registered, tmp_path):
    run = train(Dial("mine_v0", **TINY), tmp_path / "run")
    with pytest.raises(ValueError, match="takes the game's knowledge; received 'mine_v0 without one'"):
        study_run(run.path)
    assert main(["study", str(run.path)]) == 1


def test_a_name_is_given_once(registered):
    register_game("mine_v0", registered)
    with pytest.raises(ValueError, match="name of its own; received 'switch_riddle_v0'"):
        register_game("switch_riddle_v0", registered)


def test_a_game_whose_observations_are_no_whole_numbers(tmp_path):
    with pytest.raises(ValueError, match=r"dial runs on games whose observations are Discrete, as switch_riddle_v0"):
        train(Dial("relay_v0", **TINY), tmp_path / "run")
    assert not (tmp_path / "run").exists()
