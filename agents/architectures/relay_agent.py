"""The agent of the relay game, without memory: it observes an image, receives a message, and sends a message."""

from typing import Literal

from ...protocols import Quantized
from ...protocols.channels.carriers import Carrier
from ...protocols.channels.symbols import SymbolCarrier
from ..graph import Graph, Wire
from ..modules import BatchNorm, Dropout, Identity, LayerNorm, Linear, Module, Noise, Port, SumMessageEncoder
from .quantization import message_output


def relay_agent(
    pixels: int,
    actions: int,
    carrier: Carrier,
    width: int = 64,
    scale: float = 4.0,
    noise: float = 0.1,
    dropout: float = 0.2,
    logit_norm: Literal["layer", "batch"] = "layer",
) -> Graph:
    """The relay agent as a graph.

    Args:
        pixels: Number of pixels of the image.
        actions: Number of actions (A).
        carrier: The form of messages.
        width: Width of the hidden layers; the first layer of the image is twice as wide.
        scale: Standard deviation of the message's logits. Before a codebook it is always 1.
        noise: Standard deviation of the noise on the image in training.
        dropout: Dropout probability on the first layer of the image in training.
        logit_norm: Normalization of the message's logits. "layer" normalizes the logits of each symbol in each row, and
            leaves messages of bits or numbers unchanged. "batch" normalizes each logit over the batch, so that all
            symbols are used from the first update on.
    """
    inputs = {"observation": Port((pixels,)), "heard": Port((1, carrier.size)), "present": Port((1,))}
    codebook, to_channel = message_output("logit_norm.out", carrier)
    modules: dict[str, Module] = {
        "observation_noise": Noise((pixels,), noise),
        "image_features": Linear(pixels, (2 * width,), relu=True),
        "dropout": Dropout((2 * width,), dropout),
        "observation_encoder": Linear(2 * width, (width,)),
        "message_encoder": SumMessageEncoder(1, carrier.size, width, gain=1.0),
        "fusion": Linear(width, (width,), relu=True),
        "hidden": Linear(width, (width,), relu=True),
        "action_head": Linear(width, (actions,)),
        "message_head": Linear(width, carrier.emit_shape),
        "logit_norm": _logit_norm(carrier, 1.0 if isinstance(carrier, Quantized) else scale, logit_norm),
        **codebook,
    }
    wires = [
        Wire("input.observation", "observation_noise.x"),
        Wire("observation_noise.out", "image_features.x"),
        Wire("image_features.out", "dropout.x"),
        Wire("dropout.out", "observation_encoder.x"),
        Wire("input.heard", "message_encoder.heard"),
        Wire("input.present", "message_encoder.present"),
        Wire("observation_encoder.out", "fusion.x"),
        Wire("message_encoder.out", "fusion.x"),
        Wire("fusion.out", "hidden.x"),
        Wire("hidden.out", "action_head.x"),
        Wire("hidden.out", "message_head.x"),
        Wire("message_head.out", "logit_norm.x"),
        Wire("action_head.out", "output.act"),
        *to_channel,
    ]
    return Graph(inputs, {"act": Port((actions,)), "emit": Port(carrier.emit_shape)}, modules, tuple(wires))


def _logit_norm(carrier: Carrier, scale: float, over: Literal["layer", "batch"]) -> Module:
    if over == "batch":
        return BatchNorm(carrier.emit_shape, scale=scale)
    return LayerNorm(carrier.emit_shape, scale) if isinstance(carrier, SymbolCarrier) else Identity(carrier.emit_shape)
