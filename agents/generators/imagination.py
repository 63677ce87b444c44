"""Imagination: modules with which a receiver paints a picture from the message that it hears.

They are two modules of the receiver's graph. The border reads the message and computes a code; the painter maps the
code, and random numbers, to a picture, which is an additional output of the agent. Both read nothing that the agent
computes in order to act, and nothing that acts reads them, so neither can influence the other. In play, the port for
random numbers has no wire and reads zeros; ``imagination`` is the same faculty apart from play, with this input.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from ...protocols.common.checks import check_integer
from ...protocols.common.errors import invalid
from ..compiler import Agent
from ..graph import Graph, Wire
from ..modules import Linear, LinearMessageEncoder, Module, Port, Relu, register_module
from ..operators import augment, exclude, extract, port
from ..operators.base import Claim, OperatorResult
from ..subgraph import Subgraph

BORDER, PAINTER, PICTURE = "picture_border", "picture_painter", "picture"
"""Names of the module that reads the message, of the module that paints, and of the output."""
CLAIM = Claim("exact", f"All outputs other than {PICTURE} are the same.")


@register_module
class Sigmoid(Module):
    """The logistic function: numbers from 0 to 1."""

    def __init__(self, shape: tuple[int, ...] | list[int]) -> None:
        ends = Port(tuple(shape))
        super().__init__({"x": ends}, {"out": ends}, shape=list(shape))

    def forward(self, x: Float[Tensor, "rows ..."]) -> Float[Tensor, "rows ..."]:
        return x.sigmoid()


def picture_painter(code: int = 16, noise: int = 8, pixels: int = 64, width: int = 128, layers: int = 2) -> Subgraph:
    """A painter of dense layers: a code and random numbers become a picture, with pixels from 0 to 1.

    Args:
        code: Size of the code.
        noise: Number of random numbers.
        pixels: Number of pixels (D).
        width: Width of the hidden layers.
        layers: Number of hidden layers.

    Raises:
        ValueError: If a size is not a positive integer.
    """
    sizes = {"code": code, "noise": noise, "pixels": pixels, "width": width, "layers": layers}
    for name, size in sizes.items():
        check_integer(name, size, 1)
    modules: dict[str, Module] = {
        "code_layer": Linear(code, (width,)),
        "noise_layer": Linear(noise, (width,), bias=False),
        "layer_0": Relu((width,)),
    }
    modules |= {f"layer_{i}": Linear(width, (width,), relu=True) for i in range(1, layers)}
    modules |= {"picture_head": Linear(width, (pixels,)), "pixels": Sigmoid((pixels,))}
    chain = [*modules][2:]
    wires = [
        Wire("input.code", "code_layer.x"),
        Wire("input.noise", "noise_layer.x"),
        Wire("code_layer.out", "layer_0.x"),
        Wire("noise_layer.out", "layer_0.x"),
        *(Wire(f"{before}.out", f"{after}.x") for before, after in pairwise(chain)),
        Wire("pixels.out", f"output.{PICTURE}"),
    ]
    ports = {"code": Port((code,)), "noise": Port((noise,))}
    return Subgraph(Graph(ports, {PICTURE: Port((pixels,))}, modules, tuple(wires)))


def message_border(graph: Graph, painter: Module) -> LinearMessageEncoder:
    """A new border between the messages that an agent hears and a painter: an affine map.

    It has no ReLU, and so no units without a gradient: it can be trained alone.

    Args:
        graph: The graph of the agent.
        painter: The painter.

    Raises:
        ValueError: If the agent hears no messages, or the painter has other ports.
    """
    _check_painter(painter)
    if "heard" not in graph.inputs:
        rule = "An agent that paints what it hears must have the input heard"
        raise invalid(rule, f"inputs {', '.join(graph.inputs)}", "Choose a receiver.")
    (senders, size), (code,) = graph.inputs["heard"].shape, painter.inputs["code"].shape
    return LinearMessageEncoder(senders, size, code, relu=False)


def add_imagination(graph: Graph, painter: Module, border: Module | None = None) -> OperatorResult[Graph]:
    """Add a border, a painter and the output ``picture`` to the graph of an agent, by ``augment``.

    All other outputs are exactly the same.

    Args:
        graph: The graph.
        painter: A painter, such as ``picture_painter()``, with the inputs ``code`` and ``noise``.
        border: The module between message and code; ``message_border(graph, painter)`` if None.

    Raises:
        ValueError: If the agent hears no messages or has a picture already, or ports do not fit.
    """
    border = message_border(graph, painter) if border is None else border
    if PICTURE in graph.outputs:
        rule = "An agent to which imagination is added must not have the output picture"
        raise invalid(rule, ", ".join(graph.outputs), "Use exclude_imagination first.")
    read = augment(graph, BORDER, border, [Wire("input.heard", f"{BORDER}.heard")]).after
    painted = augment(read, PAINTER, painter, [Wire(f"{BORDER}.out", f"{PAINTER}.code")]).after
    outputs = painted.outputs | {PICTURE: painter.outputs[PICTURE]}
    wires = (*painted.wires, Wire(f"{PAINTER}.{PICTURE}", f"output.{PICTURE}"))
    return OperatorResult("augment", graph, replace(painted, outputs=outputs, wires=wires), CLAIM, (BORDER, PAINTER))


def exclude_imagination(graph: Graph) -> OperatorResult[Graph]:
    """Remove the output ``picture``, the painter and the border, by ``exclude``.

    All other outputs are exactly the same.

    Raises:
        ValueError: If the agent has no imagination.
    """
    _check_imagines(graph)
    after = graph
    for part in (f"output.{PICTURE}", PAINTER, BORDER):
        after = exclude(after, part).after
    return OperatorResult("exclude", graph, after, CLAIM, ())


def port_imagination(source: Graph, into: Graph, border: Module | None = None) -> OperatorResult[Graph]:
    """Carry the painter of one agent to another, with a new border, by ``port`` and ``augment``.

    Args:
        source: The graph with the painter, which becomes ``Frozen``.
        into: The graph of an agent without imagination, such as the receiver of another team.
        border: The module between its messages and the painter's code; a new one if None.

    Raises:
        ValueError: If ``source`` has no imagination, ``into`` hears no messages or has a picture, or ports do not fit.
    """
    _check_imagines(source)
    border = message_border(into, source.modules[PAINTER]) if border is None else border
    wires = [
        Wire("input.heard", f"{BORDER}.heard"),
        Wire(f"{BORDER}.out", f"{PAINTER}.code"),
        Wire(f"{PAINTER}.{PICTURE}", f"output.{PICTURE}"),
    ]
    heard, picture = {"heard": border.inputs["heard"]}, {PICTURE: source.outputs[PICTURE]}
    ported = port(source, [PAINTER], heard, picture, {BORDER: border}, wires)
    after = add_imagination(into, ported.after.modules[PAINTER], border).after
    return OperatorResult("port", into, after, ported.claim, (BORDER,))


def imagination(graph: Graph) -> Agent:
    """Border and painter as a separate agent, over the same parameters, by ``extract``.

    Its inputs are ``heard`` and ``noise``, the random numbers, which read zeros in play. Its output is ``picture``.

    Args:
        graph: The graph of an agent with imagination.

    Raises:
        ValueError: If the agent has no imagination.
    """
    _check_imagines(graph)
    part = extract(graph, [BORDER, PAINTER]).after
    inputs = part.inputs | {"noise": graph.modules[PAINTER].inputs["noise"]}
    wires = [wire for wire in part.wires if not wire.target.startswith("output.")]
    wires += [Wire("input.noise", f"{PAINTER}.noise"), Wire(f"{PAINTER}.{PICTURE}", f"output.{PICTURE}")]
    return Agent(Graph(inputs, {PICTURE: graph.outputs[PICTURE]}, part.modules, tuple(wires)))


def imagine(graph: Graph, heard: Float32[np.ndarray, "n S size"], seed: int = 0) -> Float32[np.ndarray, "n D"]:
    """Paint one picture per message, with pixels from 0 to 1.

    Args:
        graph: The graph of an agent with imagination.
        heard: The messages that it hears.
        seed: Seed of the random numbers, which are standard normal.

    Raises:
        ValueError: If the agent has no imagination, or messages have another shape.
    """
    faculty = imagination(graph).eval()
    expected = faculty.graph.inputs["heard"].shape
    if heard.shape[1:] != expected:
        rule = f"Messages heard by this agent must have the shape {list(expected)}"
        raise invalid(rule, list(heard.shape[1:]), "Pass messages of its channel.")
    noise = np.random.default_rng(seed).standard_normal((len(heard), *faculty.graph.inputs["noise"].shape))
    with torch.inference_mode():
        outputs, _ = faculty(torch.from_numpy(heard), torch.from_numpy(noise.astype(np.float32)), None)
    painted: np.ndarray = outputs[PICTURE].numpy()
    return painted


def _check_painter(painter: Module) -> None:
    if set(painter.inputs) != {"code", "noise"} or set(painter.outputs) != {PICTURE}:
        received = f"inputs {', '.join(painter.inputs)}; outputs {', '.join(painter.outputs)}"
        rule = f"A painter must have the inputs code and noise and the output {PICTURE}"
        raise invalid(rule, received, "Pass picture_painter(), or a module with these ports.")


def _check_imagines(graph: Graph) -> None:
    missing = [name for name in (BORDER, PAINTER) if name not in graph.modules]
    if missing or PICTURE not in graph.outputs:
        rule = f"An agent with imagination must have {BORDER}, {PAINTER} and the output {PICTURE}"
        raise invalid(rule, f"modules {', '.join(graph.modules)}", "Use add_imagination first.")
