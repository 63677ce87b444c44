"""Naming digits: each agent sees one handwritten digit and names it. There is no communication."""

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float32, Int64, Integer

from ...protocols.common.checks import check_integer, check_integer_array
from ...protocols.common.limits import MAX_AGENTS
from ..core.core import Core, Step, check_action
from ..pictures.images import CLASSES, digits


class Digits(Core):
    """The rules, over B lanes.

    An agent observes a picture, whose class is drawn uniformly. An episode is one step, in which every agent names a
    digit and receives a reward of 1 if it is correct, else 0. Then the episode terminates. The game is for studies of
    the modules of a single agent.

    Args:
        agents: Number of agents N >= 1.
        lanes: Number of lanes B.
        seed: Seed of the pictures. If None, it is drawn from the system's entropy.
        pictures: "train" or "held_out"; see ``interlect.envs.pictures.images``.
        shown: Index of the picture that each agent sees, in every episode. If None, pictures are drawn.

    Raises:
        ValueError: If an option is invalid.
    """

    role = "reader"
    anonymous = True
    image_observations = True
    horizon = 1
    action_names = tuple(map(str, range(CLASSES)))

    def __init__(
        self,
        agents: int = 1,
        lanes: int = 1,
        seed: int | None = None,
        pictures: str = "train",
        shown: Integer[np.ndarray, "B N"] | None = None,
    ) -> None:
        check_integer("agents", agents, 1, limit=MAX_AGENTS)
        super().__init__(lanes, seed)
        self.agents, self.pictures, self._shown = agents, digits(pictures), shown
        self.observation_space = spaces.Box(0.0, 1.0, (self.pictures.pixels,), np.float32)
        if shown is not None:
            check_integer_array("shown", shown, (lanes, agents), 0, len(self.pictures.digit) - 1)
        self._picture = np.zeros((lanes, agents), dtype=np.int64)
        self._terminated = np.zeros(lanes, dtype=bool)
        self._begin(np.arange(lanes))

    def reset(self, seed: int | None = None, lanes: Bool[np.ndarray, "B"] | None = None) -> Step:
        if seed is not None:
            lanes = None
        self.draws.reset(seed, lanes)
        self._begin(np.arange(self.lanes) if lanes is None else lanes.nonzero()[0])
        return self._step(np.zeros((self.lanes, self.agents), dtype=np.float32))

    def step(self, action: Integer[np.ndarray, "B N"]) -> Step:
        action = check_action(self, action, self._legal)
        correct = (action == self.digit) & ~self._terminated[:, None]
        self._terminated = np.ones(self.lanes, dtype=bool)
        return self._step(correct.astype(np.float32))

    def state(self) -> Float32[np.ndarray, "B S"]:
        """The digits, one-hot ``[N * 10]``, and whether the episode has ended."""
        digit = np.eye(CLASSES, dtype=np.float32)[self.digit].reshape(self.lanes, -1)
        return np.concatenate([digit, self._terminated[:, None]], axis=1, dtype=np.float32)

    def facts(self) -> dict[str, Integer[np.ndarray, "B"]]:
        """The step, counted from 1, and the first agent's digit."""
        return {"step": self.time + 1, "digit": self.digit[:, 0]}

    @property
    def time(self) -> Integer[np.ndarray, "B"]:
        return self._terminated.astype(np.int64)

    @property
    def picture(self) -> Int64[np.ndarray, "B N"]:
        """The index in ``pictures`` of the picture that each agent sees."""
        return self._picture.copy()

    @property
    def digit(self) -> Int64[np.ndarray, "B N"]:
        """The digit that each agent sees, which is the correct action."""
        digit: np.ndarray = self.pictures.digit[self._picture]
        return digit

    @property
    def _legal(self) -> Bool[np.ndarray, "B N A"]:
        return np.ones((self.lanes, self.agents, self.actions), dtype=bool)

    def _begin(self, lanes: Int64[np.ndarray, "K"]) -> None:
        """Draw the current episode of these lanes. Draw i is the picture of agent i."""
        number = np.tile(np.arange(self.agents), len(lanes))
        drawn = self.pictures.draw(self.draws.bits(number, lanes=lanes.repeat(self.agents)))
        self._picture[lanes] = drawn.reshape(-1, self.agents) if self._shown is None else self._shown[lanes]
        self._terminated = self._terminated.copy()
        self._terminated[lanes] = False

    def _step(self, reward: Float32[np.ndarray, "B N"]) -> Step:
        silence = np.zeros((self.lanes, self.agents, self.agents), dtype=bool)
        seen = self.pictures.image[self._picture]
        return Step(seen, reward, self._terminated, np.zeros(self.lanes, dtype=bool), self._legal, silence)
