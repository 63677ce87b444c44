"""Laws of the operators on random graphs: with delays, states, dropout, running statistics and modules used twice."""

import copy
import pickle
import random
from itertools import combinations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from interlect.agents import (
    GRU,
    Agent,
    BatchNorm,
    Dropout,
    Embed,
    Frozen,
    Gate,
    Graph,
    Identity,
    Linear,
    Port,
    Residual,
    Series,
    Subgraph,
    Wire,
    load_agent,
    save_agent,
)
from interlect.agents.editing import apply, describe, script
from interlect.agents.modules.structure import modules_to_json
from interlect.agents.operators import augment, exclude, extract, join, lift, port, reorder, split, substitute

LAW = settings(max_examples=30)
WIDTHS = (2, 3)
BUILDERS = {
    "linear": lambda w, v: Linear(w, (v,)),
    "series": lambda w, v: Series([Linear(w, (v,), relu=True), BatchNorm((v,)), Linear(v, (v,))]),
    "gru": lambda w, _: GRU(w, layers=2, bound=1.0),
    "norm": lambda w, _: BatchNorm((w,)),
    "dropout": lambda w, _: Dropout((w,)),
    "gate": lambda w, _: Gate((w,)),
    "identity": lambda w, _: Identity((w,)),
    "residual": lambda w, _: Residual(Linear(w, (w,))),
    "frozen": lambda w, v: Frozen(Series([BatchNorm((w,)), Dropout((w,)), Linear(w, (v,))])),
    "embed": lambda w, _: Embed(4, w),
    "whole": lambda _, __: Identity((), "int", count=4),
    "unknown": lambda _, __: Identity((), "int"),
}


def some(draw, things, most):
    return draw(st.lists(st.sampled_from(things), max_size=most)) if things else []


@st.composite
def graphs(draw, near=None):
    """A legal graph; with ``near``, one that has some of its modules, and the same inputs and outputs perhaps."""
    state = random.getstate()  # beartype picks what to check at random, which Hypothesis forbids inside of strategies
    try:
        return draw_graph(draw, near)
    finally:
        random.setstate(state)


def draw_graph(draw, near):
    inputs, outputs = {"n": Port((), "int", count=4), "x": Port((2,)), "y": Port((3,))}, {"out": Port((2,))}
    if near is None or draw(st.booleans()):
        if draw(st.booleans()):
            outputs["more"] = Port((draw(st.sampled_from(WIDTHS)),))
        if draw(st.booleans()):
            inputs.pop("y")
    else:
        inputs, outputs = dict(near.inputs), dict(near.outputs)
    rng, modules = torch.Generator().manual_seed(draw(st.integers(0, 99))), {}
    for name in draw(st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=5, unique=True)):
        old = [*modules.values(), *(near.modules.values() if near else [])]
        if near and name in near.modules and draw(st.booleans()):
            modules[name] = near.modules[name]
        elif old and draw(st.integers(0, 3)) == 0:
            modules[name] = draw(st.sampled_from(old))
        else:
            kind = draw(st.sampled_from(list(BUILDERS)))
            modules[name] = BUILDERS[kind](draw(st.sampled_from(WIDTHS)), draw(st.sampled_from(WIDTHS)))
            for tensor in (*modules[name].parameters(), *modules[name].buffers()):
                if tensor.is_floating_point():
                    tensor.data.uniform_(0.2, 1.2, generator=rng)
    sources = {f"input.{name}": p for name, p in inputs.items()}
    everywhere = sources | {f"{m}.{p}": q for m in modules for p, q in modules[m].outputs.items()}
    wires = []
    for name, module in modules.items():
        for heard, p in module.inputs.items():
            end = f"{name}.{heard}"
            fitting = [s for s, q in sources.items() if q.fits(p)]
            if p.dtype == "int":
                wires.append(Wire(draw(st.sampled_from(fitting)), end, draw(st.sampled_from([0, 0, 0, 1]))))
                continue
            if heard == "state":
                wires += [Wire(f"{name}.state", end, 1)] if draw(st.booleans()) else []
                continue
            wires += [Wire(s, end) for s in some(draw, fitting, 2)]
            wires += [Wire(s, end, 1) for s in some(draw, [s for s, q in everywhere.items() if q.fits(p)], 1)]
        sources |= {f"{name}.{p}": q for p, q in module.outputs.items()}
    for name, p in outputs.items():
        fitting = [s for s, q in everywhere.items() if q.fits(p)]
        wires += [Wire(s, f"output.{name}", draw(st.integers(0, 1))) for s in some(draw, fitting, 3)]
    return Graph(inputs, outputs, modules, tuple(draw(st.permutations(wires))))


