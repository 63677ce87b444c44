"""Recipes of third parties: two named networks with two optimizers, and settings that no run could read back."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from interlect.agents import Agent, Team, cnet
from interlect.agents.saving import load_tensors
from interlect.envs import make_core
from interlect.protocols import Channel, Symbols
from interlect.training import Dial, GameSettings, Learner, Run, make_learner, register_recipe, resume, train
from interlect.training.command_line.main import main
from interlect.training.learners.base import adam, preallocate_state
from interlect.training.learners.dial import DialLearner
from interlect.training.recipes import table
from interlect.training.rollouts.recurrent import unroll
from interlect.training.rollouts.returns import discounted
from interlect.training.runs.seeds import train_seeds
from torch import nn

GAME = "switch_riddle_v0"
SMALL: dict[str, Any] = {"updates": 7, "batch": 8, "width": 8, "evaluate_every": 3, "checkpoint_every": 2}


@dataclass(frozen=True)
class Reinforce(GameSettings):
    """REINFORCE with a learned baseline.

    Attributes:
        learning_rate: Learning rate of the policy.
        baseline_learning_rate: Learning rate of the baseline.
    """

    recipe: ClassVar[str] = "reinforce"
    about: ClassVar[str] = "REINFORCE with a learned baseline"

    learning_rate: float = 1e-2
    baseline_learning_rate: float = 1e-1


class ReinforceLearner(Learner[Reinforce]):
    """A policy trained by Adam, and a baseline per observation trained by RMSProp."""

    def __init__(self, settings: Reinforce, start: Team | None = None) -> None:
        options = settings.training_options()
        core = make_core(settings.game, settings.agents, settings.batch, settings.seed, **options)
        self.channel = Channel(Symbols())
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            shape = core.agents, core.message_slots, core.actions, 2, self.channel.carrier, False, settings.width
            self.policy = Agent(cnet(*shape)) if start is None else start.agents[0].clone()
            self.baseline = nn.Embedding(2, 1)
        rmsprop = torch.optim.RMSprop(self.baseline.parameters(), lr=settings.baseline_learning_rate)
        preallocate_state(rmsprop, "square_avg")
        networks = {"policy": self.policy, "baseline": self.baseline}
        optimizers = {"policy": adam(self.policy.parameters(), settings.learning_rate), "baseline": rmsprop}
        super().__init__(settings, core, networks, optimizers)

    def update(self) -> float:
        settings, rng = self.settings, np.random.default_rng([self.settings.seed, self.updates])
        device = torch.device("cpu")
        episode = unroll(self.policy, self.core, self.channel, None, False, settings.silent, rng, device)
        returns = discounted(episode.reward * episode.live, 1.0)
        expected = self.baseline(torch.stack([inputs[0] for inputs in episode.inputs])).squeeze(-1)
        log_probability = episode.act.masked_fill(~episode.legal, -torch.inf).log_softmax(-1)
        chosen = log_probability.gather(-1, episode.action.unsqueeze(-1)).squeeze(-1)
        loss = -((returns - expected.detach()) * chosen * episode.live).mean()
        error = ((returns - expected) ** 2 * episode.live).mean()
        value = self.step(loss, settings.learning_rate, network="policy")
        self.step(error, settings.baseline_learning_rate, network="baseline")
        self.count(int(episode.live.sum()) // self.core.agents)
        return value

    def team(self) -> Team:
        return Team([self.policy.clone().eval()], self.channel)


@dataclass(frozen=True)
class Renamed(Dial):
    """Settings of DIAL that no recipe is registered with."""

    width: int = 16


@dataclass(frozen=True)
class Listed(Dial):
    """Settings of DIAL with a value of any type."""

    recipe: ClassVar[str] = "listed"
    about: ClassVar[str] = "DIAL with a value of any type"
    value: Any = field(default=None)


@pytest.fixture(autouse=True)
def recipes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "RECIPES", dict(table.RECIPES))
    register_recipe(Reinforce, ReinforceLearner)
    register_recipe(Listed, DialLearner)


def tensors(path: Any) -> dict[str, torch.Tensor]:
    return load_tensors(path / "checkpoints" / "7" / "learner.safetensors")


def parameters(team: Team) -> list[torch.Tensor]:
    return [parameter for agent in team.agents for parameter in agent.parameters()]


def test_a_stopped_run_of_two_networks_resumes_exactly_and_is_read_back(tmp_path: Any) -> None:
    settings = Reinforce(GAME, **SMALL)
    whole = train(settings, tmp_path / "whole")

    def stop(updates: int, row: dict[str, Any]) -> None:
        if updates == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(settings, tmp_path / "cut", stop)
    torch.rand(5)
    resume(tmp_path / "cut")
    one, two = tensors(tmp_path / "whole"), tensors(tmp_path / "cut")
    assert one.keys() == two.keys()
    assert all(torch.equal(tensor, two[name]) for name, tensor in one.items())
    again = Run.load(tmp_path / "cut")
    assert again.settings == settings
    assert again.result["return_mean"] == whole.result["return_mean"]
    assert all(torch.equal(*pair) for pair in zip(parameters(whole.team), parameters(again.team), strict=True))


def test_a_checkpoint_holds_both_networks_and_both_optimizers_and_both_learned(tmp_path: Any) -> None:
    settings = Reinforce(GAME, **SMALL)
    learner = make_learner(settings)
    found, before = tensors(train(settings, tmp_path / "run").path), learner.tensors()
    assert found.keys() == before.keys()
    names = {"optimizer.policy.0.exp_avg", "optimizer.baseline.0.square_avg", "baseline.weight"}
    assert names <= found.keys()
    assert not any(name.startswith("optimizer.policy.0.square") for name in found)
    assert all(not torch.equal(found[name], before[name]) for name in names)
    moved = [name for name in found if name.startswith("policy.") and not torch.equal(found[name], before[name])]
    assert moved
    assert all(found[f"optimizer.{name}.0.step"] == 7 for name in ("policy", "baseline"))


def test_each_optimizer_has_the_parameters_of_its_network() -> None:
    learner = make_learner(Reinforce(GAME, **SMALL))
    assert [tuple(p.shape) for p in learner.parameters("baseline")] == [(2, 1)]
    for name, optimizer in learner.optimizers.items():
        (group,) = optimizer.param_groups
        assert [id(p) for p in group["params"]] == [id(p) for p in learner.parameters(name)]


def test_the_command_line_trains_it(tmp_path: Any) -> None:
    words = [f"--{name.replace('_', '-')}={value}" for name, value in SMALL.items()]
    assert main(["train", "reinforce", GAME, *words, "--out", str(tmp_path / "run")]) == 0
    assert Run.load(tmp_path / "run").settings == Reinforce(GAME, **SMALL)


def test_settings_that_are_not_registered_are_refused_before_anything_is_written(tmp_path: Any) -> None:
    words = r"must be those of a registered recipe; received 'Renamed'\. Call register_recipe\(YourSettings"
    with pytest.raises(ValueError, match=words):
        train(Renamed(GAME, updates=2, batch=4), tmp_path / "run")
    assert not list(tmp_path.iterdir())


def test_several_seeds_refuse_such_settings_too(tmp_path: Any) -> None:
    with pytest.raises(ValueError, match="must be those of a registered recipe; received 'Renamed'"):
        train_seeds(Renamed(GAME, updates=2, batch=4), [0], tmp_path / "runs")
    assert not list(tmp_path.iterdir())


NOT_KEPT = [
    pytest.param((1, 2), id="tuple"),
    pytest.param({1: 2}, id="integer key"),
    pytest.param({1, 2}, id="set"),
    pytest.param(float("nan"), id="nan"),
    pytest.param(object(), id="object"),
    pytest.param(np.zeros(2), id="array"),
    pytest.param(Dial, id="class"),
]


@pytest.mark.parametrize("value", NOT_KEPT)
def test_settings_that_json_cannot_keep_are_refused_before_the_first_update(tmp_path: Any, value: Any) -> None:
    updates: list[int] = []
    with pytest.raises(ValueError, match=r"received .* Pass "):
        train(Listed(GAME, **SMALL, value=value), tmp_path / "run", lambda number, row: updates.append(number))
    assert updates == []
    assert not (tmp_path / "run").exists()


def test_settings_that_json_keeps_are_accepted(tmp_path: Any) -> None:
    settings = Listed(GAME, **SMALL, value=[1, "two", None, {"three": 3.5}])
    assert Run.load(train(settings, tmp_path / "run").path).settings == settings
