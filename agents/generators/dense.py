"""Painters and critics of dense layers, for points in the plane and small pictures."""

from ...protocols.channels.carriers import Continuous
from ..graph import Graph, Wire
from ..modules import Linear, Module, Port
from .pictures import JudgedPicture, Slice


def painter(
    conditions: int, noise: int, size: int, actions: int, carrier: Continuous, width: int = 128, layers: int = 2
) -> Graph:
    """A painter: it observes a kind and random numbers, and sends a picture. Its action logits are zero.

    Args:
        conditions: Number of kinds that it observes (one-hot); 0 if it observes none.
        noise: Number of random numbers.
        size: Size of a picture (D).
        actions: Number of actions (A).
        carrier: The carrier of pictures.
        width: Width of the hidden layers.
        layers: Number of hidden layers.
    """
    observed = conditions + noise + size
    modules: dict[str, Module] = {"latent": Slice(observed, 0, conditions + noise)}
    sizes = [conditions + noise] + [width] * layers
    modules |= {f"layer_{i}": Linear(sizes[i], (width,), relu=True) for i in range(layers)}
    modules["picture_head"] = Linear(sizes[-1], carrier.emit_shape)
    wires = (Wire("input.observation", "latent.x"), *_chain([*modules], "output.emit"))
    outputs = {"act": Port((actions,)), "emit": Port(carrier.emit_shape)}
    return Graph({"observation": Port((observed,))}, outputs, modules, wires)


def critic(
    conditions: int, noise: int, size: int, actions: int, carrier: Continuous, width: int = 128, layers: int = 2
) -> Graph:
    """A critic: it observes or hears a picture, and judges it by its action logits. It sends no messages.

    Args:
        conditions: Number of kinds that it observes (one-hot); 0 if it observes none.
        noise: Number of random numbers that painters observe.
        size: Size of a picture (D).
        actions: Number of actions (A).
        carrier: The carrier of pictures.
        width: Width of the hidden layers.
        layers: Number of hidden layers, at least 1.
    """
    observed = conditions + noise + size
    modules: dict[str, Module] = {"picture": JudgedPicture(observed, size)}
    sizes = [size] + [width] * layers
    modules |= {f"layer_{i}": Linear(sizes[i], (width,), relu=True) for i in range(layers)}
    modules["action_head"] = Linear(width, (actions,))
    wires = [
        Wire("input.observation", "picture.observation"),
        Wire("input.heard", "picture.heard"),
        *_chain([*modules], "output.act"),
    ]
    if conditions:
        modules |= {"condition": Slice(observed, 0, conditions), "condition_layer": Linear(conditions, (width,))}
        second = "layer_1.x" if layers > 1 else "action_head.x"
        wires += [Wire("input.observation", "condition.x"), *_chain(["condition", "condition_layer"], second)]
    inputs = {"observation": Port((observed,)), "heard": Port((1, carrier.size))}
    outputs = {"act": Port((actions,)), "emit": Port(carrier.emit_shape)}
    return Graph(inputs, outputs, modules, tuple(wires))


def _chain(names: list[str], end: str) -> tuple[Wire, ...]:
    """Wires from each module to the next one, and from the last to an output."""
    ends = [f"{name}.x" for name in names[1:]] + [end]
    return tuple(Wire(f"{name}.out", target) for name, target in zip(names, ends, strict=True))
