"""What stands between an agent's voice and the channel: nothing, or the codebook that a quantized carrier needs."""

from ...protocols import Quantized
from ...protocols.channels.carriers import Carrier
from ..graph import Wire
from ..modules import Module, Quantize


def message_head(carrier: Carrier, voice: str) -> tuple[dict[str, Module], list[Wire]]:
    """Modules and wires from the port ``voice`` to the graph's ``emit``.

    A codebook has as many codes as numbers in each, so that its straight-through gradient is exact.
    """
    if not isinstance(carrier, Quantized):
        return {}, [Wire(voice, "output.emit")]
    codebook = Quantize(carrier.emit_shape, carrier.vocabulary)
    return {"quantize": codebook}, [Wire(voice, "quantize.x"), Wire("quantize.out", "output.emit")]
