"""Agents and teams as files: structure in JSON, weights in safetensors. Loading runs no code from files."""

from collections.abc import Mapping
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from ..protocols.channels.serialization import channel_from_json, channel_to_json
from ..protocols.common.errors import invalid
from ..protocols.common.files import read_json, write_bytes, write_json
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
        ValueError: if the file is missing, truncated or not a safetensors file.
    """
    try:
        return safetensors.torch.load_file(path)
    except (OSError, safetensors.SafetensorError) as error:
        raise invalid(f"{path.name} must be a complete safetensors file", str(error), f"Look at {path}.") from error


def load_into(module: torch.nn.Module, tensors: dict[str, Tensor], path: Path) -> None:
    """Load parameters and buffers into a module.

    Raises:
        ValueError: if names, shapes or dtypes are not those of the module.
    """
    want = {name: (tuple(t.shape), t.dtype) for name, t in module.state_dict().items()}
    have = {name: (tuple(t.shape), t.dtype) for name, t in tensors.items()}
    if want != have:
        differ = sorted(name for name in want.keys() | have.keys() if want.get(name) != have.get(name))
        raise invalid(
            f"The weights in {path} must be those of this structure", differ, "Load the files that were saved."
        )
    module.load_state_dict(tensors)


def save_agent(folder: Path | str, agent: Agent) -> None:
    """Write one agent, separate from any game.

    Raises:
        ValueError: if a module could not be built again from what is saved; nothing is written then.
    """
    folder, structure = Path(folder), agent.graph.to_json()
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "graph.json", structure)
    save_tensors(folder / "model.safetensors", agent.state_dict())


def load_agent(folder: Path | str) -> Agent:
    """Read one agent.

    Raises:
        ValueError: if a file is missing or truncated, or its files do not belong together.
    """
    folder = Path(folder)
    agent = Agent(Graph.from_json(read_json(folder / "graph.json")))
    load_into(agent, load_tensors(folder / "model.safetensors"), folder / "model.safetensors")
    return agent


def save_team(folder: Path | str, team: Team) -> None:
    """Write each agent as ``save_agent`` does, the channel between them, and which tensors agents share.

    Raises:
        ValueError: if a module or the channel could not be built again from what is saved; nothing is written then.
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
    """Read a team.

    Raises:
        ValueError: if a file is missing or truncated, or is not one of ``save_team``.
    """
    folder = Path(folder)
    parts = read_json(folder / "team.json")
    try:
        seats, channel, ties = [str(name) for name in parts["agents"]], parts["channel"], dict(parts["tied"])
    except (KeyError, TypeError, AttributeError) as error:
        raise invalid("team.json must name agents and a channel", parts, "Save the team with save_team.") from error
    agents = {name: load_agent(folder / name) for name in dict.fromkeys(seats)}
    try:
        tie(agents, ties)
    except (ValueError, AttributeError) as error:
        remedy = "Save the team with save_team."
        raise invalid("Agents can share only tensors that they have", str(error), remedy) from error
    return Team([agents[name] for name in seats], channel_from_json(channel))