def values(agent, steps=4, rows=3):
    """What an agent says in evaluation over several steps; each input is drawn by its name."""
    agent.eval()
    said, memory = [], None
    for step in range(steps):
        drawn = []
        for name, p in agent.graph.inputs.items():
            rng = torch.Generator().manual_seed(1000 * step + sum(map(ord, name)))
            if p.dtype == "int":
                drawn.append(torch.randint(0, 4, (rows,), generator=rng))
            else:
                drawn.append(torch.randn(rows, *p.shape, generator=rng))
        with torch.no_grad():
            outputs, memory = agent(*drawn, memory)
        said.append(outputs)
    return said


def assert_same_function(a, b, exactly=True):
    for ours, theirs in zip(values(Agent(a)), values(Agent(b)), strict=True):
        assert ours.keys() == theirs.keys()
        for name, value in ours.items():
            if exactly:
                assert torch.equal(value, theirs[name])
            else:
                torch.testing.assert_close(value, theirs[name], rtol=1e-4, atol=1e-5)


def attempt(operator, *args, **kwargs):
    """What an operator makes, or None where it says why not."""
    try:
        return operator(*args, **kwargs)
    except ValueError as error:
        sentences = str(error).count(". ")
    assert sentences >= 1, "an error says the rule, what came, and the remedy"
    return None


@LAW
@given(graphs())
def test_split_then_join_is_the_identity(graph):
    for name, module in graph.modules.items():
        parts = len(getattr(module, "parts", ())) if isinstance(module, Series) else 2
        for at in range(1, parts):
            done = attempt(split, graph, name, at)
            assert (done is not None) == isinstance(module, Series | GRU)
            if done is None:
                continue
            assert done.claim.kind == "exact"
            assert_same_function(graph, done.after)
            again = join(done.after, *done.touched, into=name)
            assert again.claim.kind == "exact"
            assert again.after.context_to_json() == graph.context_to_json()
            for one, two in zip(graph.modules.items(), again.after.modules.items(), strict=True):
                assert modules_to_json(dict([one])) == modules_to_json(dict([two]))
            assert_same_function(graph, again.after)
            assert describe(graph, again.after).parameters_added == 0


@LAW
@given(graphs(), st.data())
def test_augment_then_exclude_is_the_identity(graph, data):
    heard = data.draw(st.sampled_from([e for e, p in graph.sources().items() if p.dtype == "float"]))
    width = graph.sources()[heard].shape
    end = data.draw(st.sampled_from([e for e, p in graph.targets().items() if p.dtype == "float"]))
    new = Linear(width[0], graph.targets()[end].shape)
    wires = (Wire(heard, "new.x"), Wire("new.out", end, data.draw(st.integers(0, 1))))
    done = attempt(augment, graph, "new", new, wires)
    if done:
        assert done.claim.kind == "exact"
        assert done.touched == ("new_out_gate",)
        assert_same_function(graph, done.after)
    if done and outputs_in_reach(done.after) == outputs_in_reach(graph):
        silent = exclude(done.after, "new_out_gate", bypass=False)
        assert silent.claim.kind == "exact"
        assert exclude(silent.after, "new", bypass=False).after == graph
        bypassed = exclude(done.after, "new").after
        assert_same_function(graph, bypassed)
    for wire in dict.fromkeys(graph.wires):
        shape = graph.sources()[wire.source].shape
        if not shape:
            continue
        done = augment(graph, "new", Linear(shape[0], shape), on=wire)
        assert_same_function(graph, done.after)
        back = exclude(done.after, "new")
        assert back.claim.kind == "exact"
        assert back.after == graph


