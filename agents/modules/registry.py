"""The registry of modules, which saved graphs refer to, and checks that a module can be saved and rebuilt."""

import inspect
import json
from typing import Any, TypeVar

from ...protocols.common.errors import invalid, unknown
from .base import Container, Module

MODULES: dict[str, type[Module]] = {}
"""Module classes by name. A loaded graph may contain only these classes."""

M = TypeVar("M", bound=type[Module])


def register_module(cls: M) -> M:
    """Decorate a module class so that graphs with such modules can be saved and loaded.

    Files contain the name of the class and the arguments of its constructor, never its import path. A program that
    loads the graph must import the class first. Defining the same class again, as in a notebook, replaces it.

    Raises:
        ValueError: If it is not a subclass of ``Module``, another class has the same name, it is a ``Container``
            without ``assemble``, or its constructor takes arguments that cannot be passed by name.
    """
    if not isinstance(cls, type) or not issubclass(cls, Module):
        received = cls.__name__ if isinstance(cls, type) else type(cls).__name__
        raise invalid("A registered module must be a subclass of Module", received, "Use Module as its base class.")
    other = MODULES.get(cls.kind)
    if other and (other.__module__, other.__qualname__) != (cls.__module__, cls.__qualname__):
        received = f"{cls.kind} of {cls.__module__}, and of {other.__module__}"
        raise invalid("Registered modules must have different names", received, "Choose another name for your class.")
    if inspect.isabstract(cls):
        missing = ", ".join(sorted(getattr(cls, "__abstractmethods__", ())))
        rule = f"A registered module must be instantiable, and {cls.kind} is abstract"
        raise invalid(rule, missing, "Add these methods.")
    if not issubclass(cls, Container):
        by_place = [str(p) for p in _parameters(cls) if p.kind in (p.POSITIONAL_ONLY, p.VAR_POSITIONAL)]
        if by_place:
            rule = f"A registered module must accept all arguments by name, and {cls.kind} does not"
            raise invalid(rule, ", ".join(by_place), "Use a list, or named arguments.")
    MODULES[cls.kind] = cls
    return cls


def check_savable(module: Module, name: str) -> None:
    """Check that a module can be rebuilt from its registered name and its arguments.

    Args:
        module: The module.
        name: Its name in the graph, for the error message.

    Raises:
        ValueError: If its class is not registered, ``arguments`` lacks an argument of the constructor or has an unknown
            one, or an argument changes when it is written to JSON and read back.
    """
    cls = type(module)
    if MODULES.get(cls.kind) is not cls:
        remedy = f"Add @register_module above the class {cls.__name__}."
        raise invalid(f"The class of a saved module must be registered; see {name}", cls.__name__, remedy)
    if not isinstance(module, Container):
        named = [p for p in _parameters(cls) if p.kind is not p.VAR_KEYWORD]
        open_ended = len(named) < len(_parameters(cls))
        missing = [p.name for p in named if p.name not in module.arguments]
        extra = [] if open_ended else sorted(module.arguments.keys() - {p.name for p in named})
        if missing or extra:
            rule = f"The attribute `arguments` of {name} must match the constructor arguments of {cls.kind}"
            remedy = f"Pass them in {cls.kind}.__init__: super().__init__(inputs, outputs, width=width)."
            raise invalid(rule, f"missing: {missing}; unknown: {extra}", remedy)
    for argument, value in module.arguments.items():
        if not _is_json(value):
            rule = f"Arguments of saved modules must be JSON, and {argument} of {name} changes when it is read back"
            remedy = "Use lists instead of tuples or arrays, and int(x) or float(x) instead of other numbers."
            raise invalid(rule, value, remedy)


def build(kind: str, arguments: dict[str, Any], parts: dict[str, Module] | None = None) -> Module:
    """Build a module of a registered class with fresh parameters, or a container of these parts.

    Raises:
        ValueError: If no class is registered under this name.
    """
    if kind not in MODULES:
        raise unknown("registered module", kind, MODULES)
    cls = MODULES[kind]
    return cls.assemble(parts or {}, arguments) if issubclass(cls, Container) else cls(**arguments)


def _parameters(cls: type[Module]) -> list[inspect.Parameter]:
    _, *parameters = inspect.signature(cls.__init__).parameters.values()
    return parameters


def _is_json(value: Any) -> bool:
    try:
        return bool(json.loads(json.dumps(value)) == value)
    except (TypeError, ValueError):
        return False
