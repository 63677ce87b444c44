"""The studies of one agent on digits: laws and known answers in two or three updates; floors are slow."""

import json
import math
import sys
from inspect import unwrap

import numpy as np
import pytest
import torch
from interlect.agents import Affine, Agent, Series, image_classifier
from interlect.agents.operators import exclude
from interlect.envs.pictures.images import Pictures, digits
from interlect.protocols import DRU
from interlect.training import Classification
from interlect.training.adaptation.digit_classifiers import (
    accuracy,
    class_accuracies,
    few_shot_sample,
    predict_logits,
    train_agent,
    train_from_scratch,
    train_on,
    untrained_agent,
)
from interlect.training.adaptation.interface_layers import (
    add_interface_layers,
    reinitialize_blocks,
    relearn_interface_layers,
)
from interlect.training.adaptation.optimization import Budget
from interlect.training.experiments import experiment as experiments
from interlect.training.experiments.digits import (
    distilled_substitution,
    forgetting,
    joint_training,
    order_study,
    reuse,
    reuse_in_pairs,
)
from interlect.training.recipes.table import make_learner
from interlect.training.runs.evaluate import evaluate_team

SHORT = Budget(updates=3, batch=16, learning_rate=1e-2)
NAMES = tuple(f"block_{place}" for place in range(4))


def agent(residual=True, width=40):
    torch.manual_seed(1)
    made = Agent(image_classifier(64, 10, DRU(), width, 4, residual)).eval()
    for name, parameter in made.named_parameters():
        if name.endswith("gate"):
            torch.nn.init.normal_(parameter)
    return made


def numbers(made):
    return {name: tensor.clone() for name, tensor in made.state_dict().items()}


def test_accuracy_is_the_runs_return():
    settings = Classification("digits_v0", updates=20, width=8, seed=4)
    learner = make_learner(settings)
    for _ in range(20):
        learner.update()
    assert accuracy(train_agent(settings), digits("held_out")) == pytest.approx(
        evaluate_team(settings, learner.team())["return_mean"], abs=1e-12
    )


def test_right_by_class_by_hand():
    logits = torch.eye(10)[[0, 1, 1, 3]]
    shares = class_accuracies(logits, np.array([0, 1, 2, 2]))
    assert shares[:3].tolist() == [1, 1, 0]
    assert np.isnan(shares[3:]).all()


def test_few_pictures_are_so_many_of_each_class_and_differ():
    image, digit = few_shot_sample(digits("train"), 5, 0)
    assert np.bincount(digit).tolist() == [5] * 10
    assert len({row.tobytes() for row in image}) == 50
    assert not np.array_equal(image, few_shot_sample(digits("train"), 5, 1)[0])


def test_borders_start_as_the_identity_and_are_small():
    whole = agent()
    image = digits("held_out").image
    made, borders = add_interface_layers(whole.graph, ["observation_encoder", *NAMES])
    assert torch.equal(predict_logits(Agent(made), image), predict_logits(whole, image))
    learned = [parameter for name in borders for parameter in made.modules[name].parameters()]
    assert sum(parameter.numel() for parameter in learned) == 5 * 2 * 40
    mine = {id(parameter) for parameter in whole.parameters()}
    assert not mine & {id(parameter) for parameter in learned}
    narrow = Agent(image_classifier(64, 10, DRU(), 8))
    with pytest.raises(ValueError, match=r"at most 5% of its module's parameters; received 'block_0: 5%|6%'"):
        add_interface_layers(narrow.graph, NAMES)


def test_only_interfaces_are_re_learned():
    whole = agent()
    before = numbers(whole)
    found = relearn_interface_layers(whole.graph, ["observation_encoder", *NAMES], SHORT)
    (reader,) = found.team.agents
    for owner in (whole, reader):
        left = owner.state_dict()
        assert all(torch.equal(tensor, left[name]) for name, tensor in before.items())
    assert found.curve[0] == (0, accuracy(whole, digits("held_out")))
    assert found.curve[-1] == (SHORT.updates * SHORT.batch, accuracy(reader, digits("held_out")))
    assert found.parameters == 5 * 2 * 40
    borders = [module for module in reader.modules() if isinstance(module, Affine)]
    assert len(borders) == 5
    assert all((border.scale != 1).any() for border in borders)


