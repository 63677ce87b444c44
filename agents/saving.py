"""Saving of agents and teams: structure in JSON, weights in safetensors. Loading never runs code from files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from ..protocols.channels.serialization import channel_from_json, channel_to_json
from ..protocols.common.errors import InvalidArgument, invalid
from ..protocols.common.files import check_contents, check_name, check_regular, read_json, write_bytes, write_json
from .compiler import Agent
from .graph import Graph
from .modules.structure import tie
from .shared import duplicate_names
from .teams.team import Team


def save_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write tensors by name, as safetensors."""
    write_bytes(path, safetensors.torch.save({name: t.detach().cpu().contiguous() for name, t in tensors.items()}))


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read tensors by name, from safetensors.

    Raises:
        ValueError: If the file is missing, truncated or not a safetensors file.
    """
    check_regular(path)
    try:
        return safetensors.torch.load_file(path)
    except (OSError, safetensors.SafetensorError) as error:
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
        ValueError: If a file is missing or truncated, or the files do not belong together.
    """
    folder = Path(folder)
    check_contents(folder)
    structure, weights = read_json(folder / "graph.json"), folder / "model.safetensors"
    _check_shapes(structure, weights)
    agent = Agent(Graph.from_json(structure))
    tensors = load_tensors(weights)
    infinite = sorted(name for name, tensor in tensors.items() if not torch.isfinite(tensor).all())
    if infinite:
        raise invalid(f"All weights in {weights} must be finite", infinite, "Load the files that were saved.")
    load_into(agent, tensors, weights)
    return agent


def _check_shapes(structure: Any, weights: Path) -> None:
    """Check that the weights of a file are those of a graph, from its header and without memory for either.

    Raises:
        ValueError: If they are not, or the graph cannot be built.
    """
    try:
        with torch.device("meta"):
            expected = {name: tuple(t.shape) for name, t in Agent(Graph.from_json(structure)).state_dict().items()}
    except InvalidArgument:
        raise
    except Exception as error:
        rule = f"{weights.with_name('graph.json')} must describe a graph that can be built"
        raise invalid(rule, f"{type(error).__name__}: {error}", "Load the files that were saved.") from error
    check_regular(weights)
    try:
        with safetensors.safe_open(weights, "pt") as file:
            found = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    except (OSError, safetensors.SafetensorError) as error:
        raise invalid(
            f"{weights.name} must be a complete safetensors file", str(error), f"Use a complete copy of {weights}."
        ) from error
    if found != expected:
        differ = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
        rule = f"The weights in {weights} must be those of this structure"
        raise invalid(rule, differ, "Load the files that were saved.")


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
    parts = read_json(folder / "team.json")
    try:
        seats, channel, ties = [str(name) for name in parts["agents"]], parts["channel"], dict(parts["tied"])
    except (KeyError, TypeError, AttributeError) as error:
        raise invalid("team.json must name agents and a channel", parts, "Use save_team to save a team.") from error
    agents = {name: load_agent(folder / check_name(name, "An agent of team.json")) for name in dict.fromkeys(seats)}
    try:
        tie(agents, ties)
    except (ValueError, AttributeError) as error:
        remedy = "Use save_team to save a team."
        raise invalid("Agents can share only tensors that they have", str(error), remedy) from error
    return Team([agents[name] for name in seats], channel_from_json(channel))
