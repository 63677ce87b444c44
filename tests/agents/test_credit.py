"""Credit on a wire: what is predicted, what is blocked, and what comes back through."""

import pytest
import torch
from interlect.agents import (
    Agent,
    Graph,
    Linear,
    Module,
    Port,
    StopGradient,
    SyntheticGradient,
    SyntheticInput,
    Team,
    Wire,
    cnet,
    register_module,
)
from interlect.agents.operators import augment, decouple, exclude, inside, predict_input
from interlect.protocols import DRU, Channel, Symbols
from interlect.training import Dial
from interlect.training.recipes.table import make_learner
from torch import nn

ON = Wire("low.out", "top.x")


def two_layers():
    torch.manual_seed(3)
    modules = {"low": Linear(5, (4,)), "top": Linear(4, (3,))}
    wires = (Wire("input.x", "low.x"), ON, Wire("top.out", "output.y"))
    inputs = {"x": Port((5,)), "told": Port((4,)), "label": Port((2,))}
    return Graph(inputs, {"y": Port((3,))}, modules, wires)


def gradients(agent, x, target):
    outputs, _ = agent.train()(x, None, None, None)
    loss = ((outputs["y"] - target) ** 2).sum(-1).mean()
    agent.zero_grad()
    loss.backward()
    return {name: None if p.grad is None else p.grad.clone() for name, p in agent.named_parameters()}


def batch():
    torch.manual_seed(5)
    return torch.randn(7, 5), torch.randn(7, 3)


@register_module
class Knows(Module):
    """The true gradient of one row's squared error behind a linear map."""

    def __init__(self, top=None, target=None):
        super().__init__({"x": Port((4,))}, {"out": Port((4,))})
        self.top, self.target = [top], target

    def forward(self, known):
        top = self.top[0].map
        return (2 * (known @ top.weight.T + top.bias - self.target) @ top.weight).detach() + 0 * known.sum()


def test_a_perfect_prediction_gives_the_gradients_of_backpropagation():
    (x, target), graph = batch(), two_layers()
    true = gradients(Agent(graph), x, target)
    done = decouple(graph, "credit", ON)
    done.after.modules["credit"].predict = Knows(graph.modules["top"], target)
    found = gradients(Agent(done.after), x, target)
    for name, gradient in true.items():
        torch.testing.assert_close(found[name], gradient, atol=1e-6, rtol=1e-6)


def test_at_first_what_lies_before_learns_nothing_and_the_predictor_learns_the_true_gradient():
    (x, target), graph = batch(), two_layers()
    true = gradients(Agent(graph), x, target)
    found = gradients(Agent(decouple(graph, "credit", ON).after), x, target)
    assert not found["low.map.weight"].any()
    torch.testing.assert_close(found["top.map.weight"], true["top.map.weight"])
    # Of the squared error from a prediction of zero, a row's gradient being 7 times its part of the mean's.
    bias = -2 * 7 * true["low.map.bias"] / 7
    torch.testing.assert_close(found["credit.predict.0.bias"], bias)


def test_a_linear_predictor_learns_a_linear_gradient_and_then_the_rest_learns():
    x, graph = torch.randn(64, 5, generator=torch.Generator().manual_seed(1)), two_layers()
    target = x @ torch.randn(5, 3, generator=torch.Generator().manual_seed(2))
    true = gradients(Agent(graph), x, target)
    agent = Agent(decouple(graph, "credit", ON, label="input.x").after)
    optimizer = torch.optim.Adam(agent.credit.parameters(), lr=0.1)
    for _ in range(1500):
        gradients(agent, x, target)
        optimizer.step()
    found = gradients(agent, x, target)
    torch.testing.assert_close(found["low.map.weight"], true["low.map.weight"], atol=1e-3, rtol=1e-3)


