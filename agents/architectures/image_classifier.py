"""An image classifier without memory: an encoder, blocks of equal width in series, and a classification head."""

from itertools import pairwise

from ...protocols.channels.carriers import Carrier
from ..graph import Graph, Wire
from ..modules import LayerNorm, Linear, Module, Noise, Port, Residual, Series


def block(width: int, residual: bool) -> Module:
    """Layer normalization and one hidden layer of twice the width. A residual block is the identity at first."""
    body = Series([LayerNorm((width,)), Linear(width, (2 * width,), relu=True), Linear(2 * width, (width,))])
    return Residual(body) if residual else body


def image_classifier(
    pixels: int,
    actions: int,
    carrier: Carrier,
    width: int = 32,
    blocks: int = 4,
    residual: bool = True,
    wire_noise: float = 0.0,
) -> Graph:
    """The classifier as a graph: observation_encoder, block_0, block_1, ..., action_head. It sends no messages.

    Args:
        pixels: Number of pixels of the image.
        actions: Number of classes (A), each of which is one action.
        carrier: The form of messages.
        width: Width between the modules.
        blocks: Number of blocks.
        residual: Whether blocks are residual.
        wire_noise: Standard deviation of the noise on the input of each block in training. The noise stays in its
            position when blocks are reordered.
    """
    modules: dict[str, Module] = {"observation_encoder": Linear(pixels, (width,))}
    path = ["observation_encoder"]
    for place in range(blocks):
        if wire_noise:
            modules[f"noise_{place}"] = Noise((width,), wire_noise)
            path.append(f"noise_{place}")
        modules[f"block_{place}"] = block(width, residual)
        path.append(f"block_{place}")
    modules["action_head"] = Series([LayerNorm((width,)), Linear(width, (actions,))])
    wires = [Wire(f"{before}.out", f"{after}.x") for before, after in pairwise([*path, "action_head"])]
    ends = Wire("input.observation", "observation_encoder.x"), Wire("action_head.out", "output.act")
    outputs = {"act": Port((actions,)), "emit": Port(carrier.emit_shape)}
    return Graph({"observation": Port((pixels,))}, outputs, modules, (*ends, *wires))
