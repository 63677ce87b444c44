"""Graphs: what may be wired, what an error says, and that structure survives JSON."""

import copy
import json
import pickle

import numpy as np
import pytest
import torch
from interlect.agents import GRU, Agent, Embed, Graph, Identity, Linear, Port, Subgraph, SumMessageEncoder, Wire, cnet
from interlect.protocols import DRU, Symbols

FLOAT = Port((4,))
SYMBOL = (Wire("input.x", "a.symbol"),)


def chain(**changes):
    parts = {
        "inputs": {"x": FLOAT},
        "outputs": {"y": FLOAT},
        "modules": {"a": Linear(4, (4,)), "b": Linear(4, (4,))},
        "wires": (Wire("input.x", "a.x"), Wire("a.out", "b.x"), Wire("b.out", "output.y")),
    }
    return Graph(**(parts | changes))


def test_wires_into_a_float_port_are_summed():
    graph = chain()
    x = torch.randn(3, 4)
    agent = Agent(graph.with_wires(Wire("input.x", "b.x")))
    want = agent.b(agent.a(x) + x)
    assert torch.equal(agent(x, None)[0]["y"], want)


def test_an_unwired_float_port_reads_zeros():
    graph = chain(wires=(Wire("input.x", "a.x"), Wire("b.out", "output.y")))
    agent = Agent(graph)
    got = agent(torch.randn(3, 4), None)[0]["y"]
    assert torch.equal(got, agent.b(torch.zeros(3, 4)))


def test_a_delayed_wire_carries_the_step_before():
    graph = chain(wires=(Wire("input.x", "a.x"), Wire("a.out", "b.x", delay=1), Wire("b.out", "output.y")))
    agent = Agent(graph)
    x0, x1 = torch.randn(2, 3, 4)
    first, memory = agent(x0, None)
    second, _ = agent(x1, memory)
    assert torch.equal(first["y"], agent.b(torch.zeros(3, 4)))
    assert torch.equal(second["y"], agent.b(agent.a(x0)))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"wires": (Wire("input.z", "a.x"),)}, r"'input\.z'.*Did you mean 'input\.x'"),
        ({"wires": (Wire("a.out", "b.input"),)}, r"'b\.input'"),
        ({"outputs": {"y": Port((5,))}}, r"b\.out float\[4\], output\.y float\[5\]"),
        ({"wires": (Wire("a.out", "b.x"), Wire("b.out", "a.x"))}, r"cycle needs a wire with delay 1.*\['a', 'b'\]"),
        ({"wires": (Wire("a.out", "b.x", delay=2),)}, r"must be 0 or 1; received 2"),
        ({"modules": {"a b": Linear(4, (4,))}, "wires": ()}, r"plain identifier"),
        (
            {"inputs": {"x": Port((), "int", count=16)}, "modules": {"a": Embed(3, 4)}, "wires": SYMBOL},
            r"count; received 'input\.x int\[\] below 16, a\.symbol int\[\] below 3'",
        ),
        ({"modules": {"a": Embed(3, 4)}, "wires": ()}, r"a\.symbol must have exactly one wire; received \[\]"),
    ],
)
def test_what_may_not_be_wired(changes, says):
    with pytest.raises(ValueError, match=says):
        chain(**changes)


@pytest.mark.parametrize("carrier", [DRU(1), Symbols(3, 2)])
def test_structure_survives_json(carrier):
    graph = cnet(3, 1, 2, 2, carrier, own_message=True, width=8)
    again = Graph.from_json(json.loads(json.dumps(graph.to_json())))
    assert again.to_json() == graph.to_json()
    one, two = Agent(graph), Agent(again)
    two.load_state_dict(one.state_dict())
    inputs = example(carrier, 6)
    assert torch.equal(one(*inputs, None)[0]["emit"], two(*inputs, None)[0]["emit"])


def test_an_integer_whose_count_is_unknown_fits_any():
    graph = chain(inputs={"x": Port((), "int")}, modules={"a": Embed(3, 4)}, wires=SYMBOL)
    assert graph.inputs["x"].fits(Port((), "int", count=16))
    assert str(graph.inputs["x"]) == "int[]"


def test_counts_survive_json():
    ends = {"n": Port((), "int", count=16), "m": Port((2,), "int"), "x": Port((3,))}
    whole = Identity((), "int", count=16)
    graph = Graph(ends, {"n": ends["n"]}, {"a": whole}, (Wire("input.n", "a.x"), Wire("a.out", "output.n")))
    again = Graph.from_json(json.loads(json.dumps(graph.to_json())))
    assert (again.inputs, again.outputs) == (ends, {"n": ends["n"]})
    assert again.modules["a"].outputs == whole.outputs
    assert Subgraph(again).inputs == ends


