"""A third party's game: once registered, it is trained on, evaluated and saved like any other."""

from dataclasses import replace

import numpy as np
import pytest
from gymnasium import spaces
from interlect.envs import GAMES, Game, GameSpec, ReferenceReturn, make_core, register_game
from interlect.envs.core import registry
from interlect.envs.switch_riddle.reference_returns import GAME
from interlect.envs.switch_riddle.rules import SwitchRiddle
from interlect.training import Classification, Dial, Rial, Run, evaluate_team, train
from interlect.training.command_line.main import main
from interlect.training.recipes.table import make_learner
from interlect.training.reports.run_report import study_run

TINY = {"agents": 3, "updates": 3, "batch": 4, "width": 8}


class Mine(SwitchRiddle):
    role = "guest"


class Odd(SwitchRiddle):
    """The agent inside observes a one among zeros, in an array of ``shape``."""

    role = "guest"
    shape: tuple[int, ...] = (2, 2)

    def __init__(self, **options):
        super().__init__(**options)
        self.observation_space = spaces.Box(0, 1, self.shape)

    def _step(self, *arguments):
        step = super()._step(*arguments)
        picture = np.zeros((self.lanes, self.agents, *self.shape), dtype=np.float32)
        picture.reshape(self.lanes, self.agents, -1)[..., 1] = step.observation
        return replace(step, observation=picture)


class Seeing(Odd):
    shape = (3,)
    image_observations = True


@pytest.fixture
def registered(monkeypatch):
    monkeypatch.setattr("interlect.envs.core.registry.GAMES", dict(GAMES))

    def reference_returns(agents: int) -> dict[str, ReferenceReturn]:
        return {"oracle": ReferenceReturn("oracle", 20 / 27, "exact", "as the riddle")}

    mine = GameSpec(
        "the riddle again", core=Mine, game=lambda: Game("mine_v0", Mine, reference_returns, GAME.reference_player)
    )
    register_game("mine_v0", mine)
    return mine


@pytest.mark.parametrize("recipe", [Dial, Rial])
def test_a_registered_game_is_trained_on_and_evaluated(registered, tmp_path, recipe):
    run = train(recipe("mine_v0", **TINY), tmp_path / "run")
    assert run.result["how"].startswith("paired")
    assert run.result["communication_gain"] is None
    assert evaluate_team(run.settings, Run.load(run.path).team, "silent")["normalized_return"] is not None
    assert make_core("mine_v0", agents=3).possible_agents[0] == "guest_0"


def test_a_study_of_a_game_without_knowledge_has_no_tables_of_meanings(registered, tmp_path, capsys):
    run = train(Dial("mine_v0", **TINY), tmp_path / "run")
    found, page = study_run(run.path)
    assert found.study is None
    assert "interventions" in found.measured.values
    assert page.is_file()
    assert main(["study", str(run.path)]) == 0
    assert "does not define `knowledge`" in " ".join(capsys.readouterr().out.split())


def test_the_default_number_of_agents_is_that_of_the_game(registered, monkeypatch):
    assert (Dial("mine_v0").agents, Dial("mine_v0", agents=4).agents, Classification("digits_v0").agents) == (3, 4, 1)
    monkeypatch.setitem(registry.GAMES, "mine_v0", replace(registered, core=Odd))
    with pytest.raises(ValueError, match=r"needs agents=; received 'mine_v0 without agents='. Pass agents=N"):
        Dial("mine_v0")


def test_names_are_unique(registered):
    register_game("mine_v0", registered)
    with pytest.raises(ValueError, match="of a game must be unique; received 'switch_riddle_v0'"):
        register_game("switch_riddle_v0", registered)


def test_a_game_with_observations_that_no_agent_receives(registered, monkeypatch, tmp_path):
    monkeypatch.setitem(registry.GAMES, "mine_v0", replace(registered, core=Odd))
    with pytest.raises(ValueError, match="observations are Discrete from 0, or a flat float32 Box"):
        train(Dial("mine_v0", **TINY), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("shared", [True, False])
def test_picture_encoders_learn_running_statistics(registered, monkeypatch, shared):
    monkeypatch.setitem(registry.GAMES, "mine_v0", replace(registered, core=Seeing))
    learner = make_learner(Dial("mine_v0", shared=shared, **TINY))

    def means():
        return [
            agent.graph.modules["observation_encoder"].parts["0"].norm.running_mean for agent in learner.team().agents
        ]

    assert len(means()) == (1 if shared else 3)
    assert not any(mean.any() for mean in means())
    learner.update()
    assert all(mean[1] > 0 for mean in means())