@pytest.mark.parametrize("residual", [True, False])
def test_what_never_learned_has_other_weights_and_the_same_gates(residual):
    whole = agent(residual)
    control = Agent(reinitialize_blocks(whole.graph, NAMES, 0))
    for (name, old), (_, new) in zip(whole.named_parameters(), control.named_parameters(), strict=True):
        kept = name.startswith(("observation_encoder", "action_head")) or name.endswith("gate")
        assert torch.equal(old, new) == kept, name
        assert new is not old or not name.endswith("gate"), name
    assert torch.equal(
        *(predict_logits(Agent(reinitialize_blocks(whole.graph, NAMES, 3)), digits("held_out").image) for _ in "ab")
    )
    other = Agent(reinitialize_blocks(whole.graph, NAMES, 3))
    assert not torch.equal(
        predict_logits(control, digits("held_out").image), predict_logits(other, digits("held_out").image)
    )


def test_losses_by_lesion_are_those_of_exclude():
    whole, held_out = agent(), digits("held_out")
    matrix = order_study.loss_by_block_and_class(whole, NAMES, held_out)
    left = Agent(exclude(whole.graph, "block_2").after)
    by_class = [class_accuracies(predict_logits(a, held_out.image), held_out.digit) for a in (whole, left)]
    np.testing.assert_array_equal(list(matrix["block_2"].values()), by_class[0] - by_class[1])
    assert list(matrix) == list(NAMES)


def test_one_module_everywhere_does_not_depend_on_order():
    whole, held_out = agent(False), digits("held_out")
    alike = Agent(order_study.repeat_block(whole.graph, NAMES, "block_1"))
    x = whole.observation_encoder(torch.from_numpy(held_out.image))
    for _ in range(4):
        x = whole.block_1(x)
    assert torch.allclose(predict_logits(alike, held_out.image), whole.action_head(x).detach(), atol=1e-5)
    zero_shot = order_study.accuracy_without_relearning(alike, NAMES)
    assert (
        zero_shot["intact"]
        == pytest.approx(zero_shot["another order"])
        == pytest.approx(zero_shot["one block in all places"])
    )


def test_probabilities_without_a_class_by_hand():
    logits = torch.log(torch.tensor([[0.5, 0.3, 0.2]]))
    assert forgetting.without_class(logits, 0).tolist()[0] == pytest.approx([0, 0.6, 0.4])


def test_the_chance_that_a_member_has_the_smaller_loss_by_hand():
    assert forgetting.membership_auc(np.array([1.0, 2.0]), np.array([2.0, 3.0])) == (3 + 0.5) / 4
    assert forgetting.membership_auc(np.array([0.0]), np.array([1.0, 2.0])) == 1


def test_the_losses_on_what_is_to_be_forgotten():
    whole = agent()
    image, rng = digits("train").image[::30], np.random.default_rng(0)
    with torch.no_grad():
        whole.action_head.parts["1"].map.weight.mul_(6)
    named = predict_logits(whole, image).log_softmax(-1)[:, 0]
    assert named.min() < -forgetting.MAX_LOSS < named.max()
    ascent = forgetting._forgotten_loss("ascent", whole, whole, image, 0, rng)
    assert ascent.item() == pytest.approx(float(named.clamp(min=-forgetting.MAX_LOSS).mean()), abs=1e-6)
    own = forgetting.without_class(predict_logits(whole, image), 0)
    expected = -(own * predict_logits(whole, image).log_softmax(-1)).sum(-1).mean()
    redistributed = forgetting._forgotten_loss("redistribute", whole, whole, image, 0, rng)
    assert redistributed.item() == pytest.approx(float(expected), abs=1e-5)
    pupil = agent(width=8)
    pulled = forgetting._forgotten_loss("redistribute", pupil, whole, image, 0, rng)
    expected = -(own * predict_logits(pupil, image).log_softmax(-1)).sum(-1).mean()
    assert pulled.item() == pytest.approx(float(expected), abs=1e-5), "towards the reader's own, not the pupil's"
    with torch.no_grad():
        pupil.action_head.parts["1"].map.weight.zero_()
        pupil.action_head.parts["1"].map.bias.copy_(torch.eye(10)[0] * -50)
    relabeled = forgetting._forgotten_loss("relabel", pupil, whole, image, 0, rng)
    assert relabeled.item() == pytest.approx(math.log(9), abs=1e-5), "never the class itself"


@pytest.mark.parametrize("how", ["retained", "relabel", "redistribute", "ascent", "shrink"])
def test_forgetting_leaves_the_reader_and_repeats(how):
    whole = agent(width=8)
    before = numbers(whole)
    torch.rand(4)
    one, two = (forgetting.forget(whole, 3, digits("train"), how, SHORT) for _ in "ab")
    assert all(torch.equal(before[name], tensor) for name, tensor in whole.state_dict().items())
    assert all(torch.equal(one.state_dict()[name], tensor) for name, tensor in two.state_dict().items())
    assert any(not torch.equal(before[name], tensor) for name, tensor in one.state_dict().items())