def test_agents_of_a_recipe_state_how_many_integers_they_take():
    inputs = cnet(3, 1, 4, 5, DRU(), own_message=False, width=8).inputs
    assert [inputs[name].count for name in ("observation", "action", "seat", "heard")] == [5, 5, 3, None]


@pytest.mark.parametrize("port", [("float", 3), ("int", 0)])
def test_only_integers_are_counted(port):
    with pytest.raises(ValueError, match=rf"Only an integer port can have a count.*received '{port[0]} of {port[1]}'"):
        Port((), port[0], count=port[1])


def test_structure_never_names_an_import_path():
    with pytest.raises(ValueError, match=r"no registered module 'os\.system'"):
        Graph.from_json({"inputs": {}, "outputs": {}, "modules": {"a": ["os.system", {}]}, "wires": []})


def test_a_clone_is_equal_and_shares_nothing():
    agent = Agent(chain())
    copy = agent.clone()
    assert all(torch.equal(p, q) for p, q in zip(agent.parameters(), copy.parameters(), strict=True))
    with torch.no_grad():
        for parameter in copy.parameters():
            parameter.add_(1)
    assert not any(torch.equal(p, q) for p, q in zip(agent.parameters(), copy.parameters(), strict=True))


def test_state_dict_keys_are_module_names():
    graph = cnet(3, 1, 2, 2, DRU(), own_message=False, width=8)
    assert {key.split(".")[0] for key in Agent(graph).state_dict()} == set(graph.modules)


def test_gru_equals_torchs():
    ours = GRU(8, layers=2)
    theirs = torch.nn.GRU(8, 8, 2)
    with torch.no_grad():
        for layer in range(2):
            getattr(theirs, f"weight_ih_l{layer}").copy_(ours.layers[layer].from_input.weight)
            getattr(theirs, f"bias_ih_l{layer}").copy_(ours.layers[layer].from_input.bias)
            getattr(theirs, f"weight_hh_l{layer}").copy_(ours.layers[layer].from_state.weight)
            getattr(theirs, f"bias_hh_l{layer}").copy_(ours.layers[layer].from_state.bias)
    x = torch.randn(5, 3, 8, requires_grad=True)
    state, outs = None, []
    for step in x:
        out, state = ours(step, state)
        outs.append(out)
    want, _ = theirs(x)
    got = torch.stack(outs)
    torch.testing.assert_close(got, want)
    weight = torch.randn_like(want)
    (grad,) = torch.autograd.grad((got * weight).sum(), x, retain_graph=True)
    (want_grad,) = torch.autograd.grad((want * weight).sum(), x)
    torch.testing.assert_close(grad, want_grad)
    mine = torch.autograd.grad((got * weight).sum(), ours.layers[0].from_state.weight)[0]
    torch.testing.assert_close(mine, torch.autograd.grad((theirs(x)[0] * weight).sum(), theirs.weight_hh_l0)[0])


def example(carrier, rows):
    rng = np.random.default_rng(0)
    present = torch.from_numpy(rng.integers(0, 2, (rows, 1)).astype(np.float32))
    return (
        torch.from_numpy(rng.integers(0, 2, rows)),
        torch.randn(rows, 1, carrier.size) * present[..., None],
        present,
        torch.from_numpy(rng.integers(0, 3, rows)),
        torch.randn(rows, carrier.size),
        torch.arange(rows) % 3,
    )


def test_an_agent_survives_pickling_and_copying():
    agent = Agent(cnet(3, 1, 2, 2, DRU(), own_message=False, width=8))
    inputs = example(DRU(), 6)
    want = agent(*inputs, None)[0]["act"]
    for again in (pickle.loads(pickle.dumps(agent)), copy.deepcopy(agent)):
        assert torch.equal(again(*inputs, None)[0]["act"], want)
        assert again.action_head is not agent.action_head


def test_messages_are_summed_over_senders_beside_their_number():
    torch.manual_seed(0)
    hear = SumMessageEncoder(senders=3, size=2, width=5)
    heard, present = torch.randn(4, 3, 2), torch.tensor([[1.0, 0.0, 1.0]]).repeat(4, 1)
    weight, bias = hear.map.weight, hear.map.bias
    expected = (present.sum(-1, keepdim=True) * weight[:, 0] + heard.sum(1) @ weight[:, 1:].T + bias).relu()
    torch.testing.assert_close(hear(heard, present), expected)
    assert not hear(torch.zeros(1, 3, 2), torch.zeros(1, 3)).any()
