"""Each operator by example: what it makes, what it claims, what it refuses."""

import copy

import pytest
import torch
from interlect.agents import (
    GRU,
    Agent,
    BatchNorm,
    Dropout,
    Embed,
    Frozen,
    Graph,
    Identity,
    Linear,
    Port,
    Residual,
    Series,
    SymbolMap,
    Wire,
)
from interlect.agents.editing import Step, apply
from interlect.agents.operators import (
    Claim,
    OperatorResult,
    augment,
    exclude,
    extract,
    join,
    lift,
    port,
    reorder,
    split,
    substitute,
)
from small_graphs import FLOAT, chain, line, said, same, the_cnet


def test_split_takes_a_series_apart_and_each_part_learns_alone():
    graph = chain(Series([line(1), line(2), line(3)]), line(4))
    done = split(graph, "a", at=2, into=("low", "high"))
    assert list(done.after.modules) == ["low", "high", "b"]
    assert (done.touched, done.claim.kind) == (("low", "high"), "exact")
    assert done.after.modules["high"] is graph.modules["a"].parts["2"]
    assert same(graph, done.after)
    agent = Agent(done.after)
    optimizer = torch.optim.SGD(agent.high.parameters(), 0.1)
    before = agent.low.parts["0"].map.weight.clone()
    said(agent).square().sum().backward()
    optimizer.step()
    assert torch.equal(agent.low.parts["0"].map.weight, before)
    assert same(graph, done.after), "over the same parameters, the whole has learned as well"


