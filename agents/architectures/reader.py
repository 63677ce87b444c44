"""An agent without memory that names the picture it sees: an eye, modules of one width in series, and a choice."""

from itertools import pairwise

from ...protocols.channels.carriers import Carrier
from ..graph import Graph, Wire
from ..modules import Linear, Module, Noise, Port, Residual, Series, Standardize


def block(width: int, residual: bool) -> Module:
    """A wider hidden layer, behind layer normalization; ``residual`` adds it to its own input, at first times zero."""
    body = Series([Standardize((width,)), Linear(width, (2 * width,), relu=True), Linear(2 * width, (width,))])
    return Residual(body) if residual else body


def reader(
    pixels: int,
    actions: int,
    carrier: Carrier,
    width: int = 32,
    blocks: int = 4,
    residual: bool = True,
    wire_noise: float = 0.0,
) -> Graph:
    """The reader as a graph: see, block_0, block_1, ..., act; what it says is silence.

    Args:
        pixels: of its picture.
        actions: A.
        carrier: what messages look like.
        width: of everything between the modules.
        blocks: how many modules there are between seeing and acting.
        residual: add each to its own input.
        wire_noise: standard deviation of the noise on what each of them hears, in training. It stays with the place.
    """
    modules: dict[str, Module] = {"see": Linear(pixels, (width,))}
    path = ["see"]
    for place in range(blocks):
        if wire_noise:
            modules[f"wire_{place}"] = Noise((width,), wire_noise)
            path.append(f"wire_{place}")
        modules[f"block_{place}"] = block(width, residual)
        path.append(f"block_{place}")
    modules["act"] = Series([Standardize((width,)), Linear(width, (actions,))])
    wires = [Wire(f"{before}.out", f"{after}.x") for before, after in pairwise([*path, "act"])]
    ends = Wire("input.observation", "see.x"), Wire("act.out", "output.act")
    outputs = {"act": Port((actions,)), "emit": Port(carrier.emit_shape)}
    return Graph({"observation": Port((pixels,))}, outputs, modules, (*ends, *wires))
