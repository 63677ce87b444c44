"""Saving of agents and teams: structure in JSON, weights in safetensors. Loading never runs code from files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

import safetensors
import safetensors.torch
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from ..protocols.channels.serialization import channel_from_json, channel_to_json
from ..protocols.common.errors import InvalidArgument, invalid
from ..protocols.common.files import (
    check_contents,
    check_name,
    check_readable,
    read_json,
    read_typed,
    write_bytes,
    write_json,
)
from ..protocols.common.limits import MAX_AGENTS, check_memory
from .compiler import Agent
from .graph import Graph
from .modules.structure import tie
from .shared import duplicate_names
from .teams.team import Team

MAX_GRAPH = 4 * 2**20
"""Maximum size of graph.json, in bytes."""
DTYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}
"""Names of dtypes in safetensors files."""


class SavedTeam(TypedDict):
    """team.json: the folder of the agent in each seat, the channel, and tensors that agents share."""

    agents: list[str]
    channel: dict[str, Any]
    tied: dict[str, str]


def save_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write tensors by name, as safetensors."""
    write_bytes(path, safetensors.torch.save({name: t.detach().cpu().contiguous() for name, t in tensors.items()}))


def tensor_types(path: Path) -> dict[str, tuple[tuple[int, ...], str]]:
    """Shapes and dtypes of the tensors in a safetensors file by name, from its header.

    Raises:
        ValueError: If the file is missing, truncated or not a safetensors file.
    """
    check_readable(path, header=True)
    try:
        with safetensors.safe_open(path, "pt") as file:
            slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
            return {name: (tuple(s.get_shape()), s.get_dtype()) for name, s in slices.items()}
    except (OSError, RuntimeError, safetensors.SafetensorError) as error:
        raise invalid(
            f"{path.name} must be a complete safetensors file", str(error), f"Use a complete copy of {path}."
        ) from error


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read tensors by name, from safetensors.

    Raises:
        ValueError: If the file is missing, truncated or not a safetensors file.
    """
    tensor_types(path)
    check_readable(path)
    try:
        return safetensors.torch.load_file(path)
    except (OSError, RuntimeError, safetensors.SafetensorError) as error:
        raise invalid(
            f"{path.name} must be a complete safetensors file", str(error), f"Use a complete copy of {path}."
        ) from error


def load_into(module: torch.nn.Module, tensors: dict[str, Tensor], path: Path) -> None:
    """Load parameters and buffers into a module.

    Raises:
        ValueError: If names, shapes or dtypes differ from those of the module.
    """
    want = {name: (tuple(t.shape), t.dtype) for name, t in module.state_dict().items()}
    have = {name: (tuple(t.shape), t.dtype) for name, t in tensors.items()}
    if want != have:
        differ = sorted(name for name in want.keys() | have.keys() if want.get(name) != have.get(name))
        rule = f"The weights in {path} must be those of this structure"
        raise invalid(rule, differ, "Use files that were saved together.")
    module.load_state_dict(tensors)


def save_agent(folder: Path | str, agent: Agent) -> None:
    """Save one agent, independently of any game.

    Raises:
        ValueError: If a module could not be rebuilt from what is saved. Nothing is written then.
    """
    folder, structure = Path(folder), agent.graph.to_json()
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "graph.json", structure)
    save_tensors(folder / "model.safetensors", agent.state_dict())


def load_agent(folder: Path | str) -> Agent:
    """Load one agent.

    Raises:
        ValueError: If a file is missing or truncated, the files do not belong together, or the agent needs more memory
            than there is.
    """
    folder = Path(folder)
    check_contents(folder)
    graph, weights = folder / "graph.json", folder / "model.safetensors"
    structure = read_json(graph, MAX_GRAPH)
    with torch.device("meta"), _NoInitialization():
        _check_weights(_build(structure, graph), weights)
    agent, tensors = _build(structure, graph), load_tensors(weights)
    infinite = sorted(name for name, tensor in tensors.items() if not torch.isfinite(tensor).all())
    if infinite:
        raise invalid(f"All weights in {weights} must be finite", infinite, "Load the files that were saved.")
    load_into(agent, tensors, weights)
    return agent


class _NoInitialization(TorchFunctionMode):
    """Skip the functions of ``torch.nn.init``: on the device "meta" they have no effect, and some import a compiler."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(func, "__module__", "") == "torch.nn.init":
            return args[0] if args else kwargs["tensor"]
        return func(*args, **(kwargs or {}))


