"""Tensors that several modules share: stored once in state dicts, as safetensors requires, and replaced everywhere."""

from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn


def deduplicate_state_dict(module: nn.Module) -> None:
    """Make the state dict of a module contain shared tensors under their first names only, when saving and loading."""
    module.register_state_dict_post_hook(_drop)
    module.register_load_state_dict_pre_hook(_fill)


def duplicate_names(module: nn.Module) -> dict[str, str]:
    """A map from the later names of tensors with several names to their first names."""
    first: dict[int, str] = {}
    later = {}
    for named in (module.named_parameters, module.named_buffers):
        for name, tensor in named(remove_duplicate=False):
            if first.setdefault(id(tensor), name) != name:
                later[name] = first[id(tensor)]
    return later


@contextmanager
def swap_tensors(module: nn.Module, tensors: Mapping[str, Tensor]) -> Iterator[None]:
    """A context in which other tensors replace the parameters and buffers of these names, wherever they are used.

    ``torch.func.functional_call`` leaves its tensors behind in a module that occurs in two places; this context does
    not.
    """
    own = dict(module.named_parameters()) | dict(module.named_buffers())
    instead = {id(own[name]): tensor for name, tensor in tensors.items()}
    stores: list[dict[str, Any]] = [store for m in module.modules() for store in (m._parameters, m._buffers)]
    places = [(store, name, t) for store in stores for name, t in store.items() if id(t) in instead]
    try:
        for store, name, tensor in places:
            store[name] = instead[id(tensor)]
        yield
    finally:
        for store, name, tensor in places:
            store[name] = tensor


def _drop(module: nn.Module, state: MutableMapping[str, Tensor], prefix: str, _: Any) -> None:
    for name in duplicate_names(module):
        state.pop(prefix + name, None)


def _fill(module: nn.Module, state: MutableMapping[str, Tensor], prefix: str, *_: Any) -> None:
    for name, first in duplicate_names(module).items():
        if prefix + first in state:
            state.setdefault(prefix + name, state[prefix + first])
