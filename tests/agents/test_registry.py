"""Modules are registered under names, and what could not be built again is refused when it is saved, not when read."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from interlect.agents import (
    MODULES,
    Agent,
    Linear,
    Module,
    Port,
    Series,
    Team,
    load_agent,
    register_module,
    save_agent,
    save_team,
)
from interlect.agents.modules import Container
from interlect.protocols import DRU, Channel
from small_graphs import chain, line

PORTS = {"x": Port((4,))}, {"out": Port((4,))}


@pytest.fixture(autouse=True)
def registered(without_type_checks: None) -> Iterator[None]:
    """Forget the modules that a test registers."""
    before = dict(MODULES)
    yield
    MODULES.clear()
    MODULES.update(before)


class Scaled(Module):
    """Multiplies by a constant."""

    def __init__(self, factor: float = 2.0, axes: object = (), **arguments: object) -> None:
        super().__init__(*PORTS, **({"factor": factor, "axes": axes} | arguments))
        self.factor = factor

    def forward(self, x):
        return self.factor * x


def saved(path, module):
    save_agent(path / "agent", Agent(chain(module)))


def test_a_registered_module_is_saved_and_built_again(tmp_path):
    assert register_module(Scaled) is Scaled
    saved(tmp_path, Scaled(3.0, ["a", 1]))
    again = load_agent(tmp_path / "agent")
    assert (again.a.factor, again.a.arguments["axes"]) == (3.0, ["a", 1])
    assert torch.equal(again(torch.ones(2, 4), None)[0]["y"], torch.full((2, 4), 3.0))


def refused(path, module, words):
    """It is refused, in an agent and in a team, and nothing is written."""
    agent = Agent(chain(module))
    for save in (lambda: save_agent(path / "a", agent), lambda: save_team(path / "t", Team([agent], Channel(DRU())))):
        with pytest.raises(ValueError, match=words):
            save()
    assert list(path.iterdir()) == []


def test_a_module_that_is_not_registered_is_not_saved(tmp_path):
    refused(tmp_path, Scaled(), r"registered; see a; received 'Scaled'\. Add @register_module above")
    refused(tmp_path, Series([line(), Scaled()]), r"registered; see a\.1; received 'Scaled'")

    class Sharper(Linear):
        pass

    refused(tmp_path, Sharper(4, (4,)), "registered; see a; received 'Sharper'")


@pytest.mark.parametrize("value", [(1, 2), {1: "a"}, np.float32(0.5), {1}, torch.zeros(2), float("nan"), [object()]])
def test_arguments_that_are_not_read_back_as_they_were_are_not_saved(tmp_path, value):
    register_module(Scaled)
    refused(tmp_path, Scaled(axes=value), "JSON, and axes of a changes when it is read back; received .*Use lists")


def test_a_module_that_does_not_keep_its_arguments_is_not_saved(tmp_path):
    @register_module
    class Forgets(Module):
        def __init__(self, factor=2.0):
            super().__init__(*PORTS)

        def forward(self, x):
            return x

    refused(
        tmp_path,
        Forgets(),
        r"constructor arguments of Forgets.*received .missing: \['factor'\]; unknown: \[\].*__init__",
    )

    @register_module
    class Invents(Module):
        def __init__(self):
            super().__init__(*PORTS, factor=2.0)

        def forward(self, x):
            return x

    refused(tmp_path, Invents(), r"received .missing: \[\]; unknown: \['factor'\]")


def test_names_are_taken_once():
    register_module(Scaled)
    register_module(type("Scaled", (Scaled,), {"__module__": __name__, "__qualname__": "Scaled"}))
    assert MODULES["Scaled"] is not Scaled
    with pytest.raises(ValueError, match=r"different names; received 'Linear of .*Choose another name for your class"):
        register_module(type("Linear", (Scaled,), {}))
    assert MODULES["Linear"] is Linear


def test_what_is_no_module_or_cannot_be_built_is_not_registered():
    with pytest.raises(ValueError, match="a subclass of Module; received 'int'"):
        register_module(int)
    with pytest.raises(ValueError, match="a subclass of Module; received 'Linear'"):
        register_module(line())

    class Apart(Container):
        pass

    with pytest.raises(ValueError, match="Apart is abstract; received 'assemble'"):
        register_module(Apart)

    class Several(Module):
        def __init__(self, *sizes):
            super().__init__(*PORTS)

    with pytest.raises(ValueError, match=r"Several does not; received '\*sizes'"):
        register_module(Several)
    assert not {"Apart", "Several"} & MODULES.keys()
