"""The batched core of a game: its rules over B lanes, in NumPy. A core never sees a message."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float32, Integer, Shaped

from ...protocols.common.checks import whole
from ...protocols.common.draws import Draws
from ...protocols.common.errors import bad


@dataclass(frozen=True, slots=True)
class Step:
    """What a core returns: the arrays of all lanes. Only ``hears`` speaks of messages: who may hear whom."""

    observation: Shaped[np.ndarray, "B N ..."]
    reward: Float32[np.ndarray, "B N"]
    terminated: Bool[np.ndarray, "B"]
    truncated: Bool[np.ndarray, "B"]
    legal: Bool[np.ndarray, "B N A"]
    hears: Bool[np.ndarray, "B N N"]
    """``hears[b, receiver, sender]`` routes what was sent with the action before; all false after a reset."""

    @property
    def ended(self) -> Bool[np.ndarray, "B"]:
        """Lanes whose episode is over. All agents of a lane end together."""
        ended: np.ndarray = self.terminated | self.truncated
        return ended


class Core(ABC):
    """A game over ``lanes`` lanes. It never resets a lane by itself: each face adds its library's convention.

    An ended lane stands still until it is reset: it pays nothing, nobody hears anything, its flags stay.

    Attributes:
        agents: how many agents (N).
        lanes: how many lanes (B).
        horizon: the most steps of an episode (T).
        action_names: one name an action (A of them).
        observation_space: one agent's own observation; a Discrete one is an integer in ``Step.observation [B, N]``.
        anonymous: a receiver cannot tell who spoke: it hears the sum of all messages, as one voice.
        image_observations: what an agent observes is a picture, gray values row by row, and the same at every step.
        role: what an agent is called; agents are ``role_0`` to ``role_{N-1}``.
        roles: what each seat is called, in games whose seats differ; agents are then counted by role.
        draws: the random numbers of the lanes.
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
        whole("lanes", lanes, 1)
        self.lanes = lanes
        self.draws = Draws(lanes, fresh_seed() if seed is None else seed)

    @property
    def actions(self) -> int:
        """How many actions an agent has (A)."""
        return len(self.action_names)

    @property
    def message_slots(self) -> int:
        """How many senders a receiver tells apart (S): N, or 1 in an anonymous game."""
        return 1 if self.anonymous else self.agents

    @property
    def possible_agents(self) -> list[str]:
        """Names of the agents."""
        roles = self.roles or (self.role,) * self.agents
        return [f"{role}_{roles[:i].count(role)}" for i, role in enumerate(roles)]

    @abstractmethod
    def reset(self, seed: int | None = None, lanes: Bool[np.ndarray, "B"] | None = None) -> Step:
        """Begin the next episode in ``lanes`` (all if None), or episode 0 of a new ``seed`` in all of them."""

    @abstractmethod
    def step(self, action: Integer[np.ndarray, "B N"]) -> Step:
        """Play one joint action a lane.

        Raises:
            ValueError: if an action is illegal in a lane that has not ended.
        """

    @abstractmethod
    def state(self) -> Float32[np.ndarray, "B S"]:
        """The whole hidden state, every number in [0, 1]."""

    @abstractmethod
    def facts(self) -> dict[str, Integer[np.ndarray, "B"]]:
        """Named truths about the moment that a message might mean, for those who study protocols."""

    @property
    @abstractmethod
    def time(self) -> Integer[np.ndarray, "B"]:
        """Steps played in each lane's episode."""


def fresh_seed() -> int:
    """A seed from the system's entropy."""
    return int(np.random.SeedSequence().generate_state(1, np.uint64)[0] >> np.uint64(1))


def allowed(action: Integer[np.ndarray, "*rows"], legal: Bool[np.ndarray, "*rows A"]) -> Bool[np.ndarray, "*rows"]:
    """Which actions are legal."""
    inside = (action >= 0) & (action < legal.shape[-1])
    chosen = np.where(inside, action, 0)[..., None].astype(np.int64)
    found: np.ndarray = inside & np.take_along_axis(legal, chosen, -1)[..., 0]
    return found


def check_action(core: Core, action: Integer[np.ndarray, "..."], legal: Bool[np.ndarray, "B N A"]) -> None:
    """Raise unless every action is legal.

    Raises:
        ValueError: naming the first lane and agent at fault.
    """
    if action.shape != (core.lanes, core.agents):
        raise bad("Actions are one integer a lane and agent [B, N]", action.shape, "Reshape them.")
    wrong = ~allowed(action, legal)
    if wrong.any():
        lane, agent = np.argwhere(wrong)[0]
        names = [name for name, ok in zip(core.action_names, legal[lane, agent], strict=True) if ok]
        raise bad(
            f"Agent {core.possible_agents[agent]} in lane {lane} may now only choose among {names}",
            int(action[lane, agent]),
            "Choose a legal action: see Step.legal or infos['action_mask'].",
        )
