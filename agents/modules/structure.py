"""Modules as JSON: class names and arguments; modules in two places, and tensors that two modules share."""

from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor, nn

from ...protocols.common.errors import unknown
from .base import Container, Module
from .registry import build, check_saved


def modules_to_json(modules: Mapping[str, Module]) -> dict[str, Any]:
    """Modules by name, as ``[kind, arguments]``, for containers ``[kind, arguments, parts]``.

    A module that occurs again is written as its first place.
    """
    seen: dict[int, str] = {}

    def described(module: Module, place: str) -> Any:
        if id(module) in seen:
            return seen[id(module)]
        seen[id(module)] = place
        if not isinstance(module, Container):
            return [module.kind, module.arguments]
        parts = {name: described(part, f"{place}.{name}") for name, part in module.parts.items()}
        return [module.kind, module.arguments, parts]

    return {name: described(module, name) for name, module in modules.items()}


def check_all_saved(modules: Mapping[str, Module]) -> None:
    """Check that modules, and the parts of containers, can be built again: see ``check_saved``.

    Raises:
        ValueError: if not.
    """
    for name, module in modules.items():
        check_saved(module, name)
        if isinstance(module, Container):
            check_all_saved({f"{name}.{part}": inner for part, inner in module.parts.items()})


def modules_from_json(structure: Mapping[str, Any]) -> dict[str, Module]:
    """The modules of ``modules_to_json``, with fresh parameters.

    Raises:
        ValueError: if a class is not registered, or a place does not occur earlier.
    """
    found: dict[str, Module] = {}

    def built(description: Any, place: str) -> Module:
        if isinstance(description, str):
            if description not in found:
                raise unknown("earlier place of a module", description, found)
            return found[description]
        kind, arguments, *rest = description
        parts = {name: built(part, f"{place}.{name}") for name, part in rest[0].items()} if rest else None
        found[place] = build(kind, arguments, parts)
        return found[place]

    return {name: built(description, name) for name, description in structure.items()}


def tied(modules: Mapping[str, Module]) -> dict[str, str]:
    """Tensors that different modules share, as after a split of a shared module: their later names with the first."""
    seen: set[int] = set()
    first: dict[int, str] = {}
    ties = {}
    for root, module in modules.items():
        for name, tensor in _tensors(module, root, seen):
            if first.setdefault(id(tensor), name) != name:
                ties[name] = first[id(tensor)]
    return ties


def tie(modules: Mapping[str, nn.Module], ties: Mapping[str, str]) -> None:
    """Make modules share tensors, given the result of ``tied``."""
    for name, source in ties.items():
        (owner, leaf), (other, its_leaf) = _owner(modules, name), _owner(modules, source)
        setattr(owner, leaf, getattr(other, its_leaf))


def _tensors(module: nn.Module, place: str, seen: set[int]) -> Iterator[tuple[str, Tensor]]:
    """The tensors of each ``Module`` once, with their names."""
    if isinstance(module, Module):
        if id(module) in seen:
            return
        seen.add(id(module))
    for name, tensor in (*module._parameters.items(), *module._buffers.items()):
        if tensor is not None:
            yield f"{place}.{name}", tensor
    for name, child in module._modules.items():
        if child is not None:
            yield from _tensors(child, f"{place}.{name}", seen)


def _owner(modules: Mapping[str, nn.Module], name: str) -> tuple[nn.Module, str]:
    path, _, leaf = name.rpartition(".")
    root, _, rest = path.partition(".")
    if root not in modules:
        raise unknown("module", root, modules)
    return modules[root].get_submodule(rest), leaf
