"""Agents as batched matrix products: outputs, gradients and gradients of gradients, and what is refused."""

from collections.abc import Callable

import pytest
import torch
from interlect.agents import Agent, BatchedAgents, Graph, Linear, Port, Series, Wire, cnet, critic
from interlect.protocols import DRU, Continuous

ROWS = 7


def judges(count: int) -> list[Agent]:
    return [Agent(critic(3, 2, 4, 3, Continuous(4), width=8, layers=2)) for _ in range(count)]


def penalized(network: Agent | BatchedAgents, observed: torch.Tensor, heard: torch.Tensor) -> torch.Tensor:
    """Sums over rows of the logits and of the squared norm of their gradient."""
    heard = heard.clone().requires_grad_()
    act = network(observed, heard, None)[0]["act"]
    (gradient,) = torch.autograd.grad(act.square().sum(), heard, create_graph=True)
    return act.sum() + gradient.square().sum()


@pytest.mark.parametrize("count", [1, 3])
def test_each_agent_computes_and_learns_what_it_does_alone(count: int) -> None:
    agents = judges(count)
    batched = BatchedAgents(agents)
    observed, heard = torch.randn(count, ROWS, 9), torch.randn(count, ROWS, 1, 4)
    rows = observed.flatten(0, 1), heard.flatten(0, 1)
    outputs, memory = batched(*rows, None)
    assert memory == ()
    assert outputs["emit"].shape == (count * ROWS, 4)
    penalized(batched, *rows).backward()
    gradients = {name.removeprefix("network."): p.grad for name, p in batched.named_parameters()}
    for i, agent in enumerate(agents):
        torch.testing.assert_close(
            outputs["act"].unflatten(0, (count, -1))[i], agent(observed[i], heard[i], None)[0]["act"]
        )
        penalized(agent, observed[i], heard[i]).backward()
        for name, parameter in agent.named_parameters():
            torch.testing.assert_close(gradients[name][i], parameter.grad)


def test_separate_agents_have_the_parameters_and_the_graph() -> None:
    agents = judges(2)
    for agent, again in zip(agents, BatchedAgents(agents).agents(), strict=True):
        assert agent.source == again.source
        assert agent.state_dict().keys() == again.state_dict().keys()
        for name, value in agent.state_dict().items():
            torch.testing.assert_close(value, again.state_dict()[name], rtol=0, atol=0)


def test_the_agents_are_copied() -> None:
    agents = judges(2)
    batched = BatchedAgents(agents)
    before = [value.clone() for agent in agents for value in agent.state_dict().values()]
    with torch.no_grad():
        for parameter in batched.parameters():
            parameter.add_(1)
    assert all(map(torch.equal, before, [value for agent in agents for value in agent.state_dict().values()]))


def chain(*modules: Linear | Series) -> Agent:
    """An agent of modules in a row."""
    names = [f"m{i}" for i in range(len(modules))]
    ends = ["input.x", *(end for name in names for end in (f"{name}.x", f"{name}.out")), "output.y"]
    wires = tuple(map(Wire, ends[::2], ends[1::2]))
    return Agent(Graph({"x": Port((4,))}, {"y": Port((4,))}, dict(zip(names, modules, strict=True)), wires))


def inner() -> Agent:
    return chain(Series([Linear(4, (4,), relu=True), Linear(4, (4,))]))


def twice() -> Agent:
    shared = Linear(4, (4,), relu=True)
    return chain(shared, shared)


@pytest.mark.parametrize("make", [inner, twice])
def test_affine_maps_inside_other_modules_and_in_two_places(make: Callable[[], Agent]) -> None:
    agents = [make() for _ in range(2)]
    x = torch.randn(2, ROWS, 4)
    batched = BatchedAgents(agents)
    assert len(list(batched.parameters())) == len(list(agents[0].parameters()))
    found = batched(x.flatten(0, 1), None)[0]["y"].unflatten(0, (2, -1))
    for i, agent in enumerate(agents):
        torch.testing.assert_close(found[i], agent(x[i], None)[0]["y"])


def test_other_parameters_are_refused() -> None:
    for agent in (Agent(cnet(3, 1, 2, 2, DRU(), own_message=False, width=8)), chain(Linear(4, (4,), bias=False))):
        with pytest.raises(ValueError, match=r"affine maps with a bias; received .*Pass them to StackedAgents"):
            BatchedAgents([agent, agent.clone()])
