"""What operators say to arguments of a wrong type; the types are not checked before, as users have it."""

import inspect

import numpy as np
import pytest
from interlect.agents import Agent, Graph, Linear, Port, Series, Team, Wire, relay_agent
from interlect.agents.editing import Step, apply, script
from interlect.agents.operators import (
    OPERATORS,
    augment,
    decouple,
    exclude,
    extract,
    inside,
    join,
    lift,
    measure,
    port,
    predict_input,
    reorder,
    split,
    substitute,
)
from interlect.protocols import Channel, Symbols
from small_graphs import chain, line

CARRIER = Symbols(5)
pytestmark = pytest.mark.usefixtures("without_type_checks")


def graph() -> Graph:
    return chain(Series([line(1), line(2), line(3)]), line(4))


def team() -> Team:
    return Team([Agent(relay_agent(64, 7, CARRIER, width=8)) for _ in range(3)], Channel(CARRIER))


@pytest.mark.parametrize("into", [3, "lowhigh", ("low",), ("low", "low"), ("low", 3), ["a", "b", "c"], ()])
@pytest.mark.parametrize(("structure", "name"), [(graph, "a"), (team, "agent_1")])
def test_two_halves_have_two_names(into, structure, name):
    with pytest.raises(ValueError, match=r"(?s)two different names; received .*Pass into=\("):
        split(structure(), name, into=into)


@pytest.mark.parametrize("at", [1.5, "1", True, None])
@pytest.mark.parametrize(("structure", "name"), [(graph, "a"), (team, "agent_1")])
def test_what_is_split_comes_apart_at_a_whole_number(at, structure, name):
    with pytest.raises(ValueError, match=rf"whole number of its \d+ (parts|modules).*received {at!r}\. Choose 1 to"):
        split(structure(), name, at=at)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (Linear, r"the class Linear'\. Pass an instance: Linear\(\.\.\.\)"),
        (graph(), r"received 'Graph'\. Pass Agent\(graph\) or Subgraph\(graph\)"),
        (None, r"received 'NoneType'\. Pass a module with ports"),
        (line, r"received 'function'"),
    ],
)
@pytest.mark.parametrize(
    "ask",
    [
        lambda given: substitute(graph(), "b", given),
        lambda given: augment(graph(), "n", given),
        lambda given: port(graph(), ["b"], {}, {}, {"n": given}, []),
    ],
)
def test_a_module_is_an_object(given, says, ask):
    with pytest.raises(ValueError, match=f"(?s)be put into a graph; .*{says}"):
        ask(given)


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: augment(graph(), "n", line(), wires=["a.out"]), r"by a Wire; received 'a\.out'\. Pass Wire\("),
        (lambda: augment(graph(), "n", line(), wires="a.out"), r"must be a list; received 'a\.out'"),
        (lambda: augment(graph(), "n", line(), wires=Wire("a.out", "n.x")), r"must be a list; received Wire"),
        (lambda: augment(graph(), "n", line(), on="a.out"), r"by a Wire; received 'a\.out'"),
        (lambda: augment(graph(), 3, line()), r"must be a string; received 3"),
        (lambda: port(graph(), ["b"], {}, {}, {}, [("a.out", "b.x")]), r"by a Wire; received \('a\.out', 'b\.x'\)"),
        (lambda: port(graph(), "b", {}, {}, {}, []), r"must be a list; received 'b'"),
        (lambda: port(team(), "agent_0", {}, {}, {}, []), r"must be a list; received 'agent_0'"),
        (lambda: augment(team(), "agent_3", team().agents[0], wires=["agent_0.emit"]), r"by a Wire; received 'agent_0"),
        (lambda: substitute(team(), "agent_0", Agent), r"take a seat; received 'the class Agent'"),
        (lambda: exclude(graph(), ["a"]), r"no module \['a'\]"),
        (lambda: extract(graph(), "a"), r"must be a list; received 'a'"),
        (lambda: lift(graph(), "ab"), r"must be a list; received 'ab'"),
        (lambda: lift(team(), []), r"lift needs different modules; received \[\]"),
        (lambda: lift(team(), "agent_0"), r"must be a list; received 'agent_0'"),
        (lambda: inside(team(), "agent_0", "split", "observation_encoder"), r"needs an operator; received 'str'"),
        (lambda: inside(graph(), "agent_0", split, "a"), r"of a Team; received 'Graph'"),
        (lambda: exclude(graph(), "b", bypass="no"), r"bypass must be True or False; received 'no'"),
        (lambda: exclude(team(), "agent_1", bypass=0), r"bypass must be True or False; received 0"),
        (lambda: exclude(graph(), "b", credit="blocekd"), r"no credit 'blocekd'\. Did you mean 'blocked'"),
        (lambda: port(graph(), ["b"], ["x"], {}, {}, []), r"of a context must have names; received 'list'"),
        (lambda: port(graph(), ["b"], {}, {}, [line()], []), r"of a context must have names; received 'list'"),
        (lambda: port(graph(), ["b"], {"x": 4}, {}, {}, []), r"x must be a Port; received 4\. Pass Port\("),
        (lambda: Port([4]), r"port must be a tuple; received \[4\]\. Pass Port\("),
        (lambda: decouple(graph(), "n", "a.out"), r"by a Wire; received 'a\.out'"),
        (lambda: predict_input(graph(), "n", "a.out", "input.x"), r"by a Wire; received 'a\.out'"),
        (
            lambda: exclude(team(), "agent_1.image_features"),
            r"received 'agent_1\.image_features'.*inside\(team, 'agent_1', operator, 'image_features'",
        ),
        (
            lambda: augment(team(), "n", line(), on=Wire("a.out", "b.x")),
            r"on a wire; received .a\.out.*inside",
        ),
        (lambda: reorder(Team(team().agents[:1], Channel(CARRIER)), "agent_0", "agent_1"), r"share one agent.*spread"),
        (lambda: exclude(Team(team().agents[:1], Channel(CARRIER)), "agent_0"), r"at least two agents.*spread"),
    ],
)
def test_names_and_wires_are_such(ask, says):
    with pytest.raises(ValueError, match=says):
        ask()


