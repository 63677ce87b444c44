"""Adversarial networks: objectives, and parity of the learner with a loop over plain torch modules."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from interlect.agents import load_team, save_team
from interlect.agents.modules.normalization import BatchNorm
from interlect.envs import make_core, play
from interlect.envs.forgery.rules import FAKE, REAL
from interlect.training import Run, evaluate_team, resume, train
from interlect.training.adversarial.averages import update_average
from interlect.training.adversarial.gan import GAN
from interlect.training.adversarial.objectives import critic_loss, gradient_penalty, painter_loss
from interlect.training.recipes.table import make_learner
from interlect.training.reports.run_report import study_run
from interlect.training.runs.aggregate import aggregate
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

TINY = GAN("forgery_v0", updates=6, batch=16, width=8, layers=2, evaluate_every=3)
SEEDS = st.integers(0, 2**31)


@given(SEEDS)
def test_the_non_saturating_losses_are_cross_entropies(seed: int) -> None:
    real, fake = torch.randn(2, 9, generator=torch.Generator().manual_seed(seed))
    right, wrong = torch.ones(9), torch.zeros(9)
    expected = cross_entropy(real, right) + cross_entropy(fake, wrong)
    torch.testing.assert_close(critic_loss("non_saturating", real, fake), expected)
    torch.testing.assert_close(painter_loss("non_saturating", real, fake), cross_entropy(fake, right))


@given(SEEDS, st.floats(-5, 5))
def test_the_relativistic_losses_depend_on_differences_of_logits(seed: int, shift: float) -> None:
    real, fake = torch.randn(2, 9, generator=torch.Generator().manual_seed(seed))
    expected = cross_entropy(real - fake, torch.ones(9))
    for moved in (0.0, shift):
        torch.testing.assert_close(critic_loss("relativistic", real + moved, fake + moved), expected)
    torch.testing.assert_close(painter_loss("relativistic", real, fake), critic_loss("relativistic", fake, real))


def test_a_critic_that_cannot_tell_loses_log_four_or_log_two() -> None:
    same = torch.zeros(5)
    assert critic_loss("non_saturating", same, same).item() == pytest.approx(np.log(4))
    assert critic_loss("relativistic", same, same).item() == pytest.approx(np.log(2))


@given(SEEDS)
def test_the_gradient_penalty_of_a_quadratic_critic_is_known(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    pictures = torch.randn(7, 3, generator=generator, requires_grad=True)
    weight = torch.randn(3, generator=generator, requires_grad=True)
    penalty = gradient_penalty((weight * pictures.square()).sum(-1), pictures)
    torch.testing.assert_close(penalty, 2 * (weight * pictures).square().sum(-1).mean())
    (gradient,) = torch.autograd.grad(penalty, weight)
    torch.testing.assert_close(gradient, (4 * weight * pictures.square()).mean(0).detach() * torch.ones(3))


@pytest.mark.parametrize(
    "settings",
    [
        TINY,
        replace(TINY, objective="non_saturating", r2=0.0, beta1=0.5),
        replace(TINY, r1=0.0, r2=0.0, condition="kind", data="grid", average=0.0),
        replace(TINY, data="digits", condition="kind", noise=5),
    ],
)
def test_updates_are_those_of_a_loop_over_plain_modules(settings: GAN) -> None:
    learner = make_learner(settings)
    expected = plain_loop(settings, 4)
    for _ in range(4):
        learner.update()
    for name, network in expected.items():
        found = learner.networks[name].state_dict()
        for key, value in network.items():
            torch.testing.assert_close(found[key], value, rtol=1e-4, atol=1e-5)


def plain_loop(settings: GAN, updates: int) -> dict[str, dict[str, torch.Tensor]]:
    """The parameters of painter, critic and average after updates that use no agent and no channel."""
    start = make_learner(settings)
    core = make_core("forgery_v0", 2, settings.batch, settings.seed, **settings.training_options())
    nets = {name: nn.ParameterDict() for name in ("painter", "critic", "average")}
    for name, net in nets.items():
        for key, value in start.networks[name].state_dict().items():
            net[key.replace(".", "/")] = nn.Parameter(value.clone())
    betas = settings.beta1, settings.beta2
    optimizers = {name: torch.optim.Adam(nets[name].values(), 1.0, betas) for name in ("painter", "critic")}

    def layer(name: str, module: str, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.linear(x, nets[name][f"{module}/map/weight"], nets[name][f"{module}/map/bias"])

    def paint(seed: torch.Tensor) -> torch.Tensor:
        for i in range(settings.layers):
            seed = layer("painter", f"layer_{i}", seed).relu()
        return layer("painter", "picture_head", seed).tanh()

    def judge(kind: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
        hidden = layer("critic", "layer_0", picture).relu()
        if settings.condition == "kind":
            hidden = hidden + layer("critic", "condition_layer", kind)
        for i in range(1, settings.layers):
            hidden = layer("critic", f"layer_{i}", hidden).relu()
        logits = layer("critic", "action_head", hidden)
        return logits[:, REAL] - logits[:, FAKE]

    for update in range(updates):
        core.reset()
        kind = nn.functional.one_hot(torch.from_numpy(core.kind), core.source.kinds).float()
        kind = kind if settings.condition == "kind" else kind[:, :0]
        seed = torch.cat([kind, torch.from_numpy(core.noise[:, 0])], 1)
        rate = settings.learning_rate * 0.5 * (1 + np.cos(np.pi * update / settings.updates))
        for optimizer in optimizers.values():
            optimizer.param_groups[0]["lr"] = rate
        real = torch.from_numpy(core.genuine_picture[:, 0]).requires_grad_()
        fake = paint(seed).detach().requires_grad_()
        judged = judge(kind, real), judge(kind, fake)
        if settings.objective == "relativistic":
            loss = cross_entropy(judged[0] - judged[1], torch.ones(settings.batch))
        else:
            loss = cross_entropy(judged[0], torch.ones(settings.batch))
            loss = loss + cross_entropy(judged[1], torch.zeros(settings.batch))
        for weight, logits, pictures in zip((settings.r1, settings.r2), judged, (real, fake), strict=True):
            (slope,) = torch.autograd.grad(logits.sum(), pictures, create_graph=True)
            loss = loss + weight / 2 * slope.square().sum(1).mean()
        optimizers["critic"].zero_grad()
        loss.backward()
        optimizers["critic"].step()
        judged = judge(kind, real).detach(), judge(kind, paint(seed))
        compared = judged[1] - judged[0] if settings.objective == "relativistic" else judged[1]
        optimizers["painter"].zero_grad()
        cross_entropy(compared, torch.ones(settings.batch)).backward()
        optimizers["painter"].step()
        with torch.no_grad():
            for key, value in nets["average"].items():
                value.copy_(settings.average * value + (1 - settings.average) * nets["painter"][key])
    return {name: {key.replace("/", "."): value.data for key, value in net.items()} for name, net in nets.items()}


def test_a_run_is_measured_and_resumes_exactly(tmp_path) -> None:
    whole = train(TINY, tmp_path / "whole")
    assert whole.result["measures"].keys() == {"modes", "high_quality", "kl_divergence"}
    assert [row["measures"].keys() for row in whole.metrics] == [whole.result["measures"].keys()] * 2
    assert whole.result["communication_gain"] is None

    def stop(updates: int, row: dict) -> None:
        if updates == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(replace(TINY, checkpoint_every=4), tmp_path / "cut", stop)
    again = resume(tmp_path / "cut")
    assert again.result["measures"] == whole.result["measures"]
    first, second = (tmp_path / name / "checkpoints" / "6" for name in ("whole", "cut"))
    for name in ("learner.safetensors", "team/agent_0/model.safetensors"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    assert evaluate_team(whole.settings, Run.load(whole.path).team)["measures"] == whole.result["measures"]


def test_the_average_of_the_painter_is_evaluated() -> None:
    learner = make_learner(replace(TINY, average=0.5))
    learner.update()
    painter, critic = learner.team().agents
    for agent, name in ((painter, "average"), (critic, "critic")):
        for found, expected in zip(agent.parameters(), learner.parameters(name), strict=True):
            torch.testing.assert_close(found, expected, rtol=0, atol=0)
    newest = learner.networks["painter"].state_dict()
    assert any(not torch.equal(value, newest[name]) for name, value in painter.state_dict().items())


@pytest.mark.parametrize("data", ["ring", "digits"])
def test_the_report_shows_painted_pictures_and_curves_of_measures(data, tmp_path) -> None:
    run = train(replace(TINY, data=data, condition="kind"), tmp_path / "run")
    found, page = study_run(run.path)
    assert found.measured.values["measures"] == run.result["measures"]
    text = page.read_text()
    assert "<h2>Painted pictures</h2>" in text
    assert ("Each row shows pictures of one kind" in text) == (data == "digits")
    assert ("<h2>Interpolations</h2>" in text) == (data == "digits")
    assert "measures against updates" in text
    assert ">loss of the critic<" in text
    assert all(name.replace("_", " ") in text for name in run.result["measures"])
    assert "the game is zero-sum" in text
    assert "Value of the channel" not in text


def test_a_saved_team_paints_the_same_pictures(tmp_path) -> None:
    options = {"data": "digits", "condition": "kind"}
    learner = make_learner(replace(TINY, **options))
    learner.update()
    team = learner.team()
    save_team(tmp_path / "team", team)
    cores = [make_core("forgery_v0", 2, 32, 0, **options) for _ in range(2)]
    first, second = (
        play(core, player, team.channel)
        for core, player in zip(cores, (team, load_team(tmp_path / "team")), strict=True)
    )
    assert first.sent[0, :, 0].any()
    np.testing.assert_array_equal(first.sent, second.sent)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": "moons"}, r"moons"),
        ({"objective": "hinge"}, r"hinge"),
        ({"r1": -1.0}, r"r1 must"),
        ({"average": 1.5}, r"average must"),
        ({"layers": 0}, r"layers must"),
        ({"noise": 0}, r"noise must"),
    ],
)
def test_bad_settings_are_refused(change: dict, message: str, without_type_checks: None) -> None:
    with pytest.raises(ValueError, match=message):
        replace(TINY, **change)


def test_painter_and_critic_do_not_share_parameters() -> None:
    with pytest.raises(ValueError, match=r"cannot share parameters; received .*Pass --no-shared"):
        make_learner(replace(TINY, shared=True))


def test_the_aggregate_of_seeds_contains_the_spread_of_each_measure(tmp_path) -> None:
    results = [train(replace(TINY, seed=seed), tmp_path / str(seed)).result for seed in range(2)]
    found = aggregate(results)["measures"]
    assert found.keys() == results[0]["measures"].keys()
    for name, spread in found.items():
        values = [result["measures"][name] for result in results]
        assert (spread["minimum"], spread["maximum"]) == (min(values), max(values))
    assert found["kl_divergence"]["minimum"] < found["kl_divergence"]["maximum"]


def test_the_average_takes_over_running_statistics() -> None:
    average, newest = BatchNorm((3,)), BatchNorm((3,))
    newest(torch.randn(50, 3) + 2)
    update_average(average, newest, 0.9)
    x = torch.randn(4, 3)
    torch.testing.assert_close(average.eval()(x), newest.eval()(x))
