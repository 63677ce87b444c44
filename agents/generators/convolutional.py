"""Convolutional modules of painters and critics. Pictures are flat vectors at their ports."""

import math
from itertools import pairwise

from jaxtyping import Float
from torch import Tensor, nn

from ...protocols.common.errors import invalid
from ..modules import Module, Port, register_module

SMALLEST = 4
"""Height and width of the coarsest features."""
SLOPE = 0.2
"""Slope of leaky ReLUs for negative numbers."""


@register_module
class PictureDecoder(Module):
    """A picture from a vector: 4 x 4 features, a transposed convolution per doubling, and one more convolution.

    See Radford et al. 2016 (arXiv:1511.06434). The output has no nonlinearity. Every doubling except the first halves
    the number of channels. The vector also scales the channels at each resolution (Perez et al. 2018,
    arXiv:1709.07871), so that a color does not pass through the coarse features together with a form.

    Args:
        size: Size of the input.
        shape: Channels, height and width of the picture.
        channels: Number of channels of the 4 x 4 features.

    Raises:
        ValueError: If height and width are not equal and 4, 8, 16, ...
    """

    def __init__(self, size: int, shape: tuple[int, int, int] | list[int], channels: int) -> None:
        arguments = {"size": size, "shape": list(shape), "channels": channels}
        super().__init__({"x": Port((size,))}, {"out": Port((math.prod(shape),))}, **arguments)
        widths = [channels, *(max(channels >> i, 1) for i in range(doublings(shape)))]
        self.first = nn.Linear(size, channels * SMALLEST**2)
        self.layers = nn.ModuleList(nn.ConvTranspose2d(a, b, 4, 2, 1) for a, b in pairwise(widths))
        self.last = nn.Conv2d(widths[-1], shape[0], 3, padding=1)
        self.scales = nn.ModuleList(nn.Linear(size, width) for width in widths)
        for scale in self.scales.parameters():
            nn.init.zeros_(scale)

    def forward(self, x: Float[Tensor, "rows size"]) -> Float[Tensor, "rows pixels"]:
        picture: Tensor = self.first(x).unflatten(-1, (-1, SMALLEST, SMALLEST))
        for scale, layer in zip(self.scales, [*self.layers, self.last], strict=True):
            picture = layer((picture * (1 + scale(x))[..., None, None]).relu())
        return picture.flatten(1)


@register_module
class PictureEncoder(Module):
    """Features of a picture: a convolution, and a strided one per halving, down to 4 x 4 (Radford et al. 2016).

    Args:
        shape: Channels, height and width of the picture.
        channels: Number of channels of the 4 x 4 features. Every halving except the last doubles the number of
            channels.

    Raises:
        ValueError: If height and width are not equal and 8, 16, ...
    """

    def __init__(self, shape: tuple[int, int, int] | list[int], channels: int) -> None:
        size = channels * SMALLEST**2
        arguments = {"shape": list(shape), "channels": channels}
        super().__init__({"x": Port((math.prod(shape),))}, {"out": Port((size,))}, **arguments)
        steps = doublings(shape)
        widths = [*(max(channels >> i, 1) for i in reversed(range(steps))), channels]
        self.first = nn.Conv2d(shape[0], widths[0], 3, padding=1)
        self.layers = nn.ModuleList(nn.Conv2d(a, b, 4, 2, 1) for a, b in pairwise(widths))
        self.shape = tuple(shape)

    def forward(self, x: Float[Tensor, "rows pixels"]) -> Float[Tensor, "rows size"]:
        picture = nn.functional.leaky_relu(self.first(x.unflatten(-1, self.shape)), SLOPE)
        for layer in self.layers:
            picture = nn.functional.leaky_relu(layer(picture), SLOPE)
        return picture.flatten(1)


@register_module
class PictureRefiner(Module):
    """A picture plus changes, by residual blocks (Zhang et al. 2016, section 3.4).

    The features have a quarter of the resolution of the picture (Shi et al. 2016, arXiv:1609.05158). At first the
    output is the input.

    Args:
        shape: Channels, height and width of the picture.
        condition: Size of a condition on which the changes depend as well; 0 for none, and no such port.
        channels: Number of channels of the features.
        blocks: Number of residual blocks.
    """

    STRIDE = 4

    def __init__(self, shape: tuple[int, int, int] | list[int], condition: int, channels: int, blocks: int = 2) -> None:
        size = math.prod(shape)
        inputs = {"x": Port((size,))} | ({"condition": Port((condition,))} if condition else {})
        arguments = {"shape": list(shape), "condition": condition, "channels": channels, "blocks": blocks}
        super().__init__(inputs, {"out": Port((size,))}, **arguments)
        depth = shape[0] * self.STRIDE**2
        self.shape = tuple(shape)
        self.first = nn.Conv2d(depth, channels, 3, padding=1)
        self.from_condition = nn.Linear(condition, channels) if condition else None
        self.blocks = nn.ModuleList(_block(channels) for _ in range(blocks))
        self.last = nn.Conv2d(channels, depth, 3, padding=1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)  # type: ignore[arg-type]

    def forward(
        self, x: Float[Tensor, "rows pixels"], condition: Float[Tensor, "rows condition"] | None = None
    ) -> Float[Tensor, "rows pixels"]:
        features = self.first(nn.functional.pixel_unshuffle(x.tanh().unflatten(-1, self.shape), self.STRIDE))
        if self.from_condition is not None:
            features = features + self.from_condition(condition)[..., None, None]
        features = features.relu()
        for block in self.blocks:
            features = features + block(features)
        return x + nn.functional.pixel_shuffle(self.last(features), self.STRIDE).flatten(1)


@register_module
class Enlarge(Module):
    """A picture of twice the height and width, by bilinear interpolation.

    Args:
        shape: Channels, height and width of the input.
    """

    def __init__(self, shape: tuple[int, int, int] | list[int]) -> None:
        size = math.prod(shape)
        super().__init__({"x": Port((size,))}, {"out": Port((4 * size,))}, shape=list(shape))
        self.shape = tuple(shape)

    def forward(self, x: Float[Tensor, "rows pixels"]) -> Float[Tensor, "rows larger"]:
        picture = x.unflatten(-1, self.shape)
        return nn.functional.interpolate(picture, scale_factor=2, mode="bilinear").flatten(1)


def shrink(pictures: Float[Tensor, "rows pixels"], shape: tuple[int, int, int]) -> Float[Tensor, "rows fewer"]:
    """Pictures of half the height and width, by averaging 2 x 2 pixels.

    Args:
        pictures: The pictures.
        shape: Their channels, height and width.
    """
    return nn.functional.avg_pool2d(pictures.unflatten(-1, shape), 2).flatten(1)


def doublings(shape: tuple[int, int, int] | list[int]) -> int:
    """The number of doublings from 4 x 4 to the height and width of a picture.

    Raises:
        ValueError: If height and width are not equal and 8, 16, ...
    """
    _, height, width = shape
    steps = int(math.log2(max(height, 1) / SMALLEST)) if height > SMALLEST else 0
    if height != width or steps < 1 or SMALLEST << steps != height:
        rule = "The height and width of a picture must be equal, and 8, 16, 32 or another power of two"
        raise invalid(rule, f"{height} x {width}", "Resize or crop the pictures.")
    return steps


def _block(channels: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1)
    )
