"""The C-Net of DIAL and RIAL (Foerster et al. 2016, section 6.1): summed embeddings, a GRU, one hidden layer."""

from ...protocols.channels.carriers import Carrier
from ..graph import Graph, Wire
from ..modules import GRU, Embed, HearSum, Linear, Module, Norm, Port, Series, Standardize
from .message_head import message_head


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
        agents: N.
        message_slots: senders that a receiver tells apart (S); see ``Core.message_slots``.
        actions: A.
        observations: how many different observations there are, or how many numbers in a row each has.
        carrier: what messages look like.
        own_message: also embed the agent's own last message, as RIAL does.
        width: of every layer.
        layers: of the GRU; 0 for an agent that recalls nothing, not even what it did and said last.
        value: also put out what is to be expected, for an actor that has a critic inside.
        image_observations: numbers in a row are a picture, the same at every step.
    """
    codebook, out = message_head(carrier, "speak.out")
    see = Embed(observations, width) if isinstance(observations, int) else eye(*observations, width, image_observations)
    ((seen, observation),) = see.inputs.items()
    inputs = {
        "observation": observation,
        "heard": Port((message_slots, carrier.size)),
        "present": Port((message_slots,)),
        "action": Port((), "int", count=actions + 1),
        "message": Port((carrier.size,)),
        "seat": Port((), "int", count=agents),
    }
    modules: dict[str, Module] = {
        "see": see,
        "hear": HearSum(message_slots, carrier.size, width),
        **({"did": Embed(actions + 1, width)} if layers else {}),
        "self": Embed(agents, width),
        **({"recall": GRU(width, layers)} if layers else {}),
        "think": Linear(width, (width,), relu=True),
        "act": Linear(width, (actions,)),
        "speak": Linear(width, carrier.emit_shape),
        **codebook,
    }
    mind, past = "think.x", list[Wire]()
    if layers:
        mind, past = "recall.x", [Wire("recall.state", "recall.state", delay=1), Wire("recall.out", "think.x")]
    wires = [
        Wire("input.observation", f"see.{seen}"),
        Wire("input.heard", "hear.heard"),
        Wire("input.present", "hear.present"),
        *([Wire("input.action", "did.symbol")] if layers else []),
        Wire("input.seat", "self.symbol"),
        *(Wire(f"{name}.out", mind) for name in ("see", "hear", "did", "self") if name in modules),
        *past,
        Wire("think.out", "act.x"),
        Wire("think.out", "speak.x"),
        Wire("act.out", "output.act"),
        *out,
    ]
    if own_message and layers:
        modules["said"] = Linear(carrier.size, (width,), bias=False)
        wires += [Wire("input.message", "said.x"), Wire("said.out", mind)]
    outputs = {"act": Port((actions,)), "emit": Port(carrier.emit_shape)}
    if value:
        modules["expect"] = Linear(width, (1,))
        wires += [Wire("think.out", "expect.x"), Wire("expect.out", "output.value")]
        outputs["value"] = Port((1,))
    return Graph(inputs, outputs, modules, tuple(wires))


def eye(size: int, width: int, image_observations: bool) -> Module:
    """Sees numbers in a row.

    Pictures: two layers, each behind batch normalization, without which nothing is learned (see docs/results). Both
    sources have this eye (Foerster et al. 2016, section 6.3); here normalization has no weights of its own. Other
    numbers mean one thing at one step and another thing at the next, so statistics over rows would mix or erase them.
    """
    if not image_observations:
        return Series([Linear(size, (width,)), Standardize((width,))])
    return Series([Norm((size,)), Linear(size, (width,), relu=True), Norm((width,)), Linear(width, (width,))])
