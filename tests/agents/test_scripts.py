"""Scripts of operators, and what they change."""

from interlect.agents import (
    Graph,
    Linear,
    Series,
    Wire,
)
from interlect.agents.editing import apply, describe, script
from interlect.agents.operators import augment, port, reorder
from small_graphs import FLOAT, chain, line, same, the_cnet


def test_describe_says_what_differs():
    graph = chain(line(1), line(2))
    assert not describe(graph, graph)
    done = augment(graph, "more", line(3), [Wire("input.x", "more.x"), Wire("more.out", "b.x")])
    difference = describe(graph, done.after)
    assert difference.added == ("more", "more_out_gate")
    assert difference.shared == ("a", "b")
    assert (difference.parameters_added, difference.parameters_shared) == (24, 40)
    assert "wires added: input.x -> more.x, more.out -> more_out_gate.x, more_out_gate.out -> b.x" in str(difference)
    moved = describe(graph, port(graph, ["a"], {"z": FLOAT}, {"y": FLOAT}, {}, [Wire("input.z", "a.x")]).after)
    assert moved.ports == ("input.x", "input.z")
    assert moved.removed == ("b",)
    assert moved.changed == ("a",)
    assert moved.parameters_added == 0


def test_a_script_is_data_that_can_be_read():
    a, b = chain(line(1), line(2)), chain(line(3), line(4), line(5))
    steps = script(a, b)
    assert {step.operator for step in steps} == {"augment", "exclude", "substitute"}
    assert "substitute(name='a', module=Linear(width=4, shape=[4], bias=True, relu=False))" in map(str, steps)
    assert not describe(apply(a, steps), b)
    c = the_cnet()
    across = script(a, c)
    assert across[0].operator == "port"
    assert not describe(apply(a, across), c)
    assert same(apply(a, across), c)


def test_a_script_turns_a_chain_round_without_ever_cutting_it():
    a = chain(line(1), line(2))
    b = reorder(a, "a", "b").after
    steps = script(a, b)
    reached = a
    for step in steps:
        reached = apply(reached, [step])
        assert [w for w in reached.wires if w.receiver == "output"]
    assert not describe(reached, b)


def test_a_script_opens_no_path_to_an_output_that_has_none_before_or_after():
    parts = {"inputs": {"x": FLOAT}, "outputs": {"y": FLOAT}, "modules": {"a": line(1), "b": line(2)}}
    a = Graph(**parts, wires=(Wire("input.x", "a.x"), Wire("b.out", "output.y")))
    b = Graph(**parts, wires=(Wire("a.out", "output.y"),))
    assert not describe(apply(a, script(a, b)), b)
    assert not describe(apply(b, script(b, a)), a)


def test_a_script_gives_a_name_to_a_module_with_other_ports():
    a, b = chain(line(1), line(2)), chain(Series([Linear(4, (4,))]), line(2))
    c = Graph(
        a.inputs,
        a.outputs,
        {"a": HearTwo(), "b": a.modules["b"]},
        (Wire("input.x", "a.left"), Wire("a.out", "b.x"), Wire("b.out", "output.y")),
    )
    for one, two in ((a, b), (a, c), (c, a)):
        assert not describe(apply(one, script(one, two)), two)


class HearTwo(Linear):
    """A module with another name for its input."""

    def __init__(self):
        super().__init__(4, (4,))
        self.inputs = {"left": FLOAT}


def test_a_difference_counts_each_wire_and_each_tensor_once():
    one = line(1)
    graph = chain(one, line(2))
    wire = graph.wires[1]
    assert describe(graph, graph.with_wires(wire, wire)).wires_added == (wire, wire)
    twice = Graph(graph.inputs, graph.outputs, graph.modules | {"c": one}, graph.wires)
    assert describe(graph, twice).parameters_shared == 40


def test_the_order_of_inputs_is_a_difference_by_itself():
    wires = (Wire("input.x", "output.y"),)
    one = Graph({"x": FLOAT, "z": FLOAT}, {"y": FLOAT}, {}, wires)
    other = Graph({"z": FLOAT, "x": FLOAT}, {"y": FLOAT}, {}, wires)
    assert describe(one, other)
    assert set(describe(one, other).ports) == {"input.x", "input.z"}
