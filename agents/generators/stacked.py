"""The networks of a stacked generative adversarial network (Huang et al. 2016, arXiv:1612.04357).

An encoder maps pictures to features and features to kinds. A painter inverts it level by level: its feature generator
turns a kind and noise into features, and its picture generator turns features and further noise into a picture. Each
level has a critic, which also recovers the noise of its level.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from ...protocols.channels.carriers import Continuous
from ..graph import Graph, Wire
from ..modules import BatchNorm, Linear, Module, Port, Series, register_module
from .pictures import JudgedPicture, Slice


@register_module
class Concatenate(Module):
    """Several vectors as one.

    Args:
        sizes: Size of each vector, by the name of its input.
    """

    def __init__(self, sizes: dict[str, int]) -> None:
        inputs = {name: Port((size,)) for name, size in sizes.items()}
        super().__init__(inputs, {"out": Port((sum(sizes.values()),))}, sizes=dict(sizes))

    def forward(self, *vectors: Float[Tensor, "rows _"]) -> Float[Tensor, "rows size"]:
        return torch.cat(vectors, -1)


def stacked_encoder(size: int, kinds: int, features: int, width: int = 128) -> Graph:
    """An encoder of two levels. Each feature has mean 0 and standard deviation 1 over pictures.

    The modules are ``picture_encoder`` (pictures to features) and ``kind_head`` (features to logits of kinds).

    Args:
        size: Size of a picture (D).
        kinds: Number of kinds (K).
        features: Number of features (F).
        width: Width of the hidden layer.
    """
    layers = [Linear(size, (width,), relu=True), Linear(width, (features,)), BatchNorm((features,))]
    modules: dict[str, Module] = {"picture_encoder": Series(layers), "kind_head": Linear(features, (kinds,))}
    wires = (
        Wire("input.picture", "picture_encoder.x"),
        Wire("picture_encoder.out", "kind_head.x"),
        Wire("picture_encoder.out", "output.features"),
        Wire("kind_head.out", "output.kind"),
    )
    outputs = {"features": Port((features,)), "kind": Port((kinds,))}
    return Graph({"picture": Port((size,))}, outputs, modules, wires)


def stacked_painter(
    conditions: int,
    noise: tuple[int, int],
    size: int,
    actions: int,
    carrier: Continuous,
    features: int,
    width: int = 128,
    layers: int = 2,
) -> Graph:
    """A painter of two levels. Its action logits are zero.

    Args:
        conditions: Number of kinds that it observes (one-hot).
        noise: Numbers of random numbers for the features and for the picture.
        size: Size of a picture (D).
        actions: Number of actions (A).
        carrier: The carrier of pictures.
        features: Number of features (F).
        width: Width of the hidden layers.
        layers: Number of hidden layers of each level.
    """
    observed = conditions + sum(noise) + size
    modules: dict[str, Module] = {
        "condition": Slice(observed, 0, conditions),
        "feature_noise": Slice(observed, conditions, noise[0]),
        "feature_generator": level({"condition": conditions, "noise": noise[0]}, (features,), width, layers),
        "picture_noise": Slice(observed, conditions + noise[0], noise[1]),
        "picture_generator": level({"features": features, "noise": noise[1]}, carrier.emit_shape, width, layers),
    }
    wires = (
        *(Wire("input.observation", f"{name}.x") for name in ("condition", "feature_noise", "picture_noise")),
        Wire("condition.out", "feature_generator.condition"),
        Wire("feature_noise.out", "feature_generator.noise"),
        Wire("feature_generator.out", "picture_generator.features"),
        Wire("picture_noise.out", "picture_generator.noise"),
        Wire("picture_generator.out", "output.emit"),
    )
    outputs = {"act": Port((actions,)), "emit": Port(carrier.emit_shape)}
    return Graph({"observation": Port((observed,))}, outputs, modules, wires)


def level(sizes: dict[str, int], shape: tuple[int, ...], width: int, layers: int) -> Series:
    """One level of a painter, which ``split`` can separate between its layers.

    Args:
        sizes: Size of each input by its name.
        shape: Shape of a row of the output.
        width: Width of the hidden layers.
        layers: Number of hidden layers.
    """
    widths = [sum(sizes.values())] + [width] * layers
    hidden = [Linear(below, (width,), relu=True) for below in widths[:-1]]
    return Series([Concatenate(sizes), *hidden, Linear(widths[-1], shape)])


def recovering_critic(
    conditions: int, noise: tuple[int, int], size: int, actions: int, carrier: Continuous, width: int, layers: int
) -> Graph:
    """A critic of pictures, which also recovers the noise of the picture level, as its output ``noise``.

    It does not read the condition, so that only the conditional loss makes painters obey it.

    Args:
        conditions: Number of kinds that it observes (one-hot), and ignores.
        noise: Numbers of random numbers for the features and for the picture.
        size: Size of a picture (D).
        actions: Number of actions (A).
        carrier: The carrier of pictures.
        width: Width of the hidden layers.
        layers: Number of hidden layers, at least 1.
    """
    observed = conditions + sum(noise) + size
    modules: dict[str, Module] = {"picture": JudgedPicture(observed, size)} | _trunk(size, width, layers)
    modules |= {"action_head": Linear(width, (actions,)), "noise_head": Linear(width, (noise[1],))}
    wires = (
        Wire("input.observation", "picture.observation"),
        Wire("input.heard", "picture.heard"),
        *_judged("picture.out", layers, {"action_head": "act", "noise_head": "noise"}),
    )
    inputs = {"observation": Port((observed,)), "heard": Port((1, carrier.size))}
    outputs = {"act": Port((actions,)), "emit": Port(carrier.emit_shape), "noise": Port((noise[1],))}
    return Graph(inputs, outputs, modules, wires)


def feature_critic(features: int, noise: int, width: int, layers: int) -> Graph:
    """A critic of features: its output ``genuine`` is a logit, and ``noise`` the noise that it recovers.

    Args:
        features: Number of features (F).
        noise: Number of random numbers for the features.
        width: Width of the hidden layers.
        layers: Number of hidden layers, at least 1.
    """
    modules: dict[str, Module] = _trunk(features, width, layers)
    modules |= {"genuine_head": Linear(width, (1,)), "noise_head": Linear(width, (noise,))}
    wires = _judged("input.features", layers, {"genuine_head": "genuine", "noise_head": "noise"})
    outputs = {"genuine": Port((1,)), "noise": Port((noise,))}
    return Graph({"features": Port((features,))}, outputs, modules, tuple(wires))


def _trunk(size: int, width: int, layers: int) -> dict[str, Module]:
    sizes = [size] + [width] * (layers - 1)
    return {f"layer_{i}": Linear(below, (width,), relu=True) for i, below in enumerate(sizes)}


def _judged(source: str, layers: int, heads: dict[str, str]) -> Sequence[Wire]:
    """Wires from a source through the hidden layers to heads, and from each head to its output."""
    ends = [source, *(f"layer_{i}.out" for i in range(layers))]
    wires = [Wire(start, f"layer_{i}.x") for i, start in enumerate(ends[:-1])]
    for head, output in heads.items():
        wires += [Wire(ends[-1], f"{head}.x"), Wire(f"{head}.out", f"output.{output}")]
    return wires
