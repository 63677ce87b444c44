"""Who hears whom, where the environment does not say so itself: ``hears[receiver, sender]``."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from ...protocols.common.checks import number, one_of
from ...protocols.common.errors import bad

Hears = Bool[np.ndarray, "N N"]
"""``hears[receiver, sender]``, in the order of possible_agents."""

Topology = str | np.ndarray | Callable[[Any], np.ndarray]
"""A name, an array [receiver, sender], or a function that looks at the wrapped environment after each step."""

NAMED: dict[str, Callable[[int], np.ndarray]] = {
    "all": lambda agents: ~np.eye(agents, dtype=bool),
    "ring": lambda agents: np.roll(np.eye(agents, dtype=bool), -1, axis=1) & ~np.eye(agents, dtype=bool),
}
"""The named topologies: everybody hears all others; agent i hears agent i - 1, and agent 0 the last one."""


def resolve(topology: Any, agents: int) -> Hears | Callable[[Any], np.ndarray]:
    """The array of a topology of N agents that stays the same, or the function that it is.

    Raises:
        ValueError: for an unknown name, or an array that is not [N, N] of bool.
    """
    if isinstance(topology, str):
        one_of("topology", topology, NAMED)
        return NAMED[topology](agents)
    if isinstance(topology, np.ndarray):
        return checked("A topology that is an array", topology, agents).copy()
    if callable(topology):
        function: Callable[[Any], np.ndarray] = topology
        return function
    names = " or ".join(map(repr, NAMED))
    raise bad(f"A topology is {names}, a NumPy array, or a function of the environment", topology, "Give one of these.")


def now(topology: Callable[[Any], np.ndarray], env: Any, agents: int) -> Hears:
    """What a topology that is a function says at this moment.

    Raises:
        ValueError: unless it is [N, N] of bool, with nothing on the diagonal.
    """
    hears = checked("What a topology returns", topology(env), agents)
    if hears.diagonal().any():
        remedy = "Clear the diagonal: hears & ~numpy.eye(N, dtype=bool). Only a topology that is an array may have it."
        raise bad("Over a topology that is a function nobody hears itself", hears.tolist(), remedy)
    return hears


def by_distance(radius: float | int, position: Callable[[Any, Any], Any] | None = None) -> Callable[[Any], np.ndarray]:
    """Those hear each other who are at most ``radius`` apart.

    Args:
        radius: in the units of the positions, 0 or more.
        position: ``position(env, agent)``, the coordinates of an agent, or None while it is nowhere. If None, they are
            those of mpe2's worlds.

    Raises:
        ValueError: for a radius that is no finite number of 0 or more; and later, on the first reset, if there are no
            such positions.
    """
    number("radius", radius, 0)
    if position is not None and not callable(position):
        raise bad("position is a function of environment and agent", position, "Give position(env, agent).")
    return partial(_near, radius=radius, position=position or mpe2_position)


def mpe2_position(env: Any, agent: Any) -> Float[np.ndarray, "2"]:
    """Where an agent of an mpe2 environment is.

    Raises:
        ValueError: if the environment has no such world.
    """
    world = getattr(env.unwrapped, "world", None)
    for body in getattr(world, "agents", ()):
        if body.name == agent:
            place: np.ndarray = body.state.p_pos
            return place
    remedy = "Say where agents are: by_distance(radius, position=...)."
    raise bad(f"by_distance looks for {agent} in env.unwrapped.world.agents, as mpe2 has it", str(env), remedy)


def checked(name: str, hears: Any, agents: int) -> Hears:
    """``hears``, if it is a boolean array [N, N].

    Raises:
        ValueError: if not.
    """
    rule = f"{name} is a boolean array [{agents}, {agents}], hears[receiver, sender]"
    if not isinstance(hears, np.ndarray) or hears.dtype != np.bool_:
        received = f"an array of {hears.dtype}" if isinstance(hears, np.ndarray) else hears
        raise bad(rule, received, "Give numpy.array(..., dtype=bool).")
    if hears.shape != (agents, agents):
        raise bad(rule, f"the shape {list(hears.shape)}", "Give a row and a column for each of possible_agents.")
    return hears


def _near(env: Any, radius: float | int, position: Callable[[Any, Any], Any]) -> Hears:
    places = [position(env, agent) for agent in env.possible_agents]
    known = [place for place in places if place is not None]
    if len({np.shape(place) for place in known}) > 1 or any(np.ndim(place) != 1 for place in known):
        raise bad("The positions of agents are as many numbers each", places, "Return an array such as [x, y].")
    nowhere = np.full(np.shape(known[0]) if known else (1,), np.nan)
    at = np.array([nowhere if place is None else place for place in places], dtype=np.float64)
    apart = np.sqrt(np.square(at[:, None] - at[None]).sum(axis=-1))
    near: np.ndarray = (apart <= radius) & ~np.eye(len(at), dtype=bool)
    return near
