"""Classification: arrangements equal the results of the operators, exact resumption, and learning."""

import itertools

import numpy as np
import pytest
import torch
from interlect.agents import Agent, image_classifier
from interlect.agents.editing.arrangements import Arrangements, rearrange
from interlect.agents.operators import exclude, reorder
from interlect.protocols import DRU
from interlect.training import Classification, Run, resume, train
from interlect.training.recipes.table import make_learner

NAMES = tuple(f"block_{place}" for place in range(4))
SMALL = {"updates": 12, "batch": 16, "width": 8, "evaluate_every": 5, "checkpoint_every": 4}
PICTURES = torch.rand(20, 64, generator=torch.Generator().manual_seed(0))


def agent(blocks=4, residual=True, wire_noise=0.0):
    torch.manual_seed(0)
    made = Agent(image_classifier(64, 10, DRU(), 8, blocks, residual, wire_noise)).eval()
    for name, parameter in made.named_parameters():
        if name.endswith("gate"):
            torch.nn.init.normal_(parameter)
    return made


def named(made, pictures=PICTURES):
    with torch.no_grad():
        return made(pictures, None)[0]["act"]


@pytest.mark.parametrize("residual", [True, False])
def test_the_other_order_of_two_blocks_equals_reorder(residual):
    whole = agent(2, residual)
    other = Arrangements(whole, NAMES[:2])(("block_1", "block_0"))
    assert other.graph == reorder(whole.graph, "block_0", "block_1").after
    assert not torch.equal(named(other), named(whole))
    by_hand = whole.observation_encoder(PICTURES)
    for name in ("block_1", "block_0", "action_head"):
        by_hand = getattr(whole, name)(by_hand)
    assert torch.equal(named(other), by_hand)


def test_modules_run_in_the_order_of_the_arrangement():
    whole = agent(wire_noise=0.1)
    arrangements = Arrangements(whole, NAMES)
    for count in range(5):
        for order in itertools.permutations(NAMES, count):
            x = whole.observation_encoder(PICTURES)
            for name in (*order, "action_head"):
                x = getattr(whole, name)(x)
            assert torch.equal(named(arrangements(order)), x)


def test_leaving_a_module_out_equals_exclude():
    whole = agent()
    left = Arrangements(whole, NAMES)(("block_0", "block_2", "block_3"))
    assert left.graph == exclude(whole.graph, "block_1").after
    none = whole.graph
    for name in NAMES:
        none = exclude(none, name, bypass=True).after
    assert rearrange(whole.graph, NAMES, ()) == none


def test_a_fixed_order_without_dropout_returns_the_agent_itself():
    whole = agent()
    arrangements, rng = Arrangements(whole, NAMES), np.random.default_rng(0)
    assert all(arrangements.draw(rng, False, 0.0) is whole for _ in range(5))
    empty = arrangements.draw(rng, False, 1.0)
    assert not set(NAMES) & set(empty.graph.modules)


def test_arrangements_share_parameters_and_mode_and_are_cached():
    whole = agent(wire_noise=0.5)
    arrangements = Arrangements(whole, NAMES, kept=3)
    mine = {id(parameter) for parameter in whole.parameters()}
    for order in itertools.permutations(NAMES):
        assert {id(parameter) for parameter in arrangements(order).parameters()} == mine
    assert len(arrangements._made) == 3
    assert arrangements(NAMES[:1]) is arrangements(NAMES[:1])
    assert torch.equal(named(arrangements(NAMES)), named(arrangements(NAMES)))
    whole.train()
    assert not torch.equal(named(arrangements(NAMES[::-1])), named(arrangements(NAMES[::-1])))


def test_orders_are_uniform_and_dropout_has_its_probability():
    arrangements, rng = Arrangements(agent(3), NAMES[:3]), np.random.default_rng(0)
    drawn = [tuple(n for n in arrangements.draw(rng, True, 0.25).graph.order() if n in NAMES) for _ in range(2400)]
    stays = np.mean([len(order) for order in drawn]) / 3
    assert stays == pytest.approx(0.75, abs=0.03)
    whole = [order for order in drawn if len(order) == 3]
    counts = [whole.count(order) for order in itertools.permutations(NAMES[:3])]
    assert min(counts) > 0.7 * len(whole) / 6


def test_an_order_of_unknown_modules_is_refused():
    arrangements = Arrangements(agent(), NAMES)
    with pytest.raises(
        ValueError, match=r"names among block_0, .*, each at most once; received \['block_0', 'block_0'\]"
    ):
        arrangements(("block_0", "block_0"))
    with pytest.raises(ValueError, match=r"received \['observation_encoder'\]"):
        arrangements(("observation_encoder",))


@pytest.mark.parametrize("shared", [True, False])
def test_a_stopped_run_resumes_exactly(tmp_path, shared):
    settings = Classification(
        "digits_v0", agents=2, shared=shared, order="random", module_dropout=0.3, wire_noise=0.1, seed=3, **SMALL
    )
    whole = train(settings, tmp_path / "whole")

    class Cut(Exception):
        pass

    def stop(updates, row):
        if updates == 6:
            raise Cut

    with pytest.raises(Cut):
        train(settings, tmp_path / "cut", stop)
    torch.rand(7)
    cut = resume(tmp_path / "cut")
    for mine, other in zip(whole.team.agents, cut.team.agents, strict=True):
        assert all(torch.equal(mine.state_dict()[name], t) for name, t in other.state_dict().items())
    assert Run.load(tmp_path / "cut").result["normalized_return"] == whole.result["normalized_return"]
    assert whole.result["how"] == "exact: all 537 episodes, weighted by their probability, with pictures=held_out"


def test_each_agent_learns_from_its_own_pictures():
    learner = make_learner(Classification("digits_v0", agents=2, shared=False, **SMALL))
    seen = []
    for mine in learner.agents:
        mine.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    learner.update()
    observation = learner.digits.pictures.image[learner.digits.picture]
    assert all(np.array_equal(seen[seat], observation[:, seat]) for seat in range(2))


def test_bad_settings():
    with pytest.raises(ValueError, match=r"module_dropout must be a finite number from 0 to 1; received 1.5"):
        Classification("digits_v0", module_dropout=1.5)
    with pytest.raises(ValueError, match=r"classification must run on the CPU"):
        make_learner(Classification("digits_v0", device="cuda"))
    with pytest.raises(ValueError, match=r"classification must run on digits_v0; received 'relay_v0'"):
        make_learner(Classification("relay_v0"))


@pytest.mark.slow
@pytest.mark.parametrize("residual", [True, False])
def test_digits_are_classified(tmp_path, residual):
    run = train(Classification("digits_v0", residual=residual, seed=20), tmp_path / "run")
    assert run.result["normalized_return"] >= 0.95
