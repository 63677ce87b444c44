"""An agent without memory that sees a picture, hears a message, and hands one on: the runner of a relay."""

from typing import Literal

from ...protocols import Quantized
from ...protocols.channels.carriers import Carrier
from ...protocols.channels.symbols import SymbolCarrier
from ..graph import Graph, Wire
from ..modules import Dropout, HearSum, Identity, Linear, Module, Noise, Norm, Port, Standardize
from .message_head import message_head


def runner(
    pixels: int,
    actions: int,
    carrier: Carrier,
    width: int = 64,
    scale: float = 4.0,
    noise: float = 0.1,
    dropout: float = 0.2,
    voice: Literal["rows", "batch"] = "rows",
) -> Graph:
    """The runner as a graph.

    Args:
        pixels: of its picture.
        actions: A.
        carrier: what messages look like.
        width: of what it thinks with; its eye is twice as wide.
        scale: standard deviation of a message's logits; 1 where a codebook follows.
        noise: on its picture, in training.
        dropout: of its eye, in training.
        voice: how logits get that size: each row by itself, or each symbol over the batch (``Norm``), so that every
            symbol is used from the first update on. Bits and numbers have no row, and stay as they are by "rows".
    """
    inputs = {"observation": Port((pixels,)), "heard": Port((1, carrier.size)), "present": Port((1,))}
    codebook, out = message_head(carrier, "voice.out")
    modules: dict[str, Module] = {
        "blur": Noise((pixels,), noise),
        "eye": Linear(pixels, (2 * width,), relu=True),
        "drop": Dropout((2 * width,), dropout),
        "see": Linear(2 * width, (width,)),
        "hear": HearSum(1, carrier.size, width, gain=1.0),
        "join": Linear(width, (width,), relu=True),
        "think": Linear(width, (width,), relu=True),
        "act": Linear(width, (actions,)),
        "speak": Linear(width, carrier.emit_shape),
        "voice": _voice(carrier, 1.0 if isinstance(carrier, Quantized) else scale, voice),
        **codebook,
    }
    path = ("input.observation", "blur.x", "blur.out", "eye.x", "eye.out", "drop.x", "drop.out", "see.x")
    wires = [
        *(Wire(source, target) for source, target in zip(path[::2], path[1::2], strict=True)),
        Wire("input.heard", "hear.heard"),
        Wire("input.present", "hear.present"),
        Wire("see.out", "join.x"),
        Wire("hear.out", "join.x"),
        Wire("join.out", "think.x"),
        Wire("think.out", "act.x"),
        Wire("think.out", "speak.x"),
        Wire("speak.out", "voice.x"),
        Wire("act.out", "output.act"),
        *out,
    ]
    return Graph(inputs, {"act": Port((actions,)), "emit": Port(carrier.emit_shape)}, modules, tuple(wires))


def _voice(carrier: Carrier, scale: float, voice: Literal["rows", "batch"]) -> Module:
    if voice == "batch":
        return Norm(carrier.emit_shape, scale=scale)
    by_row = isinstance(carrier, SymbolCarrier)
    return Standardize(carrier.emit_shape, scale) if by_row else Identity(carrier.emit_shape)
