"""Stacked adversarial networks: levels, losses, the frozen encoder, and parity with a loop over plain tensors."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from interlect.agents import Agent, Linear, Wire
from interlect.agents.generators import stacked_painter
from interlect.agents.operators import augment, exclude, split
from interlect.envs import make_core
from interlect.envs.forgery.rules import FAKE, REAL
from interlect.envs.forgery.sources import source
from interlect.envs.pictures.images import digits
from interlect.protocols import Continuous
from interlect.training import SGAN, evaluate_team, resume, train
from interlect.training.adversarial.levels import (
    LevelBatch,
    conditional_losses,
    level_critic_loss,
    level_painter_loss,
    split_levels,
    train_encoder,
)
from interlect.training.adversarial.sgan import encoder_of
from interlect.training.recipes.table import make_learner
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, linear, one_hot

TINY = SGAN(
    "forgery_v0",
    updates=6,
    batch=16,
    width=8,
    features=5,
    noise=7,
    feature_noise=3,
    encoder_updates=20,
    evaluate_every=3,
)
SEEDS = st.integers(0, 2**31)


def numbers(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def painter():
    torch.manual_seed(0)
    return stacked_painter(10, (3, 4), 64, 3, Continuous(64), features=5, width=8, layers=2)


def test_the_levels_compose_to_the_painter_and_share_its_parameters(painter) -> None:
    observed = numbers(1, 6, 10 + 3 + 4 + 64)
    layer = Linear(5, (5,))
    longer = augment(painter, "more", layer, on=Wire("feature_generator.out", "picture_generator.features")).after
    with torch.no_grad():
        longer.modules["more"].gate += 1
    for graph in (painter, longer, split(painter, "feature_generator", 2).after):
        upper, lower = split_levels(graph)
        features = upper(observed, None)[0]["features"]
        expected = Agent(graph)(observed, None)[0]
        found = lower(observed, features, None)[0]
        assert torch.equal(found["emit"], expected["emit"])
        assert torch.equal(found["act"], expected["act"])
        parameters = {id(p) for p in (*upper.parameters(), *lower.parameters())}
        assert parameters == {id(p) for p in Agent(graph).parameters()}
        assert not {id(p) for p in upper.parameters()} & {id(p) for p in lower.parameters()}


def test_a_painter_without_a_feature_level_still_has_levels(painter) -> None:
    upper, lower = split_levels(exclude(painter, "feature_generator").after)
    observed = numbers(1, 6, 81)
    assert not upper(observed, None)[0]["features"].any()
    assert lower(observed, numbers(2, 6, 5), None)[0]["emit"].any()


def test_a_painter_without_features_is_refused(painter) -> None:
    apart = split(painter, "picture_generator", 2).after
    assert split_levels(apart)
    with pytest.raises(ValueError, match=r"one module with an input called features; received \[\]\. Start from"):
        split_levels(replace(painter, modules={}, wires=()))


def test_the_encoder_classifies_is_frozen_and_has_standard_features() -> None:
    pictures, encoder = source("digits", "train"), train_encoder(source("digits", "train"), 32, 128, seed=3)
    assert not any(p.requires_grad or p.grad is not None for p in encoder.parameters())
    held_out = digits("held_out")
    outputs, _ = encoder(torch.from_numpy(2 * held_out.image - 1), None)
    assert (outputs["kind"].argmax(-1).numpy() == held_out.digit).mean() > 0.95
    rng = np.random.default_rng(0)
    drawn = pictures.picture(rng.integers(10, size=4000), rng.integers(2**64, size=4000, dtype=np.uint64))
    features = encoder(torch.from_numpy(drawn), None)[0]["features"]
    assert features.mean(0).abs().max() < 0.15
    assert (features.std(0) - 1).abs().max() < 0.1
    again = train_encoder(source("digits", "train"), 32, 128, seed=3)
    assert all(torch.equal(a, b) for a, b in zip(encoder.parameters(), again.parameters(), strict=True))


def test_runs_with_one_encoder_seed_have_the_same_encoder() -> None:
    first, second, common = (
        encoder_of(replace(TINY, seed=seed, encoder_seed=encoder)) for seed, encoder in ((1, -1), (2, -1), (2, 1))
    )
    name = "kind_head.map.weight"
    assert torch.equal(first.state_dict()[name], common.state_dict()[name])
    assert not torch.equal(first.state_dict()[name], second.state_dict()[name])


@given(SEEDS)
def test_the_losses_of_a_level_are_those_of_the_paper(seed: int) -> None:
    slope, recover = numbers(seed, 3), numbers(seed + 1, 3, 2)
    real, fake = numbers(seed + 2, 9, 3), numbers(seed + 3, 9, 3).requires_grad_()
    noise, condition = numbers(seed + 4, 9, 2), (fake**2).mean()

    def judge(shown):
        return shown @ slope, shown @ recover

    level = LevelBatch(judge, real, fake, noise, condition)
    wrong = (fake @ recover - noise).square().mean()
    logits = real @ slope, fake @ slope
    ones, zeros = torch.ones(9), torch.zeros(9)
    adversarial = binary_cross_entropy_with_logits(logits[0], ones) + binary_cross_entropy_with_logits(logits[1], zeros)
    penalty = 0.75 * slope.square().sum()  # (1 + .5) / 2 of the squared norm of the slope
    expected = adversarial + penalty + 10 * wrong
    torch.testing.assert_close(level_critic_loss("non_saturating", level, 1.0, 0.5, 10.0), expected)
    expected = binary_cross_entropy_with_logits(logits[1], ones) + 2 * condition + 10 * wrong
    torch.testing.assert_close(level_painter_loss("non_saturating", level, 2.0, 10.0), expected)
    expected = binary_cross_entropy_with_logits(logits[1] - logits[0], ones)
    torch.testing.assert_close(level_painter_loss("relativistic", level, 0.0, 0.0), expected)


def test_the_critic_passes_no_gradient_of_its_loss_to_the_painter() -> None:
    weight = torch.ones(3, 1, requires_grad=True)
    real, fake = numbers(0, 4, 3), numbers(1, 4, 3).requires_grad_()
    level = LevelBatch(lambda x: ((x @ weight)[:, 0], x @ weight), real, fake, numbers(2, 4, 1), torch.zeros(()))
    level_critic_loss("relativistic", level, 0.1, 0.1, 10.0).backward()
    assert fake.grad is None
    assert weight.grad.any()


def test_the_conditional_losses_vanish_if_the_encoder_recovers_everything() -> None:
    encoder = encoder_of(replace(TINY, encoder_updates=300, features=8, width=32))
    pictures = digits("train")
    shown, kind = torch.from_numpy(2 * pictures.image - 1), torch.from_numpy(pictures.digit)
    features = encoder(shown, None)[0]["features"]
    top, bottom = conditional_losses(encoder, kind, features, features, shown)
    assert top < 0.5
    assert bottom == 0
    top, bottom = conditional_losses(encoder, (kind + 1) % 10, features, features + 1, shown)
    assert top > 2
    assert bottom == pytest.approx(1, abs=1e-5)


def test_no_critic_reads_the_kind() -> None:
    learner = make_learner(TINY)
    observed, pictures = numbers(0, 8, 10 + 7 + 64), numbers(1, 8, 1, 64)
    changed = observed.clone()
    changed[:, :17] += 1
    first, second = (learner.critic(each, pictures, None)[0] for each in (observed, changed))
    assert torch.equal(first["act"], second["act"])
    assert torch.equal(first["noise"], second["noise"])


@pytest.mark.parametrize(
    "settings",
    [
        TINY,
        replace(TINY, objective="non_saturating", r2=0.0, beta1=0.5, joint=1.0),
        replace(TINY, layers=1, joint=0.0, entropy_weight=0.0, condition_weight=0.5, encoder_seed=9, average=0.0),
        replace(TINY, condition_weight=0.0, r1=0.0, entropy_weight=1.0),
    ],
)
def test_updates_are_those_of_a_loop_over_plain_tensors(settings: SGAN) -> None:
    learner = make_learner(settings)
    expected = plain_loop(settings, 5)
    for _ in range(5):
        learner.update()
    for name, network in expected.items():
        found = learner.networks[name].state_dict()
        assert found.keys() == network.keys()
        for key, value in network.items():
            torch.testing.assert_close(found[key], value, rtol=1e-3, atol=1e-5)


def plain_loop(settings: SGAN, updates: int) -> dict[str, dict[str, torch.Tensor]]:
    """The parameters of the networks after updates that use no agent, no graph and no channel."""
    start = make_learner(settings)
    core = make_core("forgery_v0", 2, settings.batch, settings.seed, **settings.training_options())
    names = ("painter", "critic", "feature_critic", "average")
    nets = {
        name: {k: v.clone().requires_grad_() for k, v in start.networks[name].state_dict().items()} for name in names
    }
    code = encoder_of(settings).state_dict()
    betas = settings.beta1, settings.beta2
    optimizers = {name: torch.optim.Adam(nets[name].values(), 1.0, betas) for name in names[:3]}
    depth = settings.layers

    def layer(name: str, module: str, x: torch.Tensor) -> torch.Tensor:
        return linear(x, nets[name][f"{module}.map.weight"], nets[name][f"{module}.map.bias"])

    def generate(name: str, *parts: torch.Tensor) -> torch.Tensor:
        x = torch.cat(parts, 1)
        for i in range(1, depth + 1):
            x = layer("painter", f"{name}.{i}", x).relu()
        return layer("painter", f"{name}.{depth + 1}", x)

    def judge(name: str, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        for i in range(depth):
            x = layer(name, f"layer_{i}", x).relu()
        if name == "feature_critic":
            return layer(name, "genuine_head", x)[:, 0], layer(name, "noise_head", x)
        act = layer(name, "action_head", x)
        return act[:, REAL] - act[:, FAKE], layer(name, "noise_head", x)

    def encode(x: torch.Tensor) -> torch.Tensor:
        x = linear(x, code["picture_encoder.0.map.weight"], code["picture_encoder.0.map.bias"]).relu()
        x = linear(x, code["picture_encoder.1.map.weight"], code["picture_encoder.1.map.bias"])
        mean, variance = (code[f"picture_encoder.2.norm.running_{part}"] for part in ("mean", "var"))
        return (x - mean) / (variance + 1e-5).sqrt()

    def step(name: str, loss: torch.Tensor) -> None:
        optimizers[name].zero_grad()
        loss.backward()
        optimizers[name].step()

    for update in range(updates):
        core.reset()
        kind, noise = torch.from_numpy(core.kind), torch.from_numpy(core.noise[:, 0])
        picture = torch.from_numpy(core.genuine_picture[:, 0])
        z1, z0 = noise[:, : settings.feature_noise], noise[:, settings.feature_noise :]
        rate = settings.learning_rate * 0.5 * (1 + np.cos(np.pi * update / settings.updates))
        for optimizer in optimizers.values():
            optimizer.param_groups[0]["lr"] = rate
        real = encode(picture)
        features = generate("feature_generator", one_hot(kind, 10).float(), z1)
        received = features if update / settings.updates >= 1 - settings.joint else real
        painted = generate("picture_generator", received, z0).tanh()
        shown = (("feature_critic", real, features, z1), ("critic", picture, painted, z0))
        for name, genuine, fake, z in shown:
            genuine, fake = genuine.detach().requires_grad_(), fake.detach().requires_grad_()
            judged = judge(name, genuine)[0], judge(name, fake)[0]
            if settings.objective == "relativistic":
                loss = binary_cross_entropy_with_logits(judged[0] - judged[1], torch.ones(settings.batch))
            else:
                loss = binary_cross_entropy_with_logits(judged[0], torch.ones(settings.batch))
                loss = loss + binary_cross_entropy_with_logits(judged[1], torch.zeros(settings.batch))
            for weight, logits, pictures in zip((settings.r1, settings.r2), judged, (genuine, fake), strict=True):
                (slope,) = torch.autograd.grad(logits.sum(), pictures, create_graph=True)
                loss = loss + weight / 2 * slope.square().sum(1).mean()
            if settings.entropy_weight:
                loss = loss + settings.entropy_weight * (judge(name, fake)[1] - z).square().mean()
            step(name, loss)
        recovered = linear(features, code["kind_head.map.weight"], code["kind_head.map.bias"])
        conditions = cross_entropy(recovered, kind), (encode(painted) - received).square().mean()
        total = torch.zeros(())
        for (name, genuine, fake, z), condition in zip(shown, conditions, strict=True):
            compared, (logits, guess) = judge(name, genuine)[0].detach(), judge(name, fake)
            compared = logits - compared if settings.objective == "relativistic" else logits
            total = total + binary_cross_entropy_with_logits(compared, torch.ones(settings.batch))
            total = total + settings.condition_weight * condition
            total = total + settings.entropy_weight * (guess - z).square().mean()
        step("painter", total)
        with torch.no_grad():
            for key, value in nets["average"].items():
                value.copy_(settings.average * value + (1 - settings.average) * nets["painter"][key])
    return {name: {key: value.detach() for key, value in net.items()} for name, net in nets.items()}


def test_alone_the_levels_learn_nothing_from_each_other_and_the_encoder_never_learns() -> None:
    alone, other = (make_learner(replace(TINY, joint=0.0)) for _ in range(2))
    with torch.no_grad():
        for name, parameter in other.painter.named_parameters():
            if name.startswith("picture_generator"):
                parameter.mul_(2)
    for learner in (alone, other):
        learner.update()
        before = {name: tensor.clone() for name, tensor in learner.encoder.state_dict().items()}
        learner.update()
        for name, tensor in learner.encoder.state_dict().items():
            assert torch.equal(tensor, before[name])
    first, second = (learner.painter.state_dict() for learner in (alone, other))
    for name in first:
        assert torch.equal(first[name], second[name]) == name.startswith("feature_generator")


def test_a_run_is_measured_and_resumes_exactly(tmp_path) -> None:
    whole = train(TINY, tmp_path / "whole")
    assert {"frechet_distance", "feature_frechet_distance", "authenticity", "kind_accuracy"} < whole.result[
        "measures"
    ].keys()

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
    assert evaluate_team(whole.settings, again.team)["measures"] == whole.result["measures"]
    further = train(replace(TINY, seed=1), tmp_path / "further", start=again.team)
    assert further.result["updates"] == 6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"condition": "none"}, r"condition must be kind, .*; received 'none'\. Pass condition=.kind"),
        ({"feature_noise": 7}, r"feature_noise must be less than noise=7; received 7\. Pass a larger"),
        ({"feature_noise": 0}, r"feature_noise must"),
        ({"features": 0}, r"features must"),
        ({"joint": 1.5}, r"joint must"),
        ({"entropy_weight": -1.0}, r"entropy_weight must"),
        ({"condition_weight": -1.0}, r"condition_weight must"),
        ({"encoder_updates": 0}, r"encoder_updates must"),
        ({"encoder_seed": -2}, r"encoder_seed must"),
    ],
)
def test_bad_settings_are_refused(change: dict, message: str, without_type_checks: None) -> None:
    with pytest.raises(ValueError, match=message):
        replace(TINY, **change)


def test_painter_and_critic_do_not_share_parameters() -> None:
    with pytest.raises(ValueError, match=r"cannot share parameters; received .*Pass --no-shared"):
        make_learner(replace(TINY, shared=True))
