"""Pairs that swap partners: parity with separate GANs and with a loop over separate agents, and the pairing."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from interlect.agents import Agent
from interlect.agents.operators import reorder
from interlect.envs import make_core, play
from interlect.envs.core.core import Step
from interlect.envs.forgery.rules import Forgery
from interlect.training import Run, evaluate_team, resume, train
from interlect.training.adversarial.gan import GAN, GANLearner, genuine_logits
from interlect.training.adversarial.gap import GAP, GAPLearner, pairing
from interlect.training.adversarial.objectives import painted_loss, penalized_critic_loss
from interlect.training.recipes.table import make_learner
from interlect.training.reports.run_report import study_run
from interlect.training.rollouts.schedules import cosine
from interlect.training.runs.aggregate import aggregate

TINY = GAP("forgery_v0", agents=6, updates=6, batch=16, width=8, layers=2, swap_every=2, evaluate_every=3)
CHANGES = [
    {},
    {"objective": "non_saturating", "r2": 0.0, "beta1": 0.5},
    {"r1": 0.0, "r2": 0.0, "condition": "kind", "data": "grid", "average": 0.0},
    {"data": "digits", "condition": "kind", "noise": 5},
]
CLOSE = {"rtol": 1e-4, "atol": 1e-5}


class OnePair(Forgery):
    """The pair of this number in a game of several: the same episodes, as those of a game of one pair."""

    number: int

    def reset(self, seed: int | None = None, lanes: np.ndarray | None = None) -> Step:
        step = super().reset(seed, lanes)
        return replace(step, observation=np.roll(step.observation, -self.number, axis=1))

    @property
    def genuine_picture(self) -> np.ndarray:
        return super().genuine_picture[:, [self.number]]


def gan_settings(settings: GAP) -> GAN:
    values = {name: value for name, value in vars(settings).items() if name != "swap_every"}
    return GAN(**values | {"agents": 2})


def assert_same(found: Agent, expected: Agent) -> None:
    for name, value in expected.state_dict().items():
        torch.testing.assert_close(found.state_dict()[name], value, **CLOSE)


@pytest.mark.parametrize("change", CHANGES)
def test_without_swaps_pairs_compute_what_separate_gans_compute(change: dict) -> None:
    settings = replace(TINY, swap_every=0, **change)
    learner = make_learner(settings)
    assert isinstance(learner, GAPLearner)
    separate = []
    for number in range(3):
        gan = GANLearner(gan_settings(settings))
        gan.game = OnePair(6, settings.batch, settings.seed, **settings.training_options())
        gan.game.number = number
        if number:  # the first pair has the initial parameters of a run of gan with this seed
            starts = learner.painters.agents()[number], learner.critics.agents()[number]
            for network, start in zip((gan.painter, gan.critic), starts, strict=True):
                network.load_state_dict(start.state_dict())
            gan.average.load_state_dict(gan.painter.state_dict())
        separate.append(gan)
    for _ in range(4):
        losses = [gan.update() for gan in separate]
        assert learner.update() == pytest.approx(np.mean(losses), rel=1e-4)
    for number, gan in enumerate(separate):
        assert_same(learner.painters.agents()[number], gan.painter)
        assert_same(learner.critics.agents()[number], gan.critic)
        assert_same(learner.averages.agents()[number], gan.average)


@pytest.mark.parametrize("objective", ["non_saturating", "relativistic"])
def test_the_first_pair_is_a_run_of_gan_with_the_same_seed(objective: str) -> None:
    settings = replace(TINY, swap_every=0, seed=3, objective=objective)
    learner, gan = make_learner(settings), make_learner(gan_settings(settings))
    for _ in range(4):
        learner.update()
        gan.update()
    found, expected = learner.team().agents, gan.team().agents
    assert_same(found[0], expected[0])
    assert_same(found[3], expected[1])


@pytest.mark.parametrize("change", CHANGES)
def test_updates_with_swaps_are_those_of_a_loop_over_separate_agents(change: dict) -> None:
    settings = replace(TINY, **change)
    learner = make_learner(settings)
    agents = learner.team().agents
    painters, critics = [agent.train() for agent in agents[:3]], [agent.train() for agent in agents[3:]]
    betas = settings.beta1, settings.beta2
    optimizers = {agent: torch.optim.Adam(agent.parameters(), betas=betas) for agent in [*painters, *critics]}
    core = Forgery(6, settings.batch, settings.seed, **settings.training_options())

    def step(agent: Agent, loss: torch.Tensor, update: int) -> None:
        optimizers[agent].param_groups[0]["lr"] = cosine(settings.learning_rate, 0.0, update / settings.updates)
        optimizers[agent].zero_grad()
        loss.backward()
        optimizers[agent].step()

    for update in range(5):
        seen = torch.from_numpy(core.reset().observation)
        real = torch.from_numpy(core.genuine_picture)
        meets = pairing(settings.seed, update // settings.swap_every, 3).tolist()
        painted = [learner.channel.send(agent(seen[:, i], None)[0]["emit"]) for i, agent in enumerate(painters)]
        for number, critic in enumerate(critics):

            def judge(pictures: torch.Tensor, critic: Agent = critic, seen: torch.Tensor = seen) -> torch.Tensor:
                return genuine_logits(critic, seen[:, 0], pictures)

            pictures = real[:, number], painted[meets[number]]
            step(critic, penalized_critic_loss(settings.objective, judge, *pictures, settings.r1, settings.r2), update)
            step(painters[meets[number]], painted_loss(settings.objective, judge, *pictures), update)
        learner.update()
    for found, expected in ((learner.painters.agents(), painters), (learner.critics.agents(), critics)):
        for agent, other in zip(found, expected, strict=True):
            assert_same(agent, other)


def test_pairings_are_uniform_permutations_after_the_identity() -> None:
    assert pairing(5, 0, 4).tolist() == [0, 1, 2, 3]
    counts = Counter(tuple(pairing(5, swap, 3).tolist()) for swap in range(1, 1201))
    assert len(counts) == 6
    assert all(150 < count < 250 for count in counts.values())
    assert any(pairing(5, swap, 4).tolist() != pairing(6, swap, 4).tolist() for swap in range(1, 5))


def test_a_swap_changes_the_pairing_of_the_game_and_nothing_else() -> None:
    settings = replace(TINY, swap_every=2, seed=1)
    learner = make_learner(settings)
    assert isinstance(learner, GAPLearner)
    kept = [learner.optimizers[name] for name in ("painters", "critics")]
    met = []
    for _ in range(6):
        learner.update()
        met.append(tuple(learner.game.pairing.tolist()))
    assert met == [tuple(pairing(1, swap, 3).tolist()) for swap in (0, 0, 1, 1, 2, 2)]
    assert len(set(met)) > 1
    assert [learner.optimizers[name] for name in ("painters", "critics")] == kept
    assert all(state["step"] == 6 for optimizer in kept for state in optimizer.state.values())


def test_another_pairing_is_critics_in_other_seats() -> None:
    """The operator reorder moves two critics to each other's painters; so does the pairing of the game."""
    learner = make_learner(TINY)
    for _ in range(3):
        learner.update()
    team = learner.team()
    moved = reorder(team, "agent_3", "agent_4").after
    first = play(make_core("forgery_v0", 6, 200, 0, pairing=(1, 0, 2)), team, team.channel)
    second = play(make_core("forgery_v0", 6, 200, 0), moved, team.channel)
    heard = first.present[1, :, 3, 1] & second.present[1, :, 4, 1]
    assert 20 < heard.sum() < 80
    np.testing.assert_array_equal(first.heard[1, heard, 3, 1], second.heard[1, heard, 4, 1])
    np.testing.assert_array_equal(first.action[1, heard, 3], second.action[1, heard, 4])


