"""Two agents with one picture each: they exchange messages for some steps, and then both answer once.

The reward of an answer depends on the labels of both agents' pictures.
"""

from abc import abstractmethod
from typing import ClassVar

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float32, Float64, Int64, Integer

from ...protocols.common.checks import check_integer
from ..core.core import Core, Step, check_action
from ..pictures.images import pictures_of

WAIT = 0


class Pair(Core):
    """The rules, over B lanes.

    Each agent observes its own view, which is the same at every step. Before the last step, both agents can only wait,
    and after each of these steps, each receives the message of the other agent. At the last step, both must answer.
    Both receive the sum of the payoffs of the two answers as a reward, and the episode terminates.

    A *view* is the number of one of the V things that an agent can see. The reward depends only on its *label*.

    Args:
        agents: Number of agents, which must be 2.
        lanes: Number of lanes B.
        seed: Seed of the views. If None, it is drawn from the system's entropy.
        pictures: Split of the pictures, "train" or "held_out".
        data: Data set, "digits" or "mnist"; see ``interlect.envs.pictures.images``.

    Attributes:
        planes: Number of image planes of an observation.
        parts: Names of the parts of a view, and the number of values of each.
        label_names: Names of the labels (L of them).
        payoff: ``payoff[own label, answer, other label]`` is what an answer adds to the reward of both agents.

    Raises:
        ValueError: If an option is invalid.
    """

    agents = 2
    anonymous = True
    image_observations = True
    planes: int
    parts: ClassVar[dict[str, int]]
    label_names: tuple[str, ...]
    payoff: Float64[np.ndarray, "L answers L"]

    def __init__(
        self,
        agents: int = 2,
        lanes: int = 1,
        seed: int | None = None,
        pictures: str = "train",
        data: str = "digits",
    ) -> None:
        check_integer("agents", agents, 2, 2, "Remove the argument agents: this game always has two.")
        super().__init__(lanes, seed)
        self.pictures = pictures_of(data, pictures)
        self.observation_space = spaces.Box(0.0, 1.0, (self.planes * self.pictures.pixels,), np.float32)
        self._labels = self.labels_for(self.pictures.digit)
        self._view = np.zeros((lanes, 2), dtype=np.int64)
        self._time = np.zeros(lanes, dtype=np.int64)
        self._begin(np.arange(lanes))

    @property
    @abstractmethod
    def chance(self) -> Float64[np.ndarray, "V"]:
        """The probability of each view."""

    @abstractmethod
    def observation_of(self, view: Int64[np.ndarray, "*rows"]) -> Float32[np.ndarray, "*rows D"]:
        """The observation of an agent with this view."""

    @abstractmethod
    def view_of(self, observation: Float32[np.ndarray, "K D"]) -> Int64[np.ndarray, "K"]:
        """The view of each observation.

        Raises:
            ValueError: If an observation does not occur in this game.
        """

    @abstractmethod
    def labels_for(self, digit: Int64[np.ndarray, "P"]) -> Int64[np.ndarray, "V"]:
        """The label of each view if each picture is taken to show the given digit."""

    @abstractmethod
    def part(self, name: str) -> Int64[np.ndarray, "B N"]:
        """The value of a part of the view of each agent."""

    @abstractmethod
    def _draw(self, lane: Int64[np.ndarray, "K"], agent: Int64[np.ndarray, "K"]) -> Int64[np.ndarray, "K"]:
        """The view of an agent in the current episode of a lane, from the draws ``agent``, ``2 + agent`` and so on."""

    def reset(self, seed: int | None = None, lanes: Bool[np.ndarray, "B"] | None = None) -> Step:
        if seed is not None:
            lanes = None
        self.draws.reset(seed, lanes)
        self._begin(np.arange(self.lanes) if lanes is None else lanes.nonzero()[0])
        return self._step(np.zeros(self.lanes), spoke=np.zeros(self.lanes, dtype=bool))

    def step(self, action: Integer[np.ndarray, "B N"]) -> Step:
        action = check_action(self, action, self._legal)
        live = self._time < self.horizon
        answering = self._time == self.horizon - 1
        reward = np.where(answering, self.payoffs(action).sum(axis=1), 0)
        self._time = self._time + live
        return self._step(reward, spoke=live & ~answering)

    def payoffs(self, action: Integer[np.ndarray, "B N"]) -> Float64[np.ndarray, "B N"]:
        """What the answer of each agent adds to the reward of both, at the last step."""
        label, answer = self.label, np.maximum(action - 1, 0)
        payoffs: np.ndarray = self.payoff[label, answer, label[:, ::-1]]
        return payoffs

    def state(self) -> Float32[np.ndarray, "B S"]:
        """Each part of both views, one-hot, and the fraction of steps played."""
        views = [np.eye(kinds)[self.part(name)].reshape(self.lanes, -1) for name, kinds in self.parts.items()]
        return np.concatenate([*views, self._time[:, None] / self.horizon], axis=1, dtype=np.float32)

    def facts(self) -> dict[str, Integer[np.ndarray, "B"]]:
        """The step, counted from 1 (after the end, the last step), and each part of each agent's view."""
        step = {"step": np.minimum(self._time + 1, self.horizon)}
        return step | {f"{name}_{agent}": self.part(name)[:, agent] for name in self.parts for agent in range(2)}

    @property
    def time(self) -> Integer[np.ndarray, "B"]:
        return self._time.copy()

    @property
    def view(self) -> Int64[np.ndarray, "B N"]:
        """The view of each agent."""
        return self._view.copy()

    @property
    def picture(self) -> Int64[np.ndarray, "B N"]:
        """The index in ``pictures`` of the picture that each agent sees."""
        picture: np.ndarray = self._view % len(self.pictures.digit)
        return picture

    @property
    def digit(self) -> Int64[np.ndarray, "B N"]:
        """The digit that each agent sees."""
        digit: np.ndarray = self.pictures.digit[self.picture]
        return digit

    @property
    def labels(self) -> Int64[np.ndarray, "V"]:
        """The label of each view."""
        return self._labels.copy()

    @property
    def label(self) -> Int64[np.ndarray, "B N"]:
        """The label of each agent's view."""
        label: np.ndarray = self._labels[self._view]
        return label

    @property
    def _legal(self) -> Bool[np.ndarray, "B N A"]:
        legal = np.zeros((self.lanes, 2, self.actions), dtype=bool)
        answering = self._time == self.horizon - 1
        legal[answering, :, 1:] = True
        legal[~answering, :, WAIT] = True
        return legal

    def _begin(self, lanes: Int64[np.ndarray, "K"]) -> None:
        agent = np.tile(np.arange(2), len(lanes))
        self._view[lanes] = self._draw(lanes.repeat(2), agent).reshape(-1, 2)
        self._time[lanes] = 0
        # New memory is used because arrays returned earlier must not change.
        self._observation = self.observation_of(self._view)

    def _step(self, reward: Float64[np.ndarray, "B"], spoke: Bool[np.ndarray, "B"]) -> Step:
        hears = spoke[:, None, None] & ~np.eye(2, dtype=bool)
        over, never = self._time == self.horizon, np.zeros(self.lanes, dtype=bool)
        paid = np.repeat(reward[:, None], 2, axis=1).astype(np.float32)
        return Step(self._observation, paid, over, never, self._legal, hears)
