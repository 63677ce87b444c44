"""Operators, which change a structure over the same parameters, and claims about how its function changes."""

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
        kind: "exact" means that the function is the same in evaluation; "ports exact", that only shapes, dtypes and
            counts at the ports are the same; "body unchanged", that a part is unchanged, in another context;
            "measured", that nothing is guaranteed, and the effect has to be measured.
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
        touched: Names of the modules whose neighbors changed. These are the modules to retrain.
    """

    operator: str
    before: S
    after: S
    claim: Claim
    touched: tuple[str, ...]


class Operator(Generic[P]):
    """An operator, called like a function whose first argument is a structure.

    It is defined for graphs. ``register`` adds other types of structure, with the same arguments after the structure.
    """

    def __init__(self, function: Callable[Concatenate[Graph, P], OperatorResult[Graph]]) -> None:
        self.name = function.__name__
        self._by_structure: dict[type, Callable[..., Any]] = {Graph: function}
        functools.update_wrapper(self, function)

    def __call__(self, structure: S, /, *args: P.args, **kwargs: P.kwargs) -> OperatorResult[S]:
        """Apply the operator.

        Raises:
            ValueError: If the request is illegal, or no function is registered for this type of structure.
        """
        result: OperatorResult[S] = self.function_for(structure)(structure, *args, **kwargs)
        return result

    def function_for(self, structure: object) -> Callable[..., Any]:
        """The function for structures of this type.

        Raises:
            ValueError: If no function is registered.
        """
        for cls in type(structure).__mro__:
            if cls in self._by_structure:
                return self._by_structure[cls]
        remedy = f"Use {self.name}.register to add your type."
        if isinstance(structure, Agent):
            remedy = "Pass its .graph."
        elif isinstance(structure, OperatorResult):
            remedy = "Pass its .after."
        elif isinstance(structure, Team):
            remedy = f"Use inside(team, name, {self.name}, ...) to apply it to one agent."
        types = ", ".join(cls.__name__ for cls in self._by_structure)
        raise invalid(f"The structure for {self.name} must be one of: {types}", type_of(structure), remedy)

    @property
    def types(self) -> tuple[type, ...]:
        """The types of structure to which the operator can be applied."""
        return tuple(self._by_structure)

    def register(
        self, cls: type[S]
    ) -> Callable[[Callable[Concatenate[S, P], OperatorResult[S]]], Callable[Concatenate[S, P], OperatorResult[S]]]:
        """Decorate the function that applies the operator to another type of structure.

        Raises:
            ValueError: If the function does not take the same arguments, with the same defaults, after the structure.
        """

        def decorate(
            function: Callable[Concatenate[S, P], OperatorResult[S]],
        ) -> Callable[Concatenate[S, P], OperatorResult[S]]:
            expected, received = (_further_arguments(f) for f in (self._by_structure[Graph], function))
            if expected != received:
                rule = f"{self.name} must take the same arguments for every type of structure: ({', '.join(expected)})"
                remedy = "Add all of them, and raise an error for values that have no meaning."
                raise invalid(rule, f"({', '.join(received)})", remedy)
            self._by_structure[cls] = function
            return function

        return decorate


def _further_arguments(function: Callable[..., Any]) -> list[str]:
    """The arguments after the structure, without annotations: ``name``, ``at=1``, ..."""
    _, *parameters = inspect.signature(function).parameters.values()
    return [str(parameter.replace(annotation=inspect.Parameter.empty)) for parameter in parameters]


def type_of(value: object) -> str:
    """The name of a value's type, for error messages about values that are too long to print."""
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__


OPERATORS: dict[str, Operator[...]] = {}
"""Operators by name, for the steps of a script."""


def operator(function: Callable[Concatenate[Graph, P], OperatorResult[Graph]]) -> Operator[P]:
    """Decorator that turns a function of a graph into an operator of the same name."""
    new = Operator(function)
    OPERATORS[new.name] = new
    return new