def test_a_budget_of_nothing_forgets_by_its_seed_alone():
    whole = agent(width=8)
    kept = forgetting.forget(whole, 3, digits("train"), "ascent", Budget(updates=0))
    assert all(torch.equal(whole.state_dict()[name], tensor) for name, tensor in kept.state_dict().items())
    new = forgetting.forget(whole, 3, digits("train"), "shrink", Budget(updates=0, seed=7))
    assert torch.equal(
        new.observation_encoder.map.weight, forgetting.shrink_and_perturb(whole, 7).observation_encoder.map.weight
    )
    assert not torch.equal(
        new.observation_encoder.map.weight, forgetting.shrink_and_perturb(whole, 0).observation_encoder.map.weight
    )


def test_retained_pictures_alone_are_looked_at_where_nothing_else_is_asked():
    train = digits("train")
    spoiled = train.image.copy()
    spoiled[train.digit == 3] = 1.0
    whole, other = agent(width=8), Pictures("train", spoiled, train.digit)
    one, two = (forgetting.forget(whole, 3, pictures, "retained", SHORT) for pictures in (train, other))
    assert all(torch.equal(one.state_dict()[name], tensor) for name, tensor in two.state_dict().items())
    with_class, other_class = (forgetting.forget(whole, 3, p, "ascent", SHORT) for p in (train, other))
    assert not torch.equal(with_class.observation_encoder.map.weight, other_class.observation_encoder.map.weight)


def test_shrinking_keeps_a_share_of_each_weight():
    whole = agent(width=8)
    made, new = forgetting.shrink_and_perturb(whole, 0), forgetting.shrink_and_perturb(agent(width=8), 0)
    rest = made.observation_encoder.map.weight - forgetting.SHRINKAGE * whole.observation_encoder.map.weight
    assert torch.equal(made.observation_encoder.map.weight, new.observation_encoder.map.weight)
    assert 0 < rest.abs().max() <= (1 - forgetting.SHRINKAGE) / 8 + 1e-6  # torch draws weights within 1 / sqrt(64)


def test_a_frozen_part_stays_in_both_places_and_gets_a_gradient_in_none():
    whole = agent()
    for make in (reuse.classifier, reuse_in_pairs.pair_classifier):
        body = reuse.bodies(
            whole.graph, untrained_agent(Classification("digits_v0")).graph, ["observation_encoder", *NAMES]
        )["frozen"]
        before, graph = numbers(body), make(body)
        if make is reuse.classifier:
            train = digits("train")
            learned = train_on(Agent(graph), train.image, train.digit, SHORT)
            kept = {name.removeprefix("body."): t for name, t in learned.state_dict().items() if name[:5] == "body."}
            assert all(torch.equal(before[name], tensor) for name, tensor in kept.items())
        else:
            assert graph.modules["left"] is graph.modules["right"] is body
            reuse_in_pairs.train_and_test(graph, 0)
        assert all(torch.equal(before[name], tensor) for name, tensor in body.state_dict().items())


def test_an_encoder_taken_out_says_what_it_said():
    torch.manual_seed(0)
    graph = reuse.autoencoder()
    error = reuse.train_autoencoder(graph, digits("train"), SHORT)
    assert 0 < error < 1
    body = reuse.extract_as_module(graph, ["encode"])
    x = torch.from_numpy(digits("train").image[:9])
    assert torch.equal(body(x), graph.modules["encode"](x))


def test_a_module_added_has_no_effect_until_it_learns_and_leaves_none_when_it_goes():
    torch.manual_seed(0)
    small, train, image = agent(width=8), digits("train"), digits("held_out").image
    for name in NAMES:
        small = Agent(exclude(small.graph, name).after)
    for done in joint_training.enlarge(small.graph, 0).values():
        larger = Agent(done.after)
        assert torch.equal(predict_logits(larger, image), predict_logits(small, image))
        new = [name for name in done.after.modules if name not in small.graph.modules]
        learned = train_on(larger, train.image, train.digit, SHORT, new)
        assert not torch.equal(predict_logits(learned, image), predict_logits(small, image))
        assert torch.equal(
            predict_logits(Agent(exclude(learned.graph, "new_module").after), image), predict_logits(small, image)
        )
        together = train_on(larger, train.image, train.digit, SHORT)
        assert not torch.equal(
            predict_logits(Agent(exclude(together.graph, "new_module").after), image), predict_logits(small, image)
        )


def test_pairs_differ_and_are_judged():
    inputs, right = reuse_in_pairs.sample_pairs(digits("held_out"), 200, 0)
    assert inputs["left"].shape == inputs["right"].shape == (200, 64)
    assert 0.3 < right["act"].double().mean() < 0.7
    known = {row.tobytes(): d for row, d in zip(digits("held_out").image, digits("held_out").digit, strict=True)}
    left, other = ([known[row.numpy().tobytes()] for row in inputs[side]] for side in ("left", "right"))
    assert (np.greater(other, left) == right["act"].numpy()).all()
    assert np.not_equal(other, left).all()