def test_split_parts_the_layers_of_a_gru_with_their_states():
    graph = the_cnet()
    done = split(graph, "rnn")
    assert [wire.target for wire in done.after.delayed_wires()] == ["rnn_0.state", "rnn_1.state"]
    assert same(graph, done.after)
    again = join(done.after, "rnn_0", "rnn_1", into="rnn").after
    assert again.wires == graph.wires
    assert again.to_json() == graph.to_json()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: split(chain(line()), "b"), r"no module 'b'.*Known: a"),
        (lambda: split(chain(line()), "a"), r"a is neither; received 'Linear'.*Series"),
        (lambda: split(chain(Series([line(), line()])), "a", at=2), r"2 parts.*received 2\. Choose 1 to 1"),
        (
            lambda: split(chain(Series([line(), line()]), line()), "a", into=("b", "c")),
            r"must be unused; received 'b'",
        ),
        (
            lambda: join(chain(line(), line(), line()), "a", "c"),
            r"To join a and c, a\.out -> c\.x must be.*a\.out -> b\.x",
        ),
        (lambda: Series([line(), Embed(3, 4)]), r"Linear out float\[4\], Embed symbol int\[\] below 3"),
        (lambda: Residual(Linear(4, (5,))), r"Linear x float\[4\] to out float\[5\]"),
        (lambda: substitute(chain(line()), "a", Linear(4, (5,))), r"a\.out float\[4\], Linear\.out float\[5\]"),
        (lambda: substitute(chain(line()), "a", Embed(3, 4)), r"a\.x float\[4\], Embed\.x missing"),
        (lambda: reorder(chain(line(), Series([Linear(4, (4,))])), "a", "z"), r"no module 'z'"),
        (
            lambda: reorder(the_cnet(), "observation_encoder", "hidden"),
            r"observation_encoder\.symbol int\[\] below 2, hidden\.symbol missing",
        ),
        (
            lambda: lift(the_cnet(), ["observation_encoder", "hidden"]),
            r"observation_encoder\.symbol int\[\] below 2, hidden\.symbol missing",
        ),
        (
            lambda: reorder(the_cnet(), "observation_encoder", "agent_embedding"),
            r"observation_encoder\.symbol int\[\] below 2, agent_embedding\.symbol int\[\] below 3",
        ),
        (
            lambda: lift(the_cnet(), ["observation_encoder", "agent_embedding"]),
            r"observation_encoder\.symbol int\[\] below 2, agent_embedding\.symbol int\[\] below 3",
        ),
        (
            lambda: substitute(the_cnet(), "observation_encoder", Embed(16, 8)),
            r"observation_encoder\.symbol int\[\] below 2, Embed\.symbol int\[\] below 16",
        ),
        (lambda: exclude(chain(line()), "a", bypass=False), r"without a none leads to output\.y; received 'input\.x'"),
        (
            lambda: exclude(chain(line()), Wire("a.out", "output.y")),
            r"without a\.out -> output\.y none",
        ),
        (
            lambda: exclude(chain(line()), Wire("a.out", "b.x")),
            r"can be excluded; received 'a\.out -> b\.x'.*output\.y",
        ),
        (
            lambda: exclude(the_cnet(), "observation_encoder", bypass=True),
            r"A bypass of observation_encoder needs.*symbol int\[\] below 2 to out float\[8\]",
        ),
        (
            lambda: exclude(the_cnet(), Wire("input.seat", "agent_embedding.symbol")),
            r"last to agent_embedding\.symbol.*Remove agent_embedding first",
        ),
        (lambda: augment(chain(line()), "a", line()), r"must be unused; received 'a'"),
        (lambda: augment(chain(line()), "n", line(), [Wire("a.out", "a.x", 1)]), r"to or from the new module n"),
        (
            lambda: augment(chain(line()), "n", line(), on=Wire("a.out", "a.x")),
            r"a wire of.*a\.out -> output\.y",
        ),
        (
            lambda: augment(the_cnet(), "n", line(), on=Wire("hidden.out", "action_head.x")),
            r"hidden\.out float\[8\], n\.x",
        ),
        (lambda: extract(chain(line()), []), r"at least one module; received \[\]\. Choose among: a"),
        (lambda: port(chain(line()), ["a"], {}, {}, {"a": line()}, []), r"must be unused; received 'a'"),
        (lambda: port(chain(line()), ["a"], {}, {}, {}, [Wire("a.out", "a.x", 1)]), r"inside of a ported body"),
        (
            lambda: port(the_cnet(), ["observation_encoder"], {}, {}, {}, []),
            r"integer port observation_encoder\.symbol must have exactly one wire",
        ),
        (lambda: apply(chain(line()), [Step("exclud", {})]), r"no operator 'exclud'\. Did you mean 'exclude'"),
        (lambda: exclude("graph", "a"), r"exclude must be one of: Graph, Team; received 'str'"),
    ],
)
def test_an_illegal_request_names_both_ends_and_the_remedy(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_augment_refuses_a_cycle_and_an_integer_that_would_be_heard():
    wires = [Wire("b.out", "n.x"), Wire("n.out", "a.x")]
    with pytest.raises(ValueError, match=r"cycle needs a wire with delay 1; received \['a', 'b', 'n', 'n_out_gate'\]"):
        augment(chain(line(), line()), "n", line(), wires)
    graph = Graph({"n": Port((), "int")}, {"n": Port((), "int")}, {}, (Wire("input.n", "output.n"),))
    with pytest.raises(ValueError, match=r"integer output cannot be gated to zero; received 'm\.out -> output\.n'"):
        augment(graph, "m", Identity((), "int"), [Wire("input.n", "m.x"), Wire("m.out", "output.n")])


def test_a_silent_gate_learns_and_lets_the_module_behind_it_learn_then():
    graph = chain(line(1), line(2))
    done = augment(graph, "more", line(3), [Wire("input.x", "more.x"), Wire("more.out", "b.x")])
    agent = Agent(done.after)
    optimizer = torch.optim.SGD(
        [p for name in (*done.touched, "more") for p in agent.get_submodule(name).parameters()], 0.1
    )
    said(agent).square().sum().backward()
    assert agent.more_out_gate.weight.grad.abs().min() > 0
    assert not agent.more.map.weight.grad.any()
    optimizer.step()
    optimizer.zero_grad()
    said(agent).square().sum().backward()
    assert agent.more.map.weight.grad.any()


def test_augment_in_series_starts_as_the_identity_and_its_gate_learns():
    graph = chain(line(1), line(2))
    done = augment(graph, "more", Series([Linear(4, (9,), relu=True), Linear(9, (4,))]), on=Wire("a.out", "b.x"))
    assert same(graph, done.after)
    agent = Agent(done.after)
    said(agent).square().sum().backward()
    assert agent.more.gate.grad.abs().min() > 0
    later = Graph(graph.inputs, graph.outputs, graph.modules, (*graph.wires, Wire("a.out", "a.x", 1)))
    wires = augment(later, "more", line(), on=later.wires[-1]).after.wires
    assert wires[-2:] == (Wire("a.out", "more.x"), Wire("more.out", "a.x", 1)), "the first step still brings zeros"
    plain = augment(graph, "more", Identity((4,)), on=Wire("a.out", "b.x")).after
    assert plain.modules["more"].kind == "Identity"


def test_a_memory_is_added_in_parallel_with_its_state_at_full_strength():
    graph = chain(line(1), line(2))
    wires = [Wire("a.out", "n.x"), Wire("n.state", "n.state", 1), Wire("n.out", "b.x")]
    done = augment(graph, "n", GRU(4), wires)
    assert list(done.after.modules) == ["a", "b", "n", "n_out_gate"]
    assert same(graph, done.after)


def test_a_ported_body_stays_as_it_is_and_its_source_still_learns():
    graph = chain(Series([BatchNorm((4,)), Dropout((4,)), line(1)]), GRU(4), line(2))
    inputs, outputs = {"picture": Port((6,))}, {"label": Port((3,))}
    borders = {"into": Linear(6, (4,)), "out_of": Linear(4, (3,))}
    wires = [Wire("input.picture", "into.x"), Wire("into.out", "a.x"), Wire("b.out", "out_of.x")]
    done = port(graph, ["a", "b"], inputs, outputs, borders, [*wires, Wire("out_of.out", "output.label")])
    assert (done.claim.kind, done.touched) == ("body unchanged", ("into", "out_of"))
    agent = Agent(done.after).train()
    before = {name: value.clone() for name, value in agent.state_dict().items()}
    optimizer = torch.optim.Adam(agent.parameters(), 0.1)
    assert torch.equal(said(agent), said(agent)), "the body's dropout is that of evaluation"
    said(agent).square().sum().backward()
    optimizer.step()
    changed = {name.split(".")[0] for name, value in agent.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {"into", "out_of"}
    assert graph.modules["a"].training
    said(Agent(graph).train()).square().sum().backward()
    assert graph.modules["b"].layers[0].from_input.weight.grad is not None


def test_lift_makes_one_node_where_the_same_is_heard_and_one_module_elsewhere():
    one = line(1)
    graph = Graph(
        {"x": FLOAT, "z": FLOAT},
        {"y": FLOAT},
        {"a": one, "b": copy.deepcopy(one), "c": line(5)},
        (
            *(Wire("input.x", f"{n}.x") for n in "ab"),
            *(Wire(f"{n}.out", "output.y") for n in "abc"),
            Wire("input.z", "c.x"),
        ),
    )
    done = lift(graph, ["a", "b"], into="eye")
    assert list(done.after.modules) == ["eye", "c"]
    assert done.claim.kind == "exact"
    assert same(graph, done.after)
    shared = lift(graph, ["a", "c"])
    assert shared.after.modules["c"] is one
    assert shared.claim.kind == "measured"
    assert shared.touched == ("a", "c")
    assert not same(graph, shared.after)


def test_an_operator_takes_other_structures_once_it_is_told_how():
    class Herd:
        pass

    @exclude.register(Herd)
    def exclude_from_a_herd(herd, what, bypass=None, credit="through"):
        return OperatorResult("exclude", herd, herd, Claim("measured", f"{what} is gone."), ())

    try:
        assert exclude(Herd(), "sheep").claim.sentence == "sheep is gone."
        assert exclude(chain(line(), line()), "a").operator == "exclude"
    finally:
        del exclude._by_structure[Herd]


def test_what_sums_up_its_own_past_is_not_excluded_exactly():
    graph = chain(Identity((4,)), line(1))
    looped = graph.with_wires(Wire("a.out", "a.x", delay=1))
    assert exclude(graph, "a").claim.kind == "exact"
    assert exclude(looped, "a").claim.kind == "measured"
    assert not same(looped, exclude(looped, "a").after)


def test_a_code_that_has_learned_is_no_identity():
    graph = chain(line(1), line(2))
    fresh, learned = SymbolMap((4,)), SymbolMap((4,))
    with torch.no_grad():
        learned.weight.mul_(2)
    for code in (fresh, learned):
        done = augment(graph, "code", code, on=graph.wires[1])
        assert (done.after.modules["code"] is code) == (code is fresh)
        assert done.claim.kind == "exact"
        assert same(graph, done.after)


def test_a_module_called_self_is_not_a_copy_itself():
    modules = {name: Linear(4, (4,)) for name in ("self", "a")}
    modules["b"] = modules["a"].__class__(4, (4,))
    modules["b"].load_state_dict(modules["a"].state_dict())
    wires = [Wire("input.x", "self.x"), Wire("self.out", "a.x", delay=1), Wire("b.out", "b.x", delay=1)]
    wires += [Wire("input.x", "output.y"), Wire("a.out", "output.y"), Wire("b.out", "output.y")]
    graph = Graph({"x": Port((4,))}, {"y": Port((4,))}, modules, tuple(wires))
    lifted = lift(graph, ["a", "b"]).after
    assert lifted.modules["b"] is lifted.modules["a"]


@pytest.mark.parametrize("names", [[], ["a", "a"]])
def test_what_is_lifted_are_different_modules(names):
    graph = Graph({"x": Port((4,))}, {"y": Port((4,))}, {"a": Linear(4, (4,))}, (Wire("input.x", "a.x"),))
    with pytest.raises(ValueError, match="lift needs different modules"):
        lift(graph, names)


def test_one_wire_of_two_alike_goes():
    graph = chain(line(1), line(2))
    doubled = graph.with_wires(graph.wires[1])
    done = exclude(doubled, graph.wires[1])
    assert sorted(map(str, done.after.wires)) == sorted(map(str, graph.wires))
    assert done.touched == ("b",)
    assert exclude(graph.with_wires(graph.wires[2]), graph.wires[2]).touched == ()


def test_a_bypass_keeps_a_delay_and_one_wire_cannot_have_two():
    graph = chain(Identity((4,)), line(1))
    gradient_delay, plain = Wire("input.x", "a.x", 1), Wire("input.x", "output.y")
    once = Graph(graph.inputs, graph.outputs, graph.modules, (gradient_delay, *graph.wires[1:], plain))
    done = exclude(once, "a")
    assert done.after.wires[0] == Wire("input.x", "b.x", 1)
    assert (done.touched, done.claim.kind) == (("b",), "exact")
    twice = Graph(
        graph.inputs, graph.outputs, graph.modules, (gradient_delay, Wire("a.out", "b.x", 1), graph.wires[2], plain)
    )
    with pytest.raises(ValueError, match="A bypass of a needs"):
        exclude(twice, "a", bypass=True)


def test_those_who_hear_what_changed_places_or_became_one_are_touched():
    graph = chain(line(1), line(2), line(3), line(4))
    assert reorder(graph, "a", "b").touched == ("a", "b", "c")
    assert reorder(graph, "a", "c").touched == ("a", "c", "b", "d")
    wires = [Wire("input.x", "z.x"), Wire("z.out", "c.x")]
    twins = Graph(graph.inputs, graph.outputs, graph.modules | {"z": line(1)}, (*graph.wires, *wires))
    assert lift(twins, ["a", "z"]).touched == ("a", "b", "c")


def test_lifted_are_all_or_it_is_not_exact_and_neither_has_ports_that_the_other_lacks():
    one = line(1)
    graph = chain(one, copy.deepcopy(one), line(2), GRU(4))
    assert lift(graph, ["a", "b"]).claim.kind == "exact"
    assert lift(graph, ["a", "b", "c"]).claim.kind == "measured"
    for names in (["c", "d"], ["d", "c"]):
        with pytest.raises(ValueError, match=r"have its ports; received .*d\.state|d\.state .*Linear"):
            lift(graph, names)


def test_a_part_says_what_nobody_heard():
    graph = chain(line(1), line(2))
    deaf = Graph(graph.inputs, graph.outputs, graph.modules | {"c": line(3)}, (*graph.wires, Wire("a.out", "c.x")))
    assert list(extract(deaf, ["b", "c"]).after.outputs) == ["b_out", "c_out"]


def test_a_body_is_frozen_once_and_a_module_in_two_places_stays_one():
    one, still = line(1), Frozen(line(2))
    graph = chain(one, still, one)
    wires = [Wire("input.x", "a.x"), Wire("c.out", "output.y")]
    found = port(graph, ["a", "b", "c"], graph.inputs, graph.outputs, {}, wires).after.modules
    assert found["b"] is still
    assert found["a"] is found["c"]