def test_no_gradient_leaks_across_a_decoupled_wire():
    (x, target), graph = batch(), two_layers()
    agent = Agent(decouple(graph, "credit", ON, context="input.x").after)
    with torch.no_grad():
        for parameter in agent.credit.parameters():
            parameter.normal_(generator=torch.Generator().manual_seed(4))
    before = gradients(agent, x, target)
    after = gradients(agent, x, target + 100)
    assert torch.equal(before["low.map.weight"], after["low.map.weight"])
    assert not torch.equal(before["top.map.weight"], after["top.map.weight"])
    assert not torch.equal(before["credit.predict.0.weight"], after["credit.predict.0.weight"])
    x = x.requires_grad_()
    gradients(agent, x, target)
    with torch.no_grad():
        predicted = agent.credit.predict(torch.cat([agent.low(x), x], -1)) / len(x)
        torch.testing.assert_close(x.grad, predicted @ agent.low.map.weight)


def test_a_share_of_the_true_gradients_arrives():
    (x, target), graph = batch(), two_layers()
    met = {}
    for gradient_prob in (0.0, 0.5, 1.0):
        agent = Agent(decouple(graph, "credit", ON, gradient_prob=gradient_prob).after)
        met[gradient_prob] = torch.stack([gradients(agent, x, target)["credit.predict.0.bias"] for _ in range(200)])
    assert not met[0.0].any()
    assert (met[1.0] == met[1.0][0]).all()
    assert met[0.5].std(0).min() > 0
    torch.testing.assert_close(met[0.5].mean(0), met[1.0][0] / 2, atol=0.5, rtol=0.2)


def test_a_rows_gradient_arrives_as_a_whole_and_whatever_the_others_do():
    torch.manual_seed(0)
    credit = SyntheticGradient((50,), gradient_prob=0.5)
    credit(torch.eye(50)).sum().backward()
    # A column belongs to the one row that hears it: -2 where its gradient arrived, as nothing was predicted.
    met = credit.predict[0].weight.grad
    assert torch.equal(met, met[:1].expand(50, 50))
    assert set(met[0].tolist()) == {0.0, -2.0}


def test_rows_of_the_loss_may_be_more_than_those_of_a_call():
    """The loss is a mean over 10 rows, of which this call has 4; the prediction is 3 for each."""
    credit = SyntheticGradient((1,))
    credit.rows = 10
    nn.init.constant_(credit.predict[-1].bias, 3.0)
    x = torch.ones(4, 1, requires_grad=True)
    (credit(x).sum() * 0.5 / 10).backward()
    torch.testing.assert_close(x.grad, torch.full((4, 1), 3 / 10))
    torch.testing.assert_close(credit.predict[-1].bias.grad, torch.tensor([4 * 2 * (3 - 0.5) / 10]))


def test_predicted_credit_goes_and_leaves_what_was_said():
    (x, target), graph = batch(), two_layers()
    done = decouple(graph, "credit", ON, context="input.x")
    assert (done.claim.kind, done.touched) == ("exact", ("credit",))
    with torch.no_grad():
        assert torch.equal(Agent(done.after)(x, None, None, None)[0]["y"], Agent(graph)(x, None, None, None)[0]["y"])
    through = exclude(done.after, "credit")
    assert (through.after, through.claim.kind) == (graph, "exact")
    blocked = exclude(done.after, "credit", credit="blocked").after
    assert isinstance(blocked.modules["credit"], StopGradient)
    assert exclude(blocked, "credit").after == graph
    found = gradients(Agent(blocked), x, target)
    assert found["low.map.weight"] is None
    torch.testing.assert_close(found["top.map.weight"], gradients(Agent(graph), x, target)["top.map.weight"])


def test_it_is_saved_and_built_again():
    graph = decouple(two_layers(), "credit", ON, "input.x", widths=(6,), gradient_prob=0.5).after
    again = Graph.from_json(graph.to_json())
    assert again.to_json() == graph.to_json()
    assert again.modules["credit"].gradient_prob == 0.5
    assert [type(layer) for layer in again.modules["credit"].predict] == [nn.Linear, nn.ReLU, nn.Linear]