def test_joined_and_substituted_the_rest_is_the_same():
    whole = agent()
    one = distilled_substitution.join_blocks(whole.graph, Classification("digits_v0"))
    assert set(one.modules) == {"observation_encoder", "action_head"}
    assert isinstance(one.modules["observation_encoder"], Series)
    image = digits("held_out").image
    assert torch.equal(predict_logits(Agent(one), image), predict_logits(whole, image))
    for design in distilled_substitution.designs(40).values():
        assert (design.inputs, design.outputs) == (
            one.modules["observation_encoder"].inputs,
            one.modules["observation_encoder"].outputs,
        )


def test_intervals_by_hand():
    assert experiments.interval([2.0]) == [2.0]
    mean, low, high = experiments.interval([1.0, 3.0])
    half = 12.706204736 * math.sqrt(2) / math.sqrt(2)
    assert (mean, low, high) == pytest.approx((2, 2 - half, 2 + half))
    rows = [{"a": {"x": 1.0}}, {"a": {"x": 3.0}}]
    assert experiments.summarize(rows) == {"a": {"x": [mean, low, high]}}
    assert experiments.difference({"x": 3.0}, {"x": 1.0}) == {"x": 2.0}
    with pytest.raises(ValueError, match="the same rows and columns"):
        experiments.summarize([{"a": {"x": 1.0}}, {"b": {"x": 1.0}}])


def test_an_experiment_prints_and_writes(tmp_path, capsys, monkeypatch):
    out = tmp_path / "new" / "figures.json"
    monkeypatch.setattr(sys, "argv", ["study", "--seeds", "3-5", "--out", str(out)])
    experiments.experiment("A study", "study", lambda seed: {"row": {"seed": float(seed)}})
    said = capsys.readouterr().out
    assert "A study; 3 seeds" in said
    assert "4.000 ±2.484" in said
    written = json.loads(out.read_text())
    assert written["by_seed"]["5"] == {"row": {"seed": 5.0}}
    assert written["mean_95"]["row"]["seed"][0] == 4


def test_bad_input():
    whole = agent(width=8)
    with pytest.raises(ValueError, match="The class to forget must be a digit from 0 to 9; received 10"):
        forgetting.forget(whole, 10, digits("train"))
    with pytest.raises(ValueError, match=r"no unlearning method 'shrinck'. Did you mean 'shrink'"):
        unwrap(forgetting.forget)(whole, 1, digits("train"), "shrinck")  # past the types that are checked


@pytest.mark.slow
def test_plain_blocks_survive_orders_that_they_were_trained_for_and_no_other():
    fixed, free = (
        order_study.accuracy_without_relearning(
            train_agent(Classification("digits_v0", seed=20, residual=False, order=order)), NAMES
        )
        for order in ("fixed", "random")
    )
    assert fixed["intact"] > 0.95
    assert fixed["another order"] < 0.3
    assert free["another order"] > 0.9
    assert free["all left out"] < 0.5


@pytest.mark.slow
def test_a_class_is_forgotten_as_if_it_had_never_been_met():
    rows = forgetting.run(20)
    forgot, retrained = rows["forgot: shrink"], rows["retrained"]
    for measure in ("forgotten", "retained"):
        assert abs(forgot[measure] - retrained[measure]) <= 0.02
    assert forgot["few-shot accuracy"] < 0.2
    assert rows["forgot: relabel"]["few-shot accuracy"] > 0.5


@pytest.mark.slow
def test_a_distilled_design_agrees_with_the_original():
    settings, train = Classification("digits_v0", seed=20), digits("train")
    original = train_from_scratch(settings, train.image, train.digit)
    rows = distilled_substitution.run(20)
    assert accuracy(original, digits("held_out")) > 0.95
    assert rows["one hidden layer: distilled"]["agreement"] >= 0.97
    assert rows["one hidden layer: untrained"]["agreement"] < 0.3
    assert rows["100 pictures: distilled minus labels"]["accuracy"] > 0


@pytest.mark.slow
def test_reused_parts_beat_what_is_learned_anew():
    few, pairs = reuse.run(20), reuse_in_pairs.run(20)
    encoder = {how: few[f"encoder of an autoencoder: {how}"]["accuracy"] for how in ("frozen", "random, frozen")}
    assert encoder["frozen"] > encoder["random, frozen"]
    assert pairs["encoder and blocks: frozen minus from scratch"]["accuracy"] > 0.05
