"""The base classes of modules: torch modules with named, typed ports, whose structure can be saved and edited."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from torch import nn

from ...protocols.common.errors import invalid


@dataclass(frozen=True)
class Port:
    """An input or output of a module.

    Attributes:
        shape: Shape of one row, without the leading dimension of rows.
        dtype: A "float" input sums the wires that lead to it; an "int" input must have exactly one wire.
        optional: Whether the input may be None, which stands for zeros and may save computation.
        count: Number of values of an "int" port, 0 to ``count - 1``; None if unknown.

    Raises:
        ValueError: If the shape is not a tuple, a float port has a count, or the count is not positive.
    """

    shape: tuple[int, ...]
    dtype: Literal["float", "int"] = "float"
    optional: bool = False
    count: int | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.shape, tuple):
            raise invalid("The shape of a port must be a tuple", self.shape, "Pass Port((4,)).")
        if self.count is not None and (self.dtype != "int" or self.count < 1):
            received = f"{self.dtype} of {self.count}"
            rule = "Only an integer port can have a count, which must be 1 or more"
            raise invalid(rule, received, "Remove the count, or pass an integer of 1 or more.")

    def fits(self, other: "Port") -> bool:
        """Whether a wire may join the two ports. An unknown count fits every count."""
        counts = {self.count, other.count} - {None}
        return self.shape == other.shape and self.dtype == other.dtype and len(counts) < 2

    def __str__(self) -> str:
        return f"{self.dtype}{list(self.shape)}" + ("" if self.count is None else f" below {self.count}")


class Module(nn.Module):
    """A torch module with ports. ``forward`` takes its inputs in order, and returns its output or a tuple of outputs.

    Decorate subclasses with ``register_module`` so that they can be saved.

    Args:
        inputs: Input ports by name.
        outputs: Output ports by name.
        arguments: All arguments of the subclass's constructor, as JSON values, from which it can be rebuilt.

    Attributes:
        kind: Name of the class.
        transparent: Whether the output equals the first input in evaluation, whatever the parameters.
    """

    kind: ClassVar[str]
    transparent: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.kind = cls.__name__

    def __init__(self, inputs: dict[str, Port], outputs: dict[str, Port], **arguments: Any) -> None:
        super().__init__()
        self.inputs = inputs
        self.outputs = outputs
        self.arguments = arguments


class Container(Module, ABC):
    """A module made of modules. It is saved with its parts, so that a part may also be used elsewhere.

    Attributes:
        parts: Modules by name. Keys of the state dict begin with these names.
    """

    def __init__(
        self, inputs: dict[str, Port], outputs: dict[str, Port], parts: Mapping[str, Module], **arguments: Any
    ) -> None:
        super().__init__(inputs, outputs, **arguments)
        self.parts = dict(parts)
        for name, part in parts.items():
            self.add_module(name, part)

    @classmethod
    @abstractmethod
    def assemble(cls, parts: dict[str, Module], arguments: dict[str, Any]) -> "Container":
        """Build the container from its parts and the arguments that were saved."""
