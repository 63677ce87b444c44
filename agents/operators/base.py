"""An operator changes a structure over the same parameters, and states how its function changes."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, Generic, Literal, ParamSpec, TypeVar

from ...protocols.common.errors import invalid
from ..compiler import Agent
from ..graph import Graph
from ..teams.team import Team

P = ParamSpec("P")
S = TypeVar("S")


@dataclass(frozen=True)
class Claim:
    """What an operator guarantees about the function that the structure computes.

    Attributes:
        kind: "exact": the function is the same in evaluation; "ports exact": only shapes, dtypes and counts at the
            ports are the same; "body unchanged": a part is unchanged, in another context; "measured": nothing is
            guaranteed, and the effect has to be measured.
        sentence: The claim in words, with the names involved.
    """

    kind: Literal["exact", "ports exact", "body unchanged", "measured"]
    sentence: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.sentence}"


@dataclass(frozen=True)
class OperatorResult(Generic[S]):
    """The result of an operator.

    Attributes:
        operator: Name of the operator.
        before: The structure that was passed, unchanged.
        after: A new structure over the same parameter objects.
        claim: What is guaranteed about the function.
        touched: Names of the modules whose neighbors changed, which are the ones to train again.
    """

    operator: str
    before: S
    after: S
    claim: Claim
    touched: tuple[str, ...]


class Operator(Generic[P]):
    """An operator, called like a function whose first argument is a structure.

    It is defined for graphs. ``register`` adds other types of structure, for which it takes the same further arguments.
    """

    def __init__(self, function: Callable[Concatenate[Graph, P], OperatorResult[Graph]]) -> None:
        self.name = function.__name__
        self._by_structure: dict[type, Callable[..., Any]] = {Graph: function}
        functools.update_wrapper(self, function)

    def __call__(self, structure: S, /, *args: P.args, **kwargs: P.kwargs) -> OperatorResult[S]:
        """Apply the operator.

        Raises:
            ValueError: if the request is illegal, or no function is registered for this type of structure.
        """
        operated: OperatorResult[S] = self.of(structure)(structure, *args, **kwargs)
        return operated

    def of(self, structure: object) -> Callable[..., Any]:
        """The function for structures of this type.

        Raises:
            ValueError: if none is registered.
        """
        for cls in type(structure).__mro__:
            if cls in self._by_structure:
                return self._by_structure[cls]
        remedy = "Register your type with it."
        if isinstance(structure, Agent):
            remedy = "Pass its .graph."
        elif isinstance(structure, OperatorResult):
            remedy = "Pass its .after."
        elif isinstance(structure, Team):
            remedy = f"Apply it to one agent: inside(team, name, {self.name}, ...)."
        types = ", ".join(cls.__name__ for cls in self._by_structure)
        raise invalid(f"{self.name} takes one of: {types}", type_of(structure), remedy)

    @property
    def types(self) -> tuple[type, ...]:
        """The types of structure that the operator takes."""
        return tuple(self._by_structure)

    def register(
        self, cls: type[S]
    ) -> Callable[[Callable[Concatenate[S, P], OperatorResult[S]]], Callable[Concatenate[S, P], OperatorResult[S]]]:
        """Decorate the function that applies the operator to another type of structure.

        Raises:
            ValueError: if the function does not take the same arguments, with the same defaults, after the structure.
        """

        def registered(
            function: Callable[Concatenate[S, P], OperatorResult[S]],
        ) -> Callable[Concatenate[S, P], OperatorResult[S]]:
            expected, received = (_further_arguments(f) for f in (self._by_structure[Graph], function))
            if expected != received:
                rule = f"{self.name} takes the same arguments for every type of structure: ({', '.join(expected)})"
                remedy = "Take all of them, and refuse values that mean nothing here."
                raise invalid(rule, f"({', '.join(received)})", remedy)
            self._by_structure[cls] = function
            return function

        return registered


def _further_arguments(function: Callable[..., Any]) -> list[str]:
    """The arguments after the structure, without annotations: ``name``, ``at=1``, ..."""
    _, *parameters = inspect.signature(function).parameters.values()
    return [str(parameter.replace(annotation=inspect.Parameter.empty)) for parameter in parameters]


def type_of(value: object) -> str:
    """The name by which an error message calls a value that is too long to print."""
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__


OPERATORS: dict[str, Operator[...]] = {}
"""Operators by name, for steps of a script."""


def operator(function: Callable[Concatenate[Graph, P], OperatorResult[Graph]]) -> Operator[P]:
    """Decorate a function of a graph to make it an operator of the same name."""
    made = Operator(function)
    OPERATORS[made.name] = made
    return made