def _build(structure: Any, path: Path) -> Agent:
    """An agent with fresh parameters, which take no memory on the device "meta".

    Raises:
        ValueError: If it cannot be built, for whatever reason: the arguments of its modules can be any JSON.
    """
    try:
        return Agent(Graph.from_json(structure))
    except InvalidArgument as error:
        raise InvalidArgument(f"{path}: {error}") from error
    except Exception as error:
        rule, remedy = f"{path} must describe a graph that can be built", "Load the files that were saved."
        raise invalid(rule, f"{type(error).__name__}: {error}", remedy) from error


def _check_weights(agent: Agent, weights: Path) -> None:
    """Check that the weights of a file are those of an agent and fit into memory, from the header of the file.

    Raises:
        ValueError: If they are not, or do not.
    """
    state = agent.state_dict()
    expected = {name: (tuple(t.shape), DTYPES.get(t.dtype)) for name, t in state.items()}
    found = tensor_types(weights)
    if found != expected:
        differ = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
        rule = f"The weights in {weights} must be those of this structure"
        raise invalid(rule, differ, "Load the files that were saved.")
    needed = 2 * sum(t.numel() * t.element_size() for t in state.values())
    check_memory(f"The weights in {weights}", needed, "Load the files that were saved.")


def save_team(folder: Path | str, team: Team) -> None:
    """Save each agent as ``save_agent`` does, the channel between the agents, and which tensors they share.

    Raises:
        ValueError: If a module or the channel could not be rebuilt from what is saved. Nothing is written then.
    """
    folder, channel = Path(folder), channel_to_json(team.channel)
    for agent in team.agents:
        agent.graph.to_json()
    folder.mkdir(parents=True, exist_ok=True)
    first = {id(agent): name for name, agent in reversed(list(zip(team.names, team.agents, strict=True)))}
    agents = {first[id(agent)]: agent for agent in team.agents}
    for name, agent in agents.items():
        save_agent(folder / name, agent)
    seats = [first[id(agent)] for agent in team.agents]
    ties = duplicate_names(torch.nn.ModuleDict(agents))
    between = {name: source for name, source in ties.items() if name.split(".")[0] != source.split(".")[0]}
    parts = {"agents": seats, "channel": channel, "tied": between}
    write_json(folder / "team.json", parts)


def load_team(folder: Path | str) -> Team:
    """Load a team.

    Raises:
        ValueError: If a file is missing or truncated, or was not written by ``save_team``.
    """
    folder = Path(folder)
    check_contents(folder)
    path = folder / "team.json"
    parts = read_typed(path, SavedTeam)
    seats, ties = parts["agents"], parts["tied"]
    if not 0 < len(seats) <= MAX_AGENTS:
        raise invalid(f"{path} must name 1 to {MAX_AGENTS} agents", seats, "Use save_team to save a team.")
    try:
        channel = channel_from_json(parts["channel"])
    except InvalidArgument as error:
        raise InvalidArgument(f"{path}: {error}") from error
    agents = {name: load_agent(folder / check_name(name, "An agent of team.json")) for name in dict.fromkeys(seats)}
    try:
        tie(agents, ties)
    except (ValueError, AttributeError) as error:
        remedy = "Use save_team to save a team."
        raise invalid(f"{path}: agents can share only tensors that they have", str(error), remedy) from error
    return Team([agents[name] for name in seats], channel)
