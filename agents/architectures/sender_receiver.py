"""The sender and the receiver of a referential game (Lazaridou et al. 2017)."""

from typing import Literal, TypeAlias

from ...protocols.channels.symbols import SymbolCarrier
from ..graph import Graph, Wire
from ..modules import (
    BatchNorm,
    CandidateScores,
    Linear,
    LinearMessageEncoder,
    Module,
    Port,
    QuestionHeads,
    RNNMessageDecoder,
    RNNMessageEncoder,
)

Architecture: TypeAlias = Literal["mlp", "gru", "lstm"]


def sender(
    size: int, actions: int, carrier: SymbolCarrier, width: int = 256, network: Architecture = "mlp", scale: float = 3.0
) -> Graph:
    """A sender: it observes an object and sends a message. Its action logits are zero.

    Args:
        size: Size of the observation.
        actions: Number of actions (A).
        carrier: A carrier of symbols.
        width: Width of the hidden layer.
        network: "mlp" computes all symbols of the message in one linear map; "gru" and "lstm" compute symbol by symbol.
        scale: Standard deviation of each logit over the batch.
    """
    modules: dict[str, Module] = {
        "observation_encoder": Linear(size, (width,), relu=True),
        "message_head": Linear(width, carrier.emit_shape)
        if network == "mlp"
        else RNNMessageDecoder(width, carrier.length, carrier.vocabulary, network),
        "logit_norm": BatchNorm(carrier.emit_shape, scale=scale),
    }
    wires = (
        Wire("input.observation", "observation_encoder.x"),
        Wire("observation_encoder.out", "message_head.x"),
        Wire("message_head.out", "logit_norm.x"),
        Wire("logit_norm.out", "output.emit"),
    )
    outputs = {"act": Port((actions,)), "emit": Port(carrier.emit_shape)}
    return Graph({"observation": Port((size,))}, outputs, modules, wires)


def receiver(
    size: int,
    actions: int,
    carrier: SymbolCarrier,
    width: int = 256,
    network: Architecture = "mlp",
    questions: int = 0,
    candidates: int = 0,
) -> Graph:
    """A receiver: it receives a message, observes a question or candidates, and answers. It sends no messages.

    Args:
        size: Size of the observation.
        actions: Number of actions (A).
        carrier: A carrier of symbols.
        width: Width of the hidden layers.
        network: "mlp" encodes the whole message in one linear map; "gru" and "lstm" encode it symbol by symbol.
        questions: Number of questions, each with a separate head; 0 if the receiver chooses among candidates.
        candidates: Number of candidates to choose from; 0 if the receiver answers questions.
    """
    if questions:
        head: Module = QuestionHeads(size, questions, width, actions)
    else:
        head = CandidateScores(candidates, size // candidates, width)
    modules: dict[str, Module] = {
        "message_encoder": LinearMessageEncoder(1, carrier.size, width)
        if network == "mlp"
        else RNNMessageEncoder(1, carrier.length, carrier.vocabulary, width, network, carrier.end),
        "action_head": head,
    }
    wires = (
        Wire("input.heard", "message_encoder.heard"),
        Wire("message_encoder.out", "action_head.x"),
        Wire("action_head.out", "output.act"),
        Wire("input.observation", "action_head.seen"),
    )
    inputs = {"observation": Port((size,)), "heard": Port((1, carrier.size))}
    return Graph(inputs, {"act": Port((actions,)), "emit": Port(carrier.emit_shape)}, modules, wires)