@LAW
@given(graphs())
def test_reorder_twice_is_the_identity(graph):
    for a, b in combinations(graph.modules, 2):
        done = attempt(reorder, graph, a, b)
        if done:
            assert reorder(done.after, a, b).after == graph
            values(Agent(done.after), steps=2)
            if done.claim.kind == "exact":
                assert_same_function(graph, done.after, exactly=False)


@LAW
@given(graphs())
def test_substituting_a_copy_is_exact(graph):
    for name, module in graph.modules.items():
        done = substitute(graph, name, copy.deepcopy(module))
        assert done.claim.kind == "exact"
        assert_same_function(graph, done.after)
        assert describe(graph, done.after).changed == (name,)


@LAW
@given(graphs(), st.data())
def test_a_script_leads_from_any_graph_to_any_other(a, data):
    b = data.draw(graphs(near=data.draw(st.sampled_from([None, a]))))
    steps = script(a, b)
    reached = a
    for step in steps:
        reached = apply(reached, [step])
        values(Agent(reached), steps=2)
    assert not describe(reached, b)
    assert all(reached.modules[name] is b.modules[name] for name in b.modules)
    assert_same_function(reached, b, exactly=False)
    assert [step.operator for step in steps[1:]].count("port") == 0
    assert script(b, b) == ()


def outputs_in_reach(graph):
    """The outputs that change, some time, if inputs do: followed by hand from each output backwards."""
    alive = set()
    for name in graph.outputs:
        seen, ahead = set(), [f"output.{name}"]
        while ahead:
            end = ahead.pop()
            module = end.split(".")[0]
            wires = [w for w in graph.wires if (w.target == end if module == "output" else w.receiver == module)]
            new = {w.source.split(".")[0] for w in wires} - seen
            seen |= new
            ahead += [f"{m}.any" for m in new if m != "input"]
        if "input" in seen:
            alive.add(name)
    return alive


@LAW
@given(graphs(), st.booleans())
def test_exclude_keeps_a_graph_legal_or_says_why_not(graph, cut):
    for what in (*graph.modules, *dict.fromkeys(graph.wires)):
        done = attempt(exclude, graph, what, bypass=False if cut else None)
        if done is None:
            continue
        values(Agent(done.after))
        assert outputs_in_reach(done.after) >= outputs_in_reach(graph)
        assert done.before is graph
        if done.claim.kind == "exact":
            assert_same_function(graph, done.after, exactly=False)


def twins(graph, name):
    """A graph in which a copy of a module hears what it hears, and is heard beside it where that can be."""
    names, wires = {name: "copy"}, []
    targets = graph.targets()
    for wire in graph.wires:
        source, target = (
            end.replace(f"{name}.", "copy.") if end.startswith(f"{name}.") else end for end in wire_ends(wire)
        )
        if wire.receiver == name:
            wires.append(Wire(source if wire.sender == name else wire.source, target, wire.delay))
        elif wire.sender in names and targets[wire.target].dtype == "float":
            wires.append(Wire(source, wire.target, wire.delay))
    modules = graph.modules | {"copy": copy.deepcopy(graph.modules[name])}
    return Graph(graph.inputs, graph.outputs, modules, (*graph.wires, *wires))


def wire_ends(wire):
    return wire.source, wire.target


@LAW
@given(graphs(), st.data())
def test_lifting_copies_is_exact(graph, data):
    name = data.draw(st.sampled_from(list(graph.modules)))
    doubled = twins(graph, name)
    done = lift(doubled, [name, "copy"], into="one")
    assert done.claim.kind == "exact"
    assert graph.modules.keys() - {name} == done.after.modules.keys() - {"one"}
    assert_same_function(doubled, done.after, exactly=False)
    assert len(done.after.wires) == len(graph.wires) + sum(w.sender == "copy" != w.receiver for w in doubled.wires)
    ends = [e for e, p in doubled.targets().items() if e.startswith("copy.") and p.dtype == "float"]
    if ends:
        fitting = [s for s, p in doubled.sources().items() if p.fits(doubled.targets()[ends[0]])]
        if fitting:
            apart = doubled.with_wires(Wire(data.draw(st.sampled_from(fitting)), ends[0], 1))
            done = lift(apart, [name, "copy"])
            assert done.after.modules[name] is done.after.modules["copy"]
            assert done.claim.kind == "exact"
            assert_same_function(apart, done.after)


