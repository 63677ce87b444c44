"""The batched core of a game: its rules over B parallel lanes, in NumPy. A core never sees a message."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float32, Int64, Integer, Shaped

from ...protocols.common.checks import check_integer
from ...protocols.common.draws import Draws
from ...protocols.common.errors import invalid
from ...protocols.common.limits import MAX_LANES


@dataclass(frozen=True, slots=True)
class Step:
    """The arrays that a core returns, over all lanes. Only ``hears`` concerns messages: which agent may hear which."""

    observation: Shaped[np.ndarray, "B N ..."]
    reward: Float32[np.ndarray, "B N"]
    terminated: Bool[np.ndarray, "B"]
    truncated: Bool[np.ndarray, "B"]
    legal: Bool[np.ndarray, "B N A"]
    hears: Bool[np.ndarray, "B N N"]
    """``hears[b, receiver, sender]`` routes the messages sent with the previous action. It is false after a reset."""

    @property
    def ended(self) -> Bool[np.ndarray, "B"]:
        """The lanes whose episode is over. All agents of a lane end together."""
        ended: np.ndarray = self.terminated | self.truncated
        return ended


class Core(ABC):
    """A game over B lanes. It never resets a lane automatically: each adapter follows the convention of its library.

    A lane that has ended does not change until it is reset: its rewards are 0, no agent hears anything, and its flags
    stay the same.

    Attributes:
        agents: Number of agents (N).
        lanes: Number of lanes (B).
        horizon: Maximum number of steps of an episode (T).
        action_names: Names of the actions (A of them).
        observation_space: Space of one agent's own observation. Discrete observations are integers in
            ``Step.observation [B, N]``.
        anonymous: Whether receivers cannot distinguish senders. If so, an agent hears the sum of all messages.
        image_observations: Whether an observation is an image (gray values row by row) that is the same at every step.
        role: Prefix of the agents' names, which are ``role_0`` to ``role_{N-1}``.
        roles: Prefix for each seat, in games whose seats have different roles. Agents are then numbered per role.
        draws: Random numbers of the lanes.
    """

    agents: int
    horizon: int
    action_names: tuple[str, ...]
    observation_space: spaces.Space[Any]
    role: str
    roles: tuple[str, ...] = ()
    anonymous: bool = False
    image_observations: bool = False

    def __init__(self, lanes: int, seed: int | None) -> None:
        check_integer("lanes", lanes, 1, limit=MAX_LANES)
        self.lanes = lanes
        self.draws = Draws(lanes, seed)

    @property
    def actions(self) -> int:
        """Number of actions of an agent (A)."""
        return len(self.action_names)

    @property
    def message_slots(self) -> int:
        """Number of senders that a receiver distinguishes (S): N, or 1 in an anonymous game."""
        return 1 if self.anonymous else self.agents

    @property
    def possible_agents(self) -> list[str]:
        """Names of the agents."""
        roles = self.roles or (self.role,) * self.agents
        return [f"{role}_{roles[:i].count(role)}" for i, role in enumerate(roles)]

    @abstractmethod
    def reset(self, seed: int | None = None, lanes: Bool[np.ndarray, "B"] | None = None) -> Step:
        """Begin the next episode in ``lanes`` (all if None), or episode 0 of a new ``seed`` in all lanes."""

    @abstractmethod
    def step(self, action: Integer[np.ndarray, "B N"]) -> Step:
        """Play one joint action per lane.

        Raises:
            ValueError: If an action is illegal. The core does not change in this case.
        """

    @abstractmethod
    def state(self) -> Float32[np.ndarray, "B S"]:
        """The full state of the game, as numbers in [0, 1]."""

    @abstractmethod
    def facts(self) -> dict[str, Integer[np.ndarray, "B"]]:
        """Named integer facts about the current state that a message might encode, for the analysis of protocols."""

    @property
    @abstractmethod
    def time(self) -> Integer[np.ndarray, "B"]:
        """Number of steps played in the current episode of each lane."""


def allowed_actions(
    action: Integer[np.ndarray, "*rows"], legal: Bool[np.ndarray, "*rows A"]
) -> Bool[np.ndarray, "*rows"]:
    """Which actions are legal."""
    inside = (action >= 0) & (action < legal.shape[-1])
    chosen = np.where(inside, action, 0)[..., None].astype(np.int64)
    found: np.ndarray = inside & np.take_along_axis(legal, chosen, -1)[..., 0]
    return found


def check_action(
    core: Core, action: Integer[np.ndarray, "..."], legal: Bool[np.ndarray, "B N A"]
) -> Int64[np.ndarray, "B N"]:
    """Check that every action is legal, and return the actions as int64: unsigned ones cannot be subtracted from.

    Raises:
        ValueError: If an action is illegal. The message names the first such lane and agent.
    """
    if not isinstance(action, np.ndarray) or action.dtype.kind not in "iu":
        received = f"an array of {action.dtype}" if isinstance(action, np.ndarray) else action
        raise invalid("Actions must be an array of integers", received, "Pass actions.astype(numpy.int64).")
    if action.shape != (core.lanes, core.agents):
        remedy = f"Pass an array of shape {[core.lanes, core.agents]}."
        raise invalid("Actions must be one integer per lane and agent, [B, N]", action.shape, remedy)
    wrong = ~allowed_actions(action, legal)
    if wrong.any():
        lane, agent = np.argwhere(wrong)[0]
        names = [name for name, ok in zip(core.action_names, legal[lane, agent], strict=True) if ok]
        raise invalid(
            f"Agent {core.possible_agents[agent]} in lane {lane} can only choose among {names}",
            int(action[lane, agent]),
            "Choose a legal action; see Step.legal or infos['action_mask'].",
        )
    return action.astype(np.int64, copy=False)
