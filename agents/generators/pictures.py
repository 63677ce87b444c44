"""Modules that read the observations and messages of painters and critics."""

from jaxtyping import Float
from torch import Tensor

from ..modules import Module, Port, register_module


@register_module
class Slice(Module):
    """Consecutive numbers of a vector.

    Args:
        width: Size of the vector.
        start: Index of the first number.
        size: Number of numbers.
        shape: Shape of a row of the output; a vector if None.
    """

    def __init__(self, width: int, start: int, size: int, shape: tuple[int, ...] | list[int] | None = None) -> None:
        shape = (size,) if shape is None else tuple(shape)
        arguments = {"width": width, "start": start, "size": size, "shape": list(shape)}
        super().__init__({"x": Port((width,))}, {"out": Port(shape)}, **arguments)
        self.place, self.shape = slice(start, start + size), shape

    def forward(self, x: Float[Tensor, "rows width"]) -> Float[Tensor, "rows ..."]:
        found = x[..., self.place]
        return found if len(self.shape) == 1 else found.unflatten(-1, self.shape)


@register_module
class JudgedPicture(Module):
    """The picture that a critic judges: the one that it observes, plus the one that it hears; one of them is zero.

    The critic therefore cannot tell from the input alone where a picture comes from.

    Args:
        width: Size of the observation, whose last numbers are the picture.
        size: Size of a picture (D).
    """

    def __init__(self, width: int, size: int) -> None:
        inputs = {"observation": Port((width,)), "heard": Port((1, size))}
        super().__init__(inputs, {"out": Port((size,))}, width=width, size=size)
        self.start = width - size

    def forward(
        self, observation: Float[Tensor, "rows width"], heard: Float[Tensor, "rows 1 size"]
    ) -> Float[Tensor, "rows size"]:
        return observation[..., self.start :] + heard[..., 0, :]
