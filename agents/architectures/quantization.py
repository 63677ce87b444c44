"""The message output of an agent: through a learned codebook if the carrier is quantized, otherwise direct."""

from ...protocols import Quantized
from ...protocols.channels.carriers import Carrier
from ..graph import Wire
from ..modules import Module, Quantize


def message_output(source: str, carrier: Carrier) -> tuple[dict[str, Module], list[Wire]]:
    """The modules and wires from the end ``source`` to the output ``emit`` of the graph.

    The codebook has as many codes as each code has numbers, so that its straight-through gradient is exact.
    """
    if not isinstance(carrier, Quantized):
        return {}, [Wire(source, "output.emit")]
    codebook = Quantize(carrier.emit_shape, carrier.vocabulary)
    return {"codebook": codebook}, [Wire(source, "codebook.x"), Wire("codebook.out", "output.emit")]
