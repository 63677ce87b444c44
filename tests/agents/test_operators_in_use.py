"""Operators on modules in two places, states, dropout, running statistics; agents after surgery, in use."""

import copy
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest
import torch
from interlect.agents import (
    GRU,
    Agent,
    BatchNorm,
    Dropout,
    Frozen,
    Graph,
    Linear,
    Port,
    Series,
    StackedAgents,
    Subgraph,
    Team,
    Wire,
    load_agent,
    load_team,
    relay_agent,
    save_agent,
    save_team,
)
from interlect.agents.editing import apply, script
from interlect.agents.operators import augment, exclude, extract, join, lift, port, reorder, split, substitute
from interlect.envs import make_core, play
from interlect.protocols import DRU, Channel, Symbols
from small_graphs import FLOAT, chain, line, said, same, the_cnet


def used_twice(kind):
    """A chain in which a and c hold one module."""
    made = {
        "linear": lambda: line(1),
        "series": lambda: Series([line(1), Dropout((4,)), BatchNorm((4,)), line(2)]),
        "gru": lambda: GRU(4, 2, bound=1.0),
        "held": lambda: Subgraph(chain(line(1), GRU(4))),
    }[kind]()
    graph = chain(made, line(3), line(4))
    return Graph(graph.inputs, graph.outputs, graph.modules | {"c": made}, graph.wires)


@pytest.mark.parametrize("kind", ["linear", "series", "gru"])
def test_every_operator_takes_a_module_that_is_used_twice(tmp_path, kind):
    graph = used_twice(kind)
    around = [Wire("input.x", "a.x"), Wire("a.out", "n.x"), Wire("n.out", "c.x"), Wire("c.out", "output.y")]
    results = [
        substitute(graph, "c", copy.deepcopy(graph.modules["c"])),
        augment(graph, "n", line(), on=graph.wires[1]),
        reorder(graph, "a", "b"),
        reorder(graph, "a", "c"),
        exclude(graph, "a"),
        exclude(graph, "c"),
        lift(graph, ["a", "c"]),
        port(graph, ["a", "c"], graph.inputs, graph.outputs, {"n": line()}, around),
        *([split(graph, "a")] if kind != "linear" else []),
        *([join(graph, "a", "b")] if kind != "gru" else []),
    ]
    for i, done in enumerate(results):
        agent = Agent(done.after)
        if done.claim.kind == "exact":
            assert same(graph, done.after), done.operator
        save_agent(tmp_path / str(i), agent)
        again = load_agent(tmp_path / str(i))
        assert torch.equal(said(again.eval()), said(agent.eval()))
        assert len(list(again.parameters())) == len(list(agent.parameters())), "what is shared stays shared"
        assert again.state_dict().keys() == agent.state_dict().keys()
        clone = agent.clone().train()
        said(clone).square().sum().backward()
        assert len({p.data_ptr() for p in clone.state_dict().values()}) == len(clone.state_dict())
    assert next(Agent(graph).parameters()).grad is None, "clones do not touch the original"


def test_one_module_in_two_places_learns_from_both():
    graph = used_twice("linear")
    agent = Agent(graph)
    assert list(agent.state_dict()) == ["a.map.weight", "a.map.bias", "b.map.weight", "b.map.bias"]
    said(agent).sum().backward()
    both = agent.a.map.weight.grad.clone()
    apart = Agent(substitute(graph, "c", copy.deepcopy(graph.modules["c"])).after)
    apart.zero_grad()
    said(apart).sum().backward()
    torch.testing.assert_close(both, apart.a.map.weight.grad + apart.c.map.weight.grad)


def test_layers_shared_by_a_split_stay_shared_through_files(tmp_path):
    graph = used_twice("gru")
    done = split(graph, "a")
    assert done.after.to_json()["tied"]["c.layers.1.from_state.bias"] == "a_1.layers.0.from_state.bias"
    save_agent(tmp_path, Agent(done.after))
    again = load_agent(tmp_path)
    assert again.c.layers[0].from_input.weight is again.a_0.layers[0].from_input.weight
    assert join(done.after, "a_0", "a_1", into="a").after.modules["a"] is not graph.modules["a"]


def test_a_state_dict_that_names_a_shared_tensor_twice_is_loaded_as_well():
    graph = used_twice("linear")
    agent = Agent(graph)
    whole = agent.state_dict() | {"c.map.weight": agent.a.map.weight, "c.map.bias": agent.a.map.bias}
    agent.clone().load_state_dict(whole)
    with pytest.raises(RuntimeError, match=r"Missing key.*a\.map\.bias"):
        agent.load_state_dict({"a.map.weight": agent.a.map.weight})