@pytest.mark.parametrize(
    "ask",
    [
        lambda given: exclude(given, "a"),
        lambda given: split(given, "a"),
        lambda given: substitute(given, "a", line()),
        lambda given: augment(given, "n", line()),
        lambda given: lift(given, ["a", "b"]),
        lambda given: reorder(given, "a", "b"),
        lambda given: extract(given, ["a"]),
        lambda given: join(given, "a", "b"),
        lambda given: port(given, ["a"], {}, {}, {}, []),
    ],
)
def test_an_operator_says_what_to_give_instead(ask):
    with pytest.raises(ValueError, match=r"must be one of: Graph.*received 'Agent'\. Pass its \.graph"):
        ask(Agent(graph()))
    with pytest.raises(ValueError, match=r"must be one of: Graph.*received 'OperatorResult'\. Pass its \.after"):
        ask(exclude(graph(), "b"))


def test_what_is_for_graphs_alone_says_how_to_reach_them_in_a_team():
    with pytest.raises(ValueError, match=r"join must be one of: Graph; received 'Team'.*inside\(team, name, join"):
        join(team(), "agent_0", "agent_1")
    with pytest.raises(ValueError, match="from one graph to another; received 'Team'"):
        script(team(), team())
    with pytest.raises(ValueError, match="from one graph to another; received 'Agent'"):
        script(graph(), Agent(graph()))


def test_every_operator_takes_the_same_arguments_for_a_team_as_for_a_graph():
    """But for the first argument and its type, down to names, defaults and annotations."""
    registered = {op.name for op in OPERATORS.values() if Team in op.types}
    assert registered == OPERATORS.keys() - {"join"}
    for name in registered:
        (of_graph, *expected), (of_team, *received) = (
            inspect.signature(OPERATORS[name].function_for(structure)).parameters.values()
            for structure in (graph(), team())
        )
        assert expected == received, name
        assert (of_graph.name, of_graph.annotation) == ("graph", Graph)
        assert (of_team.name, of_team.annotation) == ("team", Team)


def test_a_function_with_other_arguments_is_not_registered():
    for function in (
        lambda herd, what, bypass=None: None,
        lambda herd, what, bypass=True, credit="through": None,
        lambda herd, who, bypass=None, credit="through": None,
    ):
        with pytest.raises(ValueError, match=r"same arguments.*\(what, bypass=None, credit='through'\); received .\("):
            exclude.register(str)(function)
    assert str not in exclude.types


@pytest.mark.parametrize("what", ["agent_1", Wire("agent_0.emit", "agent_1.heard")])
def test_between_agents_no_credit_is_predicted_so_none_is_blocked(what):
    rule = r"a SyntheticGradient inside an agent to remove; received 'agent_.*inside\(team, 'agent_0', exclude"
    with pytest.raises(ValueError, match=rule):
        exclude(team(), what, credit="blocked")
    assert exclude(team(), what, credit="through").operator == "exclude"
    with pytest.raises(ValueError, match="no credit 'blocekd'"):
        exclude(team(), what, credit="blocekd")
    with pytest.raises(ValueError, match="bypass must be True or False"):
        exclude(team(), what, bypass="no")


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        (lambda: [Step("split", {"nam": "a"})], r"those of split; received .*'nam'.*by name: name, at, into \("),
        (
            lambda: [Step("split", {})],
            r"those of split; received .*at, into .missing a required argument: 'name'",
        ),
        (lambda: [Step("exclude", "a")], r"those of exclude; received 'a'.*by name: what, bypass, credit"),
        (lambda: ["split"], r"consist of steps; received 'split'\. Pass steps such as Step\("),
        (lambda: [("split", {"name": "a"})], r"consist of steps; received 'tuple'"),
        (lambda: Step("split", {"name": "a"}), r"of a script must be a list; received Step"),
    ],
)
def test_a_script_that_is_none_says_so(steps, says):
    with pytest.raises(ValueError, match=f"(?s){says}"):
        apply(graph(), steps())


@pytest.mark.parametrize(
    ("probes", "says"),
    [
        (
            {"p": lambda team, n: {"normalized_return": 1.0}},
            r"Probe p must return an array of numbers; received 'dict'.*dtype=float",
        ),
        ({"p": lambda team, n: 0.5}, "received 'float'"),
        ({"p": lambda team, n: np.ones(n, bool)}, "received 'an array of bool'"),
        ({"p": lambda team, n: np.array(["a"] * n)}, "received 'an array of <U1'"),
        ({"p": 3}, "Probe p must be a function.*received 'int'"),
        (lambda team, n: np.ones(n), r"at least one probe; received .*'return'"),
        ({}, r"at least one probe; received .*'return'"),
    ],
)
def test_a_probe_gives_one_number_an_episode(probes, says):
    with pytest.raises(ValueError, match=says):
        measure(graph(), graph(), probes, 4)


def test_episodes_are_a_whole_number():
    with pytest.raises(ValueError, match=r"episodes must be an integer, at least 1; received 2\.5"):
        measure(graph(), graph(), {"p": lambda team, n: np.ones(4)}, 2.5)