@LAW
@given(graphs())
def test_what_is_taken_out_and_held_as_a_module_is_the_same_function(graph):
    done = attempt(extract, graph, list(graph.modules))
    if done is None:
        return
    part = Subgraph(done.after)
    wires = [Wire(f"input.{name}", f"part.{name}") for name in done.after.inputs]
    wires += [Wire("part.memory", "part.memory", 1)] if "memory" in part.inputs else []
    for wire in graph.wires:
        if wire.receiver == "output":
            source = wire.source if wire.sender == "input" else f"part.{wire.source.replace('.', '_')}"
            wires.append(Wire(source, wire.target, wire.delay))
    held = Graph(graph.inputs, graph.outputs, {"part": part}, tuple(wires))
    assert_same_function(graph, held, exactly=False)
    assert Graph.from_json(held.to_json()).to_json() == held.to_json()
    assert_same_function(held, held.clone())


@LAW
@given(graphs())
def test_a_body_is_the_same_in_another_context(graph):
    inner = [name for name, m in graph.modules.items() if all(p.dtype == "float" for p in m.inputs.values())]
    context = [w for w in graph.wires if not (w.sender in inner and w.receiver in inner)]
    borders = {name: module for name, module in graph.modules.items() if name not in inner}
    done = port(graph, inner, graph.inputs, graph.outputs, borders, context)
    assert done.claim.kind == "body unchanged"
    assert done.touched == tuple(borders)
    assert_same_function(graph, done.after, exactly=False)
    agent = Agent(done.after).train()
    before = {name: value.clone() for name, value in agent.state_dict().items()}
    drawn = [torch.randint(0, 4, (3,)) if p.dtype == "int" else torch.randn(3, *p.shape) for p in graph.inputs.values()]
    outputs, _ = agent(*drawn, None)
    total = sum(value.sum() for value in outputs.values())
    if total.requires_grad:
        total.backward()
    learned = {p for name in borders for p in done.after.modules[name].parameters()}
    assert all(p.grad is None or p in learned for p in agent.parameters())
    for name in inner:
        keys = [key for key in before if key.startswith(f"{name}.") and not _shared(graph, name, borders)]
        assert all(torch.equal(before[key], agent.state_dict()[key]) for key in keys)


def _shared(graph, name, others):
    return any(graph.modules[name] is graph.modules[other] for other in others)


@LAW
@given(graphs())
def test_every_graph_is_saved_loaded_copied_and_pickled(tmp_path_factory, graph):
    agent = Agent(graph)
    folder = tmp_path_factory.mktemp("agent")
    save_agent(folder, agent)
    for again in (load_agent(folder), agent.clone(), pickle.loads(pickle.dumps(agent)), Agent(graph.clone())):
        assert again.graph.to_json() == graph.to_json()
        assert_same_function(graph, again.graph)
        assert len(list(again.parameters())) == len(list(agent.parameters()))
        assert not {id(p) for p in again.parameters()} & {id(p) for p in agent.parameters()}
        shared = [
            [one is two for one in g.modules.values() for two in g.modules.values()] for g in (graph, again.graph)
        ]
        assert shared[0] == shared[1]


def test_graphs_of_the_strategy_are_not_all_alike():
    """The laws above would be empty if no graph had what they are about."""
    found = {"delay": 0, "shared": 0, "ints": 0, "circle": 0, "dead": 0, "alive": 0}

    @settings(max_examples=200, database=None)
    @given(graphs())
    def count(graph):
        found["delay"] += bool(graph.delayed_wires())
        found["shared"] += len({id(m) for m in graph.modules.values()}) < len(graph.modules)
        found["ints"] += any(p.dtype == "int" for m in graph.modules.values() for p in m.inputs.values())
        found["circle"] += any(w.delay and w.sender == w.receiver for w in graph.wires)
        found["dead"] += len(outputs_in_reach(graph)) < len(graph.outputs)
        found["alive"] += len(outputs_in_reach(graph)) == len(graph.outputs)

    count()
    assert min(found.values()) >= 10, found