@pytest.mark.parametrize("make", [lambda: GRU(4), lambda: Series([line(1), Dropout((4,)), BatchNorm((4,))]), line])
def test_gru_dropout_and_norm_change_places_and_are_bypassed(make):
    graph = chain(make(), line(5), GRU(4))
    for a, b in (("a", "b"), ("b", "c"), ("a", "c")):
        done = reorder(graph, a, b)
        said(Agent(done.after))
        assert done.claim.kind == "measured"
        assert reorder(done.after, b, a).after == graph
    for name in "abc":
        done = exclude(graph, name)
        assert name not in done.after.modules
        assert not [w for w in done.after.wires if name in (w.sender, w.receiver)]
        said(Agent(done.after))
    assert exclude(graph, "c").after.wires[-1].source == ("a.state" if isinstance(graph.modules["a"], GRU) else "b.out")


def test_dropout_draws_the_same_after_an_exact_operator():
    graph = chain(Series([line(1), Dropout((4,)), line(2)]), line(3))
    for done in (split(graph, "a"), augment(graph, "n", line(), on=graph.wires[2])):
        agents = Agent(graph).train(), Agent(done.after).train()
        drawn = []
        for agent in agents:
            torch.manual_seed(7)
            drawn.append(said(agent))
        assert torch.equal(*drawn)
        assert not torch.equal(drawn[0], said(agents[1]))


def test_norm_normalizes_rows_and_then_uses_what_it_has_seen():
    norm = BatchNorm((2, 2), momentum=1.0)
    x = torch.randn(50, 2, 2) * 3 + 1
    out = norm(x)
    torch.testing.assert_close(out.mean(0), torch.zeros(2, 2), atol=1e-5, rtol=0)
    norm.eval()
    torch.testing.assert_close(norm(x[:1]), (x[:1] - x.mean(0)) / x.var(0).add(1e-5).sqrt())
    assert not list(norm.parameters())


def test_a_graph_is_a_module_of_another_graph_with_its_memory():
    inner = extract(the_cnet(), ["observation_encoder", "rnn"]).after
    assert (list(inner.inputs), list(inner.outputs)) == (
        ["observation", "message_encoder_out", "action_embedding_out", "agent_embedding_out"],
        ["rnn_out"],
    )
    part = Subgraph(inner)
    assert (str(part.inputs["memory"]), part.inputs["memory"].optional) == ("float[16]", True)
    graph = Graph(
        {"observation": Port((), "int")},
        {"y": Port((8,))},
        {"part": part},
        (
            Wire("input.observation", "part.observation"),
            Wire("part.rnn_out", "output.y"),
            Wire("part.memory", "part.memory", 1),
        ),
    )
    agent, flat = Agent(graph), Agent(inner)
    memory, own = None, None
    for step in range(3):
        seen = torch.tensor([0, 1, step % 2])
        ours, memory = agent(seen, memory)
        theirs, own = flat(seen, *torch.zeros(3, 3, 8), own)
        assert torch.equal(ours["y"], theirs["rnn_out"])
    assert set(agent.state_dict()) >= {"part.observation_encoder.table.weight", "part.rnn.layers.1.from_state.bias"}


def test_a_pretrained_encoder_is_a_layer_elsewhere():
    coder = Graph(
        {"x": Port((6,))},
        {"x": Port((6,))},
        {"encode": Series([Linear(6, (5,), relu=True), Linear(5, (4,))]), "decode": Linear(4, (6,))},
        (Wire("input.x", "encode.x"), Wire("encode.out", "decode.x"), Wire("decode.out", "output.x")),
    )
    encoder = Subgraph(extract(coder, ["encode"]).after)
    classifier = Graph(
        {"x": Port((6,))},
        {"y": Port((3,))},
        {"encode": Frozen(encoder), "classify": Linear(4, (3,))},
        (Wire("input.x", "encode.x"), Wire("encode.encode_out", "classify.x"), Wire("classify.out", "output.y")),
    )
    said(Agent(classifier)).sum().backward()
    assert coder.modules["encode"].parts["0"].map.weight.grad is None
    assert classifier.modules["classify"].map.weight.grad is not None


def after_surgery():
    """A C-Net with a GRU taken apart, dropout, running statistics and a module in two places."""
    graph = the_cnet()
    graph = split(graph, "rnn").after
    graph = augment(
        graph, "more", Series([Linear(8, (8,), relu=True), Dropout((8,))]), on=Wire("hidden.out", "action_head.x")
    ).after
    graph = augment(
        graph, "norm", BatchNorm((1,)), [Wire("message_head.out", "norm.x"), Wire("norm.out", "output.emit")]
    ).after
    wires = [Wire("observation_encoder.out", "again.x"), Wire("again.out", "action_head.x")]
    graph = augment(graph, "again", copy.deepcopy(graph.modules["hidden"]), wires).after
    return lift(graph, ["hidden", "again"]).after


