"""Communication topologies: which agents hear which, as ``hears[receiver, sender]``."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from ...protocols.common.checks import check_choice, check_number
from ...protocols.common.errors import invalid

Hears = Bool[np.ndarray, "N N"]
"""``hears[receiver, sender]``, in the order of ``possible_agents``."""

Topology = str | np.ndarray | Callable[[Any], np.ndarray]
"""A name, an array [receiver, sender], or a function of the wrapped environment that is called after each step."""

NAMED: dict[str, Callable[[int], np.ndarray]] = {
    "all": lambda agents: ~np.eye(agents, dtype=bool),
    "ring": lambda agents: np.roll(np.eye(agents, dtype=bool), -1, axis=1) & ~np.eye(agents, dtype=bool),
}
"""The named topologies. "all": every agent hears all others. "ring": agent i hears agent i - 1, agent 0 the last."""


def resolve(topology: Any, agents: int) -> Hears | Callable[[Any], np.ndarray]:
    """The array of a fixed topology of N agents, or the function of a topology that changes.

    Raises:
        ValueError: If the name is unknown, or the array is not boolean [N, N].
    """
    if isinstance(topology, str):
        check_choice("topology", topology, NAMED)
        return NAMED[topology](agents)
    if isinstance(topology, np.ndarray):
        return check_hears("A topology that is an array", topology, agents).copy()
    if callable(topology):
        function: Callable[[Any], np.ndarray] = topology
        return function
    names = " or ".join(map(repr, NAMED))
    rule = f"A topology must be {names}, a NumPy array, or a function of the environment"
    raise invalid(rule, topology, "Pass one of these.")


def current_hears(topology: Callable[[Any], np.ndarray], env: Any, agents: int) -> Hears:
    """The topology that a function returns for the current state of the environment.

    Raises:
        ValueError: If it is not a boolean array [N, N] whose diagonal is false.
    """
    hears = check_hears("What a topology returns", topology(env), agents)
    if hears.diagonal().any():
        remedy = "Use hears & ~numpy.eye(N, dtype=bool). Only a topology that is an array may have a true diagonal."
        raise invalid("With a topology that is a function, no agent can hear itself", hears.tolist(), remedy)
    return hears


def by_distance(radius: float | int, position: Callable[[Any, Any], Any] | None = None) -> Callable[[Any], np.ndarray]:
    """A topology in which agents hear each other if they are at most ``radius`` apart.

    Args:
        radius: Maximum Euclidean distance, at least 0, in the units of the positions.
        position: A function ``position(env, agent)`` that returns the coordinates of an agent, or None while the agent
            has no position. If None, positions are read from mpe2's worlds.

    Raises:
        ValueError: If the radius is not a finite number of at least 0, or, on the first reset, if positions cannot be
            determined.
    """
    check_number("radius", radius, 0)
    if position is not None and not callable(position):
        remedy = "Pass a function position(env, agent)."
        raise invalid("position must be a function of environment and agent", position, remedy)
    return partial(_near, radius=radius, position=position or mpe2_position)


def mpe2_position(env: Any, agent: Any) -> Float[np.ndarray, "2"]:
    """The position of an agent of an mpe2 environment.

    Raises:
        ValueError: If the environment has no such world.
    """
    world = getattr(env.unwrapped, "world", None)
    for body in getattr(world, "agents", ()):
        if body.name == agent:
            place: np.ndarray = body.state.p_pos
            return place
    remedy = "Pass a function that returns positions: by_distance(radius, position=...)."
    raise invalid(f"by_distance needs {agent} in env.unwrapped.world.agents, as in mpe2", str(env), remedy)


def check_hears(name: str, hears: Any, agents: int) -> Hears:
    """Check that ``hears`` is a boolean array [N, N], and return it.

    Raises:
        ValueError: If it is not.
    """
    rule = f"{name} must be a boolean array [{agents}, {agents}], hears[receiver, sender]"
    if not isinstance(hears, np.ndarray) or hears.dtype != np.bool_:
        received = f"an array of {hears.dtype}" if isinstance(hears, np.ndarray) else hears
        raise invalid(rule, received, "Pass numpy.array(..., dtype=bool).")
    if hears.shape != (agents, agents):
        raise invalid(rule, f"the shape {list(hears.shape)}", "Pass one row and one column per possible agent.")
    return hears


def _near(env: Any, radius: float | int, position: Callable[[Any, Any], Any]) -> Hears:
    places = [position(env, agent) for agent in env.possible_agents]
    known = [place for place in places if place is not None]
    if len({np.shape(place) for place in known}) > 1 or any(np.ndim(place) != 1 for place in known):
        rule = "The positions of all agents must have the same number of coordinates"
        raise invalid(rule, places, "Use a function that returns arrays such as [x, y].")
    nowhere = np.full(np.shape(known[0]) if known else (1,), np.nan)
    at = np.array([nowhere if place is None else place for place in places], dtype=np.float64)
    apart = np.sqrt(np.square(at[:, None] - at[None]).sum(axis=-1))
    near: np.ndarray = (apart <= radius) & ~np.eye(len(at), dtype=bool)
    return near
