"""Imagination is learned from watched play: parity with plain torch, frozen play, measures, and the experiment."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from interlect.agents import Agent, Team, receiver, sender
from interlect.agents.generators.imagination import (
    BORDER,
    PAINTER,
    add_imagination,
    imagination,
    imagine,
    picture_painter,
    port_imagination,
)
from interlect.agents.modules import Frozen
from interlect.envs import make_core
from interlect.envs.forgery.rules import FAKE, REAL
from interlect.envs.pictures.classifier import classify
from interlect.protocols import Channel, Gumbel
from interlect.training.adversarial.descriptions import descriptions, imagination_measures
from interlect.training.adversarial.imagination import ImaginationSettings, _critic, learn_to_imagine
from interlect.training.experiments import imagine as experiment
from torch import nn
from torch.nn.functional import softplus

CARRIER, CANDIDATES = Gumbel(5, 1), 10
SIZE = CANDIDATES * 64
TINY = ImaginationSettings(updates=4, batch=8, width=6, layers=2)


def pair(seed: int = 0) -> Team:
    torch.manual_seed(seed)
    sizes = SIZE, 1 + CANDIDATES, CARRIER, 12
    return Team([Agent(sender(*sizes)), Agent(receiver(*sizes, candidates=CANDIDATES))], Channel(CARRIER))


def game(lanes: int = 256, **options):
    return make_core("referential_v0", 2, lanes, 0, **{"objects": "digits", "candidates": CANDIDATES} | options)


def imagining(team: Team, **sizes: int) -> Agent:
    torch.manual_seed(7)
    graph = team.agents[1].graph
    return Agent(add_imagination(graph, picture_painter(**{"code": 4, "noise": 3, "width": 6} | sizes)).after)


def state(agent: Agent) -> dict[str, bytes]:
    return {name: tensor.numpy().tobytes() for name, tensor in agent.state_dict().items()}


def test_descriptions_are_what_was_seen_and_heard() -> None:
    team, core = pair(), game()
    data = descriptions(team, core)
    np.testing.assert_array_equal(data.picture, core.objects.image[core.sender_view])
    np.testing.assert_array_equal(data.digit, core.attributes[:, 0])
    np.testing.assert_array_equal(data.correct, core.correct[:, 0])
    with torch.no_grad():
        padded = np.pad(data.picture, [(0, 0), (0, SIZE - 64)])
        logits = team.agents[0].eval()(torch.from_numpy(padded), None)[0]["emit"]
    np.testing.assert_array_equal(data.heard[:, 0].argmax(1), logits[:, 0].argmax(1))


@pytest.mark.parametrize("objective", ["relativistic", "non_saturating"])
def test_training_equals_a_loop_over_plain_torch(objective: str) -> None:
    team = pair()
    data = descriptions(team, game())
    settings = replace(TINY, objective=objective, average=0.5)
    agent = imagining(team)
    found = learn_to_imagine(agent, data, settings)

    faculty = imagination(agent.clone().graph)
    judging = _critic(faculty, settings)
    average = {name: value.detach().clone() for name, value in faculty.named_parameters()}
    adam = {"lr": settings.learning_rate, "betas": (0.0, 0.99)}
    painting = torch.optim.Adam(faculty.parameters(), **adam)
    critic_steps = torch.optim.Adam(judging.parameters(), **adam)

    def judge(message: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
        hidden = judging.layer_0.map(picture).relu() + judging.condition_layer.map(message)
        logits = judging.action_head.map(judging.layer_1.map(hidden).relu())
        return logits[:, REAL] - logits[:, FAKE]

    for update in range(settings.updates):
        rng = np.random.default_rng([0, update])
        rows = rng.integers(len(data.picture), size=settings.batch)
        noise = torch.from_numpy(rng.standard_normal((settings.batch, 3), np.float32))
        message = torch.from_numpy(data.heard[rows, 0])
        real = torch.from_numpy(2 * data.picture[rows] - 1).requires_grad_()
        painted = 2 * faculty(message[:, None], noise, None)[0]["picture"] - 1
        fake = painted.detach().requires_grad_()
        for optimizer in (painting, critic_steps):
            rate = settings.learning_rate * 0.5 * (1 + np.cos(np.pi * update / settings.updates))
            optimizer.param_groups[0]["lr"] = rate
        on_real, on_fake = judge(message, real), judge(message, fake)
        if objective == "relativistic":
            loss = softplus(on_fake - on_real).mean()
        else:
            loss = softplus(-on_real).mean() + softplus(on_fake).mean()
        for logits, pictures in ((on_real, real), (on_fake, fake)):
            (slope,) = torch.autograd.grad(logits.sum(), pictures, create_graph=True)
            loss = loss + settings.r1 / 2 * slope.square().sum(1).mean()
        critic_steps.zero_grad()
        loss.backward()
        critic_steps.step()
        on_fake = judge(message, painted)
        on_real = judge(message, real).detach() if objective == "relativistic" else 0.0
        painting.zero_grad()
        softplus(on_real - on_fake).mean().backward()
        painting.step()
        for name, value in faculty.named_parameters():
            average[name] = 0.5 * average[name] + 0.5 * value.detach()
    learned = dict(imagination(found.graph).named_parameters())
    for name, value in average.items():
        torch.testing.assert_close(learned[name], value, rtol=1e-4, atol=1e-6)


def test_only_border_and_painter_are_trained() -> None:
    team = pair()
    data = descriptions(team, game())
    agent = imagining(team)
    before = state(agent)
    learned = state(learn_to_imagine(agent, data, TINY))
    assert state(agent) == before
    changed = {name.split(".")[0] for name in before if learned[name] != before[name]}
    assert changed == {BORDER, PAINTER}


def test_a_frozen_painter_stays_the_same_and_its_border_is_trained() -> None:
    team = pair()
    data = descriptions(team, game())
    ported = Agent(port_imagination(imagining(team).graph, pair(1).agents[1].graph).after)
    before, learned = state(ported), state(learn_to_imagine(ported, data, TINY))
    assert {name.split(".")[0] for name in before if learned[name] != before[name]} == {BORDER}


def test_the_same_seed_paints_the_same_and_another_differs() -> None:
    team = pair()
    data = descriptions(team, game())
    torch.manual_seed(1)
    random = torch.get_rng_state()
    one, two, other = (learn_to_imagine(imagining(team), data, replace(TINY, seed=seed)) for seed in (0, 0, 1))
    assert state(one) == state(two) != state(other)
    torch.manual_seed(1)
    learn_to_imagine(imagining(team), data, TINY)
    torch.manual_seed(1)
    assert torch.equal(torch.get_rng_state(), random)


def test_measures_of_held_out_pictures() -> None:
    team = pair()
    data = descriptions(team, game(split="held_out"))
    agent = imagining(team)
    found = imagination_measures(agent, data)
    assert found["painted"] == (classify(imagine(agent.graph, data.heard)) == data.digit).mean()
    assert found["receiver"] == data.correct.mean()
    assert found["ratio"] == found["painted"] / found["receiver"]
    assert found["genuine"] > 0.9
    assert 0 < found["diversity"] < 1
    assert found["frechet_distance"] > 1


def test_a_painter_learns_from_a_sender_that_names_digits() -> None:
    """Messages that name the digit of each picture are enough for pictures of these digits."""
    team = pair()
    data = descriptions(team, game(1024, split="train"))
    message = np.eye(10, dtype=np.float32)[data.digit][:, None]
    torch.manual_seed(0)
    graph = receiver(SIZE, 1 + CANDIDATES, Gumbel(10, 1), 4, candidates=CANDIDATES)
    agent = Agent(add_imagination(graph, picture_painter(width=64)).after)
    named = replace(data, heard=message)
    settings = ImaginationSettings(updates=500, batch=64, width=64, layers=2, average=0.95, learning_rate=5e-3)
    assert imagination_measures(agent, named)["painted"] < 0.2
    assert imagination_measures(learn_to_imagine(agent, named, settings), named)["painted"] > 0.6


def test_bad_input_is_refused(without_type_checks: None) -> None:
    team = pair()
    data = descriptions(team, game())
    with pytest.raises(ValueError, match=r"The picture painted .*shape of the data, \[64\]; received \[49\]"):
        learn_to_imagine(imagining(team, pixels=49), data, TINY)
    with pytest.raises(ValueError, match=r"The message heard .*\[1, 7\]; received \[1, 5\]"):
        learn_to_imagine(imagining(team), replace(data, heard=np.zeros((256, 1, 7), np.float32)), TINY)
    with pytest.raises(ValueError, match=r"must have picture_border, picture_painter"):
        learn_to_imagine(team.agents[1], data, TINY)
    agent = imagining(team)
    agent.graph.modules[BORDER] = Frozen(agent.graph.modules[BORDER])
    agent.graph.modules[PAINTER] = Frozen(agent.graph.modules[PAINTER])
    with pytest.raises(ValueError, match=r"must not be frozen"):
        learn_to_imagine(Agent(agent.graph), data, TINY)
    with pytest.raises(ValueError, match=r"referential game with digits; received 'Referential of AttributeObjects'"):
        descriptions(team, make_core("referential_v0", 2, 4))
    with pytest.raises(ValueError, match=r"referential game with digits; received 'Relay"):
        descriptions(team, make_core("relay_v0", 3, 4))
    for change, message in (
        ({"updates": 0}, r"updates must"),
        ({"average": 2.0}, r"average must"),
        ({"r1": -1.0}, r"r1 must"),
        ({"objective": "hinge"}, r"objective must"),
    ):
        with pytest.raises(ValueError, match=message):
            replace(TINY, **change)


def test_a_loss_that_is_not_finite_stops_training() -> None:
    team = pair()
    data = descriptions(team, game())
    broken = imagining(team)
    with torch.no_grad():
        nn.init.constant_(broken.get_submodule(PAINTER).picture_head.map.weight, float("nan"))
    with pytest.raises(FloatingPointError, match=r"loss of the imagination became nan at update 1"):
        learn_to_imagine(broken, data, TINY)


def test_the_experiment_measures_every_arm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "RUNS", tmp_path)
    monkeypatch.setattr(experiment, "PAIR", experiment.PAIR | {"updates": 2, "batch": 8, "width": 4})
    for name in ("IMAGINATION", "PORTED"):
        monkeypatch.setattr(experiment, name, {"updates": 2, "batch": 8})
    for name in ("TRAINING_EPISODES", "HELD_OUT_EPISODES"):
        monkeypatch.setattr(experiment, name, 256)
    rows = experiment.run(3)
    assert list(rows) == [
        "play",
        "imagination",
        "ported, old border",
        "ported, new border",
        "control, new border",
        "port",
    ]
    assert len(set(rows["play"].values())) == 1
    assert rows["ported, old border"]["receiver"] == rows["control, new border"]["receiver"]
    assert (tmp_path / "seed-3" / "imagined.svg").read_text().startswith("<?xml")
    assert (tmp_path / "seed-3" / "imagining" / "team.json").exists()
    json.dumps(rows, allow_nan=False)
    again = experiment.run(3)
    np.testing.assert_equal(again, rows)
