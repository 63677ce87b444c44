"""Modules as JSON: class names and arguments, modules that occur in several places, and tensors that modules share."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from torch import Tensor, nn

from ...protocols.common.errors import invalid, unknown
from ...protocols.common.schemas import check_json
from .base import Container, Module
from .registry import build, check_savable

SavedModule: TypeAlias = tuple[str, dict[str, Any]]
"""Class name and arguments of a module in JSON."""
SavedContainer: TypeAlias = tuple[str, dict[str, Any], dict[str, Any]]
"""Class name, arguments and parts of a container in JSON."""
MAX_MODULES = 10_000
"""Maximum number of modules of a saved graph."""


def modules_to_json(modules: Mapping[str, Module]) -> dict[str, Any]:
    """Modules by name, as ``[kind, arguments]``, or ``[kind, arguments, parts]`` for containers.

    A module that occurs again is written as the name of its first place.
    """
    seen: dict[int, str] = {}

    def describe(module: Module, place: str) -> Any:
        if id(module) in seen:
            return seen[id(module)]
        seen[id(module)] = place
        if not isinstance(module, Container):
            return [module.kind, module.arguments]
        parts = {name: describe(part, f"{place}.{name}") for name, part in module.parts.items()}
        return [module.kind, module.arguments, parts]

    return {name: describe(module, name) for name, module in modules.items()}


def check_all_savable(modules: Mapping[str, Module]) -> None:
    """Check that modules and the parts of containers can be rebuilt; see ``check_savable``.

    Raises:
        ValueError: If one of them cannot be rebuilt.
    """
    for name, module in modules.items():
        check_savable(module, name)
        if isinstance(module, Container):
            check_all_savable({f"{name}.{part}": inner for part, inner in module.parts.items()})


def modules_from_json(structure: Mapping[str, Any]) -> dict[str, Module]:
    """Build modules from the output of ``modules_to_json``, with fresh parameters.

    Raises:
        ValueError: If a class is not registered, or a module refers to a place that does not occur before it.
    """
    found: dict[str, Module] = {}

    def build_at(description: Any, place: str) -> Module:
        if isinstance(description, str):
            if description not in found:
                raise unknown("earlier place of a module", description, found)
            return found[description]
        hint = SavedContainer if isinstance(description, list) and len(description) == 3 else SavedModule
        check_json(description, hint, f"Module {place!r} of a saved graph", "Save it again.")
        if len(found) == MAX_MODULES:
            raise invalid(f"A saved graph must have at most {MAX_MODULES} modules", "more", "Save it again.")
        kind, arguments, *rest = description
        parts = {name: build_at(part, f"{place}.{name}") for name, part in rest[0].items()} if rest else None
        found[place] = build(kind, arguments, parts)
        return found[place]

    return {name: build_at(description, name) for name, description in structure.items()}


def find_ties(modules: Mapping[str, Module]) -> dict[str, str]:
    """Tensors that different modules share, as after a split of a shared module: maps later names to the first name."""
    seen: set[int] = set()
    first: dict[int, str] = {}
    ties = {}
    for root, module in modules.items():
        for name, tensor in _tensors(module, root, seen):
            if first.setdefault(id(tensor), name) != name:
                ties[name] = first[id(tensor)]
    return ties


def tie(modules: Mapping[str, nn.Module], ties: Mapping[str, str]) -> None:
    """Make modules share parameters and buffers, from the result of ``find_ties``.

    Raises:
        ValueError: If a name is not that of a parameter or buffer, or the two tensors differ in kind, shape or dtype.
    """
    for name, source in ties.items():
        (owner, leaf), (other, its_leaf) = _owner(modules, name), _owner(modules, source)
        mine, theirs = _table(owner, leaf, name), _table(other, its_leaf, source)
        old, new = mine[leaf], theirs[its_leaf]
        if type(old) is not type(new) or old.shape != new.shape or old.dtype != new.dtype:
            received = f"{name} {list(old.shape)}, {source} {list(new.shape)}"
            raise invalid("Shared tensors must have the same shape and dtype", received, "Save the modules again.")
        mine[leaf] = new


def _tensors(module: nn.Module, place: str, seen: set[int]) -> Iterator[tuple[str, Tensor]]:
    """The tensors of each ``Module``, each once, with their names."""
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


def _table(owner: nn.Module, leaf: str, name: str) -> dict[str, Any]:
    """The parameters or the buffers of a module, of which ``leaf`` is one."""
    for table in (owner._parameters, owner._buffers):
        if isinstance(table.get(leaf), Tensor):
            return table
    names = [*owner._parameters, *owner._buffers]
    raise invalid(
        "A shared tensor must be a parameter or a buffer", name, f"Choose among: {', '.join(names) or 'none'}."
    )


def _owner(modules: Mapping[str, nn.Module], name: str) -> tuple[nn.Module, str]:
    if not isinstance(name, str):
        raise invalid("The name of a shared tensor must be a string", name, "Save the modules again.")
    path, _, leaf = name.rpartition(".")
    root, _, rest = path.partition(".")
    if root not in modules:
        raise unknown("module", root, modules)
    return modules[root].get_submodule(rest), leaf
