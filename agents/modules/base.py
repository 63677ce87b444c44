"""What a module is: a torch module with named, typed ports, that structure can be saved and edited by name."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeVar

from torch import nn

from ...protocols.common.errors import bad, unknown


@dataclass(frozen=True)
class Port:
    """One input or output of a module.

    Attributes:
        shape: of one row, without the leading rows.
        dtype: "float" ports sum the wires that come in; an "int" port takes exactly one.
        optional: the module takes None for zeros and may then skip work.
        count: how many different values an "int" port takes: 0, 1, ... up to ``count - 1``; None where unknown.

    Raises:
        ValueError: if the shape is no tuple, floats are counted, or the count is not positive.
    """

    shape: tuple[int, ...]
    dtype: Literal["float", "int"] = "float"
    optional: bool = False
    count: int | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.shape, tuple):
            raise bad("The shape of a port is a tuple", self.shape, "Write Port((4,)).")
        if self.count is not None and (self.dtype != "int" or self.count < 1):
            received = f"{self.dtype} of {self.count}"
            raise bad("Integers have a count, of 1 or more", received, "Leave the count out, or correct it.")

    def fits(self, other: "Port") -> bool:
        """Whether a wire may join the two. An unknown count fits any."""
        counts = {self.count, other.count} - {None}
        return self.shape == other.shape and self.dtype == other.dtype and len(counts) < 2

    def __str__(self) -> str:
        return f"{self.dtype}{list(self.shape)}" + ("" if self.count is None else f" below {self.count}")


class Module(nn.Module):
    """A torch module with ports. ``forward`` takes its inputs in order, and returns its output, or a tuple of them.

    Attributes:
        inputs: ports by name.
        outputs: ports by name.
        arguments: what the constructor was given, for ``to_json``.
        transparent: its first input is its output, whatever it has learned.
    """

    kind: ClassVar[str]
    transparent: ClassVar[bool] = False

    def __init__(self, inputs: dict[str, Port], outputs: dict[str, Port], **arguments: Any) -> None:
        super().__init__()
        self.inputs = inputs
        self.outputs = outputs
        self.arguments = arguments


class Container(Module, ABC):
    """A module made of modules: saved by kind, arguments and parts, so that a part may be used elsewhere too.

    Attributes:
        parts: by name; state-dict keys begin with these.
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
        """The container of these parts, as it was saved."""


MODULES: dict[str, type[Module]] = {}
"""Modules by registered name: what ``from_json`` may build."""

M = TypeVar("M", bound=type[Module])


def register(cls: M) -> M:
    """Make a module known by its class name."""
    cls.kind = cls.__name__
    MODULES[cls.kind] = cls
    return cls


def build(kind: str, arguments: dict[str, Any], parts: dict[str, Module] | None = None) -> Module:
    """A module of a registered kind: fresh, or around these parts.

    Raises:
        ValueError: for a kind that is not registered.
    """
    if kind not in MODULES:
        raise unknown("kind of module", kind, MODULES)
    cls = MODULES[kind]
    return cls.assemble(parts or {}, arguments) if issubclass(cls, Container) else cls(**arguments)