def test_an_agent_after_surgery_works_in_a_spawned_process():
    agent = Agent(after_surgery()).eval().requires_grad_(False)
    seats = torch.tensor([0, 1])
    inputs = (seats, torch.ones(2, 1, 1), torch.ones(2, 1), seats, torch.zeros(2, 1), seats)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        outputs, memory = pool.submit(agent, *inputs, None).result(timeout=120)
        again = pool.submit(copy.copy, agent).result(timeout=120)
    want, remembered = agent(*inputs, None)
    assert torch.equal(outputs["act"], want["act"])
    assert all(torch.equal(m, n) for m, n in zip(memory, remembered, strict=True))
    assert again.hidden is again.again


def test_an_agent_after_surgery_plays_is_saved_and_learns(tmp_path):
    agent = Agent(after_surgery())
    team = Team([agent], Channel(DRU()))
    core = make_core("switch_riddle_v0", agents=3, lanes=8, seed=0)
    want = play(core, team, team.channel)
    save_team(tmp_path / "team", team)
    got = play(make_core("switch_riddle_v0", agents=3, lanes=8, seed=0), load_team(tmp_path / "team"), team.channel)
    assert (want.action == got.action).all()
    agent.train()
    before = agent.clone()
    optimizer = torch.optim.RMSprop(agent.parameters(), 1e-2)
    for _ in range(2):
        optimizer.zero_grad()
        said(agent).square().sum().backward()
        optimizer.step()
    assert not any(
        torch.equal(p, q) for p, q in zip(agent.parameters(), before.parameters(), strict=True) if p.grad is not None
    )


def test_a_stack_of_agents_after_surgery_is_its_agents_side_by_side():
    torch.manual_seed(3)
    graph = after_surgery()
    frozen = substitute(graph, "message_encoder", Frozen(graph.modules["message_encoder"])).after
    agents = [Agent(frozen.clone()) for _ in range(3)]
    for agent in agents:
        for parameter in agent.parameters():
            torch.nn.init.normal_(parameter)
    stack = StackedAgents(agents).eval()
    rows = 6
    inputs = (
        torch.randint(0, 2, (rows,)),
        torch.randn(rows, 1, 1),
        torch.ones(rows, 1),
        torch.zeros(rows, dtype=torch.int64),
        torch.zeros(rows, 1),
        torch.arange(rows) % 3,
    )
    outputs, memory = stack(*inputs, None)
    outputs, _ = stack(*inputs, memory)
    for seat, agent in enumerate(agents):
        mine = [x[seat::3] for x in inputs]
        _, own = agent.eval()(*mine, None)
        want, _ = agent(*mine, own)
        torch.testing.assert_close(outputs["act"][seat::3], want["act"])
    apart = stack.agents()[1]
    assert torch.equal(said(apart.eval()), said(agents[1]))
    stack.train()(*inputs, None)[0]["act"].sum().backward()
    for seat, agent in enumerate(agents):
        agent.train()(*[x[seat::3] for x in inputs], None)
        seen = agent.norm.norm.running_mean
        torch.testing.assert_close(stack.agents()[seat].norm.norm.running_mean, seen)
        assert seen.any()


def test_names_that_torch_or_python_use_are_no_names_of_modules():
    for name in ("class", "half", "clone", "a__b", "a_", "parts"):
        with pytest.raises(ValueError, match="plain identifier"):
            Graph({"x": FLOAT}, {}, {name: line()}, ())
    agent = Agent(
        Graph(
            {"x": FLOAT},
            {"y": FLOAT},
            {"a": line(), "a_out": line()},
            (Wire("input.x", "a_out.x"), Wire("a_out.out", "output.y")),
        )
    )
    assert torch.equal(agent(torch.ones(1, 4), None)[0]["y"], agent.a_out(torch.ones(1, 4)))
    with pytest.raises(ValueError, match="An agent must have an input"):
        Agent(Graph({}, {}, {}, ()))


def test_operators_on_an_agent_with_noise_and_no_memory(tmp_path):
    torch.manual_seed(0)
    graph = relay_agent(pixels=9, actions=4, carrier=Symbols(5), width=8)
    quiet = [exclude(graph, name) for name in ("observation_noise", "dropout")]
    assert all(same(graph, done.after) for done in quiet), "in evaluation neither does anything"
    turned = reorder(graph, "fusion", "hidden").after
    assert reorder(turned, "fusion", "hidden").after == graph
    norm = augment(graph, "norm", BatchNorm((1, 5)), on=Wire("message_head.out", "logit_norm.x")).after
    assert same(graph, norm)
    for changed in (turned, norm, lift(graph, ["fusion", "hidden"]).after, *(done.after for done in quiet)):
        agent = Agent(changed)
        said(agent.train()).sum().backward()
        save_agent(tmp_path, agent)
        assert torch.equal(said(load_agent(tmp_path).eval()), said(agent.eval()))
    steps = script(the_cnet(), graph)
    assert same(apply(the_cnet(), steps), graph)
