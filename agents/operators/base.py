"""What an operator is: a change of structure over the same parameters, and what it claims about the function."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, Generic, Literal, ParamSpec, TypeVar

from ...protocols.common.errors import bad
from ..compiler import Agent
from ..graph import Graph
from ..teams.team import Team

P = ParamSpec("P")
S = TypeVar("S")


@dataclass(frozen=True)
class Claim:
    """What an operator says of the function, besides its being legal.

    Attributes:
        kind: "exact": it is the same in evaluation; "ports exact": only what is offered and taken is the same;
            "body unchanged": a part is the same, in another context; "measured": it takes a measurement.
        sentence: what that means here.
    """

    kind: Literal["exact", "ports exact", "body unchanged", "measured"]
    sentence: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.sentence}"


@dataclass(frozen=True)
class Operated(Generic[S]):
    """What an operator did.

    Attributes:
        operator: its name.
        before: the structure it was given, unchanged.
        after: a new structure over the same parameter objects.
        claim: what it says of the function.
        touched: the modules that meet something new at their ports: what is to be learned again.
    """

    operator: str
    before: S
    after: S
    claim: Claim
    touched: tuple[str, ...]


class Operator(Generic[P]):
    """One of the operators, called like a function of a structure; one word for all kinds of structure.

    It is written for graphs, and takes other kinds that were registered with it.
    """

    def __init__(self, function: Callable[Concatenate[Graph, P], Operated[Graph]]) -> None:
        self.name = function.__name__
        self._by_structure: dict[type, Callable[..., Any]] = {Graph: function}
        functools.update_wrapper(self, function)

    def __call__(self, structure: S, /, *args: P.args, **kwargs: P.kwargs) -> Operated[S]:
        """Apply it.

        Raises:
            ValueError: if the request is not legal, or it takes no structure of this type.
        """
        operated: Operated[S] = self.of(structure)(structure, *args, **kwargs)
        return operated

    def of(self, structure: object) -> Callable[..., Any]:
        """The function for a structure of this type.

        Raises:
            ValueError: if there is none.
        """
        for cls in type(structure).__mro__:
            if cls in self._by_structure:
                return self._by_structure[cls]
        remedy = "Register your type with it."
        if isinstance(structure, Agent):
            remedy = "Give its .graph."
        elif isinstance(structure, Operated):
            remedy = "Give its .after."
        elif isinstance(structure, Team):
            remedy = f"Apply it to one agent: inside(team, name, {self.name}, ...)."
        known = ", ".join(cls.__name__ for cls in self._by_structure)
        raise bad(f"{self.name} takes one of: {known}", type_of(structure), remedy)

    def register(self, cls: type[Any]) -> Callable[[Callable[..., Operated[S]]], Callable[..., Operated[S]]]:
        """Say what the operator does with another kind of structure."""

        def registered(function: Callable[..., Operated[S]]) -> Callable[..., Operated[S]]:
            self._by_structure[cls] = function
            return function

        return registered


def type_of(value: object) -> str:
    """What an error calls a value that is too long to show."""
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__


OPERATORS: dict[str, Operator[...]] = {}
"""Operators by name: what ``apply`` knows."""


def operator(function: Callable[Concatenate[Graph, P], Operated[Graph]]) -> Operator[P]:
    """Make a function of a graph an operator, known by the function's name."""
    made = Operator(function)
    OPERATORS[made.name] = made
    return made
