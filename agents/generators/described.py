"""Painters whose caption is the message of a sender inside the same agent."""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ...protocols.channels.symbols import Quantized, SymbolCarrier
from ...protocols.common.errors import invalid
from ..compiler import Agent
from ..graph import Graph, Wire
from ..modules import Frozen, Module, Port, register_module
from ..subgraph import Subgraph
from .pictures import Slice
from .text import CaptionEncoder
from .two_stages import CaptionedGame, two_stage_painter


@register_module
class Words(Module):
    """The symbols with the largest values, one-hot, as one message that a text encoder reads.

    The gradient passes straight through to the values (van den Oord et al. 2017).

    Args:
        length: Number of symbols of a message (L).
        vocabulary: Number of different symbols (V).
    """

    def __init__(self, length: int, vocabulary: int) -> None:
        inputs, outputs = {"x": Port((length, vocabulary))}, {"out": Port((1, length * vocabulary))}
        super().__init__(inputs, outputs, length=length, vocabulary=vocabulary)
        self.carrier = Quantized(vocabulary, length)

    def forward(self, x: Float[Tensor, "rows length vocabulary"]) -> Float[Tensor, "rows 1 size"]:
        symbols: Tensor = self.carrier.encode(x)
        return symbols.flatten(1).unsqueeze(1)


@register_module
class RandomCode(Module):
    """A random message for each combination of attribute values: a code without structure.

    Args:
        attributes: Number of attributes (K), each observed one-hot.
        values: Number of values of each attribute.
        length: Number of symbols of a message (L).
        vocabulary: Number of different symbols (V).
        seed: Seed of the code.
    """

    def __init__(self, attributes: int, values: int, length: int, vocabulary: int, seed: int = 0) -> None:
        sizes = {"attributes": attributes, "values": values, "length": length, "vocabulary": vocabulary}
        outputs = {"out": Port((length, vocabulary))}
        super().__init__({"x": Port((attributes * values,))}, outputs, **sizes, seed=seed)
        generator = torch.Generator().manual_seed(seed)
        code = torch.randint(vocabulary, (values**attributes, length), generator=generator)
        self.register_buffer("code", code)
        self.register_buffer("place", values ** torch.arange(attributes))
        self.attributes, self.vocabulary = attributes, vocabulary

    def forward(self, x: Float[Tensor, "rows size"]) -> Float[Tensor, "rows length vocabulary"]:
        value = x.unflatten(-1, (self.attributes, -1)).argmax(-1)
        symbols = self.get_buffer("code")[(value * self.get_buffer("place")).sum(-1)]
        return nn.functional.one_hot(symbols, self.vocabulary).float()


def random_sender(attributes: int, values: int, actions: int, carrier: SymbolCarrier, seed: int) -> Graph:
    """A sender with a random code.

    Args:
        attributes: Number of attributes of an object.
        values: Number of values of each attribute.
        actions: Number of actions (A).
        carrier: The carrier of its messages.
        seed: Seed of the code.
    """
    code = RandomCode(attributes, values, carrier.length, carrier.vocabulary, seed)
    inputs = {"observation": Port((attributes * values,))}
    outputs = {"act": Port((actions,)), "emit": Port(carrier.emit_shape)}
    wires = Wire("input.observation", "code.x"), Wire("code.out", "output.emit")
    return Graph(inputs, outputs, {"code": code}, wires)


def describing_painter(
    game: CaptionedGame,
    sender: Agent,
    carrier: SymbolCarrier,
    frozen: bool = True,
    width: int = 64,
    augmentation: int = 16,
) -> Graph:
    """A painter of two stages whose text encoder receives only the message of a sender about the observed kind.

    The text encoder reads the whole message as one word, so that the same symbol has another embedding at each place.

    Args:
        game: Sizes of the game, in which agents observe the kind.
        sender: A sender that observes an object of as many numbers, such as that of a referential team.
        carrier: The carrier of its messages.
        frozen: Whether the sender keeps its protocol. If not, it learns together with the painter.
        width: See ``two_stage_painter``.
        augmentation: See ``two_stage_painter``.

    Raises:
        ValueError: If the sender observes other objects, or does not send messages of this carrier.
    """
    expected = {"observation": Port((game.caption,))}, Port(carrier.emit_shape)
    if (dict(sender.graph.inputs), sender.graph.outputs.get("emit")) != expected:
        rule = f"The sender must observe {game.caption} numbers and emit {carrier.length} x {carrier.vocabulary}"
        received = f"inputs {sender.graph.inputs}, outputs {sender.graph.outputs}"
        raise invalid(rule, received, "Train it on objects with the attributes of the pictures.")
    painter = two_stage_painter(game, width, augmentation)
    module: Module = Subgraph(sender.graph)
    added = {
        "caption": Slice(game.observation, 0, game.caption),
        "sender": Frozen(module) if frozen else module,
        "words": Words(carrier.length, carrier.vocabulary),
        "text_encoder": CaptionEncoder(1, carrier.length * carrier.vocabulary, width),
    }
    wires = [wire for wire in painter.wires if wire.sender != "caption"]
    wires += [
        Wire("caption.out", "sender.observation"),
        Wire("sender.emit", "words.x"),
        Wire("words.out", "text_encoder.heard"),
    ]
    return replace(painter, modules=painter.modules | added, wires=tuple(wires))
