"""Small graphs for tests of operators, and what agents made of them say."""

import torch
from interlect.agents import GRU, Agent, Graph, Linear, Port, Wire, cnet
from interlect.protocols import DRU

FLOAT = Port((4,))


def chain(*modules, **more):
    """Modules of width 4, named a, b, ... in series between x and y."""
    names = [chr(ord("a") + i) for i in range(len(modules))]
    ends = ["input.x", *(f"{name}.{end}" for name in names for end in ("x", "out")), "output.y"]
    wires = [Wire(s, t) for s, t in zip(ends[::2], ends[1::2], strict=True)]
    loops = [Wire(f"{n}.state", f"{n}.state", 1) for n, m in zip(names, modules, strict=True) if isinstance(m, GRU)]
    return Graph({"x": FLOAT}, {"y": FLOAT}, dict(zip(names, modules, strict=True)), (*wires, *loops), **more)


def line(seed=0):
    torch.manual_seed(seed)
    return Linear(4, (4,))


def the_cnet():
    torch.manual_seed(0)
    return cnet(3, 1, 2, 2, DRU(), own_message=False, width=8)


def said(agent, steps=3, rows=6):
    """What a C-Net or a chain says over some steps, in the mode it is in."""
    rng, found, memory = torch.Generator().manual_seed(1), [], None
    for _ in range(steps):
        inputs = [
            torch.randint(0, 2, (rows,), generator=rng)
            if port.dtype == "int"
            else torch.randn(rows, *port.shape, generator=rng)
            for port in agent.graph.inputs.values()
        ]
        outputs, memory = agent(*inputs, memory)
        found += [outputs[name] for name in sorted(outputs)]
    return torch.cat([value.flatten() for value in found])


def same(a, b):
    return torch.equal(said(Agent(a).eval()), said(Agent(b).eval()))
