"""The C-Net of DIAL and RIAL (Foerster et al. 2016, section 6.1): summed embeddings, a GRU, one hidden layer."""

from ...protocols.channels.carriers import Carrier
from ..graph import Graph, Wire
from ..modules import GRU, BatchNorm, Embed, LayerNorm, Linear, Module, Port, Series, SumMessageEncoder
from .quantization import message_output


def cnet(
    agents: int,
    message_slots: int,
    actions: int,
    observations: int | tuple[int],
    carrier: Carrier,
    own_message: bool,
    width: int = 128,
    layers: int = 2,
    value: bool = False,
    image_observations: bool = False,
) -> Graph:
    """The C-Net as a graph.

    Args:
        agents: Number of agents (N); an embedding distinguishes them.
        message_slots: Number of senders that a receiver can distinguish (S); see ``Core.message_slots``.
        actions: Number of actions (A).
        observations: Number of discrete observations, or the size of an observed vector as ``(size,)``.
        carrier: The form of messages.
        own_message: Whether the agent also receives its own last message, as in RIAL.
        width: Width of all layers.
        layers: Number of GRU layers. With 0, the agent has no memory, and does not receive its own last action and
            message either.
        value: Whether to add a value head, for an actor-critic with shared layers.
        image_observations: Whether vectors are images, whose statistics are the same at every step.
    """
    codebook, to_channel = message_output("message_head.out", carrier)
    if isinstance(observations, int):
        encoder: Module = Embed(observations, width)
    else:
        encoder = vector_encoder(*observations, width, image_observations)
    ((x, observation),) = encoder.inputs.items()
    inputs = {
        "observation": observation,
        "heard": Port((message_slots, carrier.size)),
        "present": Port((message_slots,)),
        "action": Port((), "int", count=actions + 1),
        "message": Port((carrier.size,)),
        "seat": Port((), "int", count=agents),
    }
    modules: dict[str, Module] = {
        "observation_encoder": encoder,
        "message_encoder": SumMessageEncoder(message_slots, carrier.size, width),
        **({"action_embedding": Embed(actions + 1, width)} if layers else {}),
        "agent_embedding": Embed(agents, width),
        **({"rnn": GRU(width, layers)} if layers else {}),
        "hidden": Linear(width, (width,), relu=True),
        "action_head": Linear(width, (actions,)),
        "message_head": Linear(width, carrier.emit_shape),
        **codebook,
    }
    embeddings = ("observation_encoder", "message_encoder", "action_embedding", "agent_embedding")
    joint, recurrence = "hidden.x", list[Wire]()
    if layers:
        joint, recurrence = "rnn.x", [Wire("rnn.state", "rnn.state", delay=1), Wire("rnn.out", "hidden.x")]
    wires = [
        Wire("input.observation", f"observation_encoder.{x}"),
        Wire("input.heard", "message_encoder.heard"),
        Wire("input.present", "message_encoder.present"),
        *([Wire("input.action", "action_embedding.symbol")] if layers else []),
        Wire("input.seat", "agent_embedding.symbol"),
        *(Wire(f"{name}.out", joint) for name in embeddings if name in modules),
        *recurrence,
        Wire("hidden.out", "action_head.x"),
        Wire("hidden.out", "message_head.x"),
        Wire("action_head.out", "output.act"),
        *to_channel,
    ]
    if own_message and layers:
        modules["own_message_encoder"] = Linear(carrier.size, (width,), bias=False)
        wires += [Wire("input.message", "own_message_encoder.x"), Wire("own_message_encoder.out", joint)]
    outputs = {"act": Port((actions,)), "emit": Port(carrier.emit_shape)}
    if value:
        modules["value_head"] = Linear(width, (1,))
        wires += [Wire("hidden.out", "value_head.x"), Wire("value_head.out", "output.value")]
        outputs["value"] = Port((1,))
    return Graph(inputs, outputs, modules, tuple(wires))


def vector_encoder(size: int, width: int, image_observations: bool) -> Module:
    """The encoder of observations that are vectors.

    Images pass through two layers with batch normalization before each, as in Foerster et al. 2016, section 6.3, but
    without weights in the normalization. Without it, nothing is learned (see docs/results). The meaning of other
    vectors may change from step to step, and statistics over rows would mix up or erase it. They pass through one layer
    and layer normalization instead.
    """
    if not image_observations:
        return Series([Linear(size, (width,)), LayerNorm((width,))])
    return Series([BatchNorm((size,)), Linear(size, (width,), relu=True), BatchNorm((width,)), Linear(width, (width,))])