def test_a_run_is_measured_and_resumes_exactly_across_a_swap(tmp_path) -> None:
    settings = replace(TINY, swap_every=3)
    whole = train(settings, tmp_path / "whole")
    names = ("modes", "high_quality", "kl_divergence")
    assert list(whole.result["measures"]) == [*names, *(f"{name}_per_painter" for name in names)]

    def stop(updates: int, row: dict) -> None:
        if updates == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(replace(settings, checkpoint_every=4), tmp_path / "cut", stop)
    again = resume(tmp_path / "cut")
    assert again.result["measures"] == whole.result["measures"]
    first, second = (tmp_path / name / "checkpoints" / "6" for name in ("whole", "cut"))
    for name in ("learner.safetensors", "team/agent_1/model.safetensors", "team/agent_5/model.safetensors"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    assert evaluate_team(whole.settings, Run.load(whole.path).team)["measures"] == whole.result["measures"]


def test_a_team_starts_another_run() -> None:
    team = make_learner(TINY).team()
    again = make_learner(replace(TINY, seed=9), team).team()
    for agent, other in zip(team.agents, again.agents, strict=True):
        assert_same(other, agent)


@pytest.mark.parametrize("data", ["grid", "digits"])
def test_the_report_shows_the_pictures_of_all_painters(data: str, tmp_path) -> None:
    run = train(replace(TINY, data=data, condition="kind"), tmp_path / "run")
    _, page = study_run(run.path)
    text = page.read_text()
    assert "<h2>Painted pictures</h2>" in text
    assert (">painter 2<" in text) == (data == "grid")
    assert all(name.replace("_", " ") in text for name in run.result["measures"])


def test_seeds_are_aggregated_with_the_spread_of_each_measure(tmp_path) -> None:
    results = [train(replace(TINY, seed=seed), tmp_path / str(seed)).result for seed in (0, 1)]
    found = aggregate(results)["measures"]
    assert found.keys() == results[0]["measures"].keys()
    for name, spread in found.items():
        assert spread["mean"] == pytest.approx(np.mean([result["measures"][name] for result in results]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"swap_every": -1}, r"swap_every must be .*; received -1\. Set swap_every to an integer of 0 or more"),
        ({"swap_every": 1.5}, r"swap_every must"),
        ({"layers": 0}, r"layers must"),
        ({"agents": 5}, r"agents must be even: each painter has a critic; received 5\. Pass agents=6"),
        ({"agents": 2, "swap_every": 5}, r"swap_every must not be set, as it has no effect with agents=2"),
    ],
)
def test_bad_settings_are_refused(change: dict, message: str, without_type_checks: None) -> None:
    with pytest.raises(ValueError, match=message):
        replace(TINY, **change)


def test_one_pair_is_accepted_with_the_default_interval() -> None:
    learner = make_learner(replace(TINY, agents=2, swap_every=20))
    assert np.isfinite(learner.update())


def test_painters_and_critics_do_not_share_parameters() -> None:
    with pytest.raises(ValueError, match=r"cannot share parameters; received .*Pass --no-shared"):
        make_learner(replace(TINY, shared=True))