@pytest.mark.parametrize("shared", [True, False])
def test_the_sender_learns_to_speak_from_its_prediction_alone(shared):
    options = {"updates": 3, "batch": 4, "width": 8, "shared": shared}
    told = {}
    for credit in ("through", "blocked", "synthetic"):
        settings = Dial("switch_riddle_v0", credit=credit, **options)
        learner = make_learner(settings)
        before = learner.team().agents[0]
        learner.update()
        after = learner.team().agents[0]
        told[credit] = not torch.equal(before.message_head.map.weight, after.message_head.map.weight)
        if credit == "synthetic":
            assert not torch.equal(before.credit.predict[-1].weight, after.credit.predict[-1].weight)
            learner.update()
            told["then"] = not torch.equal(
                after.message_head.map.weight, learner.team().agents[0].message_head.map.weight
            )
    assert told == {"through": True, "blocked": False, "synthetic": False, "then": True}


def test_dial_predicts_the_credit_of_what_is_said_from_what_is_recalled():
    settings = Dial("switch_riddle_v0", width=8, credit="synthetic", gradient_prob=0.25)
    graph = make_learner(settings).team().agents[0].graph
    around = [str(wire) for wire in graph.wires if "credit" in (wire.sender, wire.receiver)]
    assert set(around) == {"message_head.out -> credit.x", "credit.out -> output.emit", "rnn.out -> credit.context"}
    assert graph.modules["credit"].gradient_prob == 0.25


def test_evaluation_needs_neither_label_nor_context_and_in_training_none_is_zeros():
    (x, target), graph = batch(), two_layers()
    agent = Agent(decouple(graph, "credit", Wire("low.out", "top.x"), context="input.told", label="input.label").after)
    torch.nn.init.normal_(agent.credit.predict[-1].weight)
    found = []
    for told, label in ((None, None), (torch.zeros(7, 4), torch.zeros(7, 2)), (torch.ones(7, 4), torch.ones(7, 2))):
        agent.zero_grad()
        outputs, _ = agent.train()(x, told, label, None)
        ((outputs["y"] - target) ** 2).sum(-1).mean().backward()
        found.append(agent.low.map.weight.grad.clone())
        assert torch.equal(agent.eval()(x, None, None, None)[0]["y"], outputs["y"])
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])


def test_a_transparent_module_is_bypassed_by_its_first_input_though_another_has_its_shape():
    graph = two_layers()
    for put in (decouple, predict_input):
        done = put(graph, "between", ON, context="input.told")
        assert done.after.modules["between"].inputs["context"].fits(done.after.modules["between"].inputs["x"])
        through = exclude(done.after, "between")
        assert (through.after, through.claim.kind) == (graph, "exact")


def test_an_input_that_is_predicted_learns_from_the_value_and_hands_on_what_comes_back():
    (x, target), graph = batch(), two_layers()
    agent = Agent(predict_input(graph, "soon", ON, "input.x", (6,)).after)
    outputs, _ = agent.train()(x, None, None, None)
    predicted, value = agent.soon.predict(x), agent.low(x)
    assert torch.equal(outputs["y"], agent.top(predicted))
    assert not torch.equal(outputs["y"], agent.top(value))
    assert torch.equal(agent.eval()(x, None, None, None)[0]["y"], agent.top(value))
    ((outputs["y"] - target) ** 2).sum(-1).mean().backward()
    # By hand: the predictor's loss is its own squared error, and low learns from the gradient at the prediction.
    heard = predicted.detach().requires_grad_()
    (at,) = torch.autograd.grad(((agent.top(heard) - target) ** 2).sum(-1).mean(), heard)
    (low,) = torch.autograd.grad(value, agent.low.map.weight, at)
    torch.testing.assert_close(agent.low.map.weight.grad, low)
    own = ((agent.soon.predict(x) - agent.low(x).detach()) ** 2).sum(-1).mean()
    for parameter, expected in zip(
        agent.soon.parameters(), torch.autograd.grad(own, list(agent.soon.parameters())), strict=True
    ):
        torch.testing.assert_close(parameter.grad, expected)


def test_unlocked_both_ways_a_layer_depends_on_no_other():
    (x, target), graph = batch(), two_layers()
    done = decouple(graph, "credit", ON)
    agent = Agent(predict_input(done.after, "soon", Wire("credit.out", "top.x"), "input.x").after)
    torch.nn.init.normal_(agent.credit.predict[-1].weight)

    before = gradients(agent, x, target)
    with torch.no_grad():
        agent.top.map.weight += 1
    behind = gradients(agent, x, target)
    with torch.no_grad():
        agent.low.map.weight += 1
    both = gradients(agent, x, target)
    assert torch.equal(before["low.map.weight"], behind["low.map.weight"])
    assert torch.equal(behind["top.map.weight"], both["top.map.weight"])
    assert not torch.equal(behind["soon.predict.0.weight"], both["soon.predict.0.weight"])
    assert not torch.equal(before["credit.predict.0.weight"], behind["credit.predict.0.weight"])


def test_bad_requests():
    graph = two_layers()
    with pytest.raises(ValueError, match=r"no source of a wire 'lower.out'. Did you mean 'low.out'"):
        decouple(graph, "credit", Wire("lower.out", "top.x"))
    with pytest.raises(ValueError, match=r"put on a wire of the graph; received 'low.out -> output.y'"):
        decouple(graph, "credit", Wire("low.out", "output.y"))
    with pytest.raises(
        ValueError, match=r"the shape, dtype and count of its wire; received 'low.out float\[4\], credit.x"
    ):
        augment(graph, "credit", SyntheticGradient((3,)), on=ON)
    with pytest.raises(ValueError, match=r"further wires must lead to other inputs of credit"):
        augment(graph, "credit", SyntheticGradient((4,)), [Wire("input.x", "top.x")], on=ON)
    with pytest.raises(ValueError, match="gradient_prob of SyntheticGradient must be a finite number"):
        SyntheticGradient((4,), gradient_prob=2.0)
    with pytest.raises(ValueError, match=r"There is no module 'tp'. Did you mean 'top'"):
        exclude(graph, "tp", credit="blocked")
    with pytest.raises(ValueError, match='credit="blocked" needs a SyntheticGradient to remove'):
        exclude(graph, "top", credit="blocked")
    with pytest.raises(ValueError, match='Credit "synthetic" needs a differentiable carrier'):
        Channel(Symbols(3), credit="synthetic")
    assert Channel(DRU(), credit="synthetic").credit == "synthetic"


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (
            lambda: SyntheticGradient((4,), widths=(0,)),
            "Each of widths of SyntheticGradient must be an integer, at least 1",
        ),
        (lambda: SyntheticGradient((4,), context=-1), "context of SyntheticGradient must be an integer, at least 0"),
        (lambda: SyntheticGradient((-1,)), "shape of SyntheticGradient must be an integer, at least 1; received -1"),
        (lambda: SyntheticInput((4,), 0), "context of SyntheticInput must be an integer, at least 1; received 0"),
        (lambda: StopGradient((0,)), "shape of StopGradient must be an integer, at least 1; received 0"),
        (
            lambda: SyntheticGradient((4,), labels=3).predict_gradient(torch.ones(2, 4)),
            r"must be label \[rows, 3\]; received \[\]",
        ),
        (
            lambda: SyntheticGradient((4,), labels=3).predict_gradient(torch.ones(2, 4), torch.ones(2, 2)),
            r"must be label \[rows, 3\]; received \[\[2, 2\]\]",
        ),
        (
            lambda: decouple(Agent(two_layers()), "credit", ON),
            "decouple must be one of: Graph; received 'Agent'.*.graph",
        ),
    ],
)
def test_predictors_that_cannot_be(made, said):
    with pytest.raises(ValueError, match=said):
        made()


def test_a_predictor_hears_rows_of_numbers_and_one_agent_of_a_team_is_decoupled():
    graph = cnet(3, 1, 2, 2, DRU(), own_message=False, width=8)
    on = Wire("message_head.out", "output.emit")
    for wrong in ("input.heard", "input.seat"):
        with pytest.raises(ValueError, match=f"inputs of a predictor must be vectors of floats; received '{wrong}"):
            decouple(graph, "credit", on, context=wrong)
    team = Team([Agent(graph.clone()) for _ in range(3)], Channel(DRU()))
    claim = predict_input(graph, "guess", on, "rnn.out").claim
    assert str(claim) == "exact: guess is the identity in evaluation; in training its readers receive its prediction."
    done = inside(team, "agent_1", decouple, "credit", on, context="rnn.out")
    assert ["credit" in agent.graph.modules for agent in done.after.agents] == [False, True, False]
