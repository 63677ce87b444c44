"""Naming digits: each agent sees one handwritten digit and names it. Nobody hears anybody."""

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float32, Int64, Integer

from ...protocols.common.checks import whole
from ...protocols.common.errors import bad
from ..core.core import Core, Step, check_action
from ..pictures.images import CLASSES, digits


class Digits(Core):
    """The rules, over B lanes.

    Observation: the agent's picture, of a class drawn uniformly. An episode is one step, in which every agent names a
    digit: whoever is right gets 1. Then it terminates. It is a game of single agents, to study what is inside them.

    Args:
        agents: N >= 1.
        lanes: B.
        seed: of the pictures; None takes the system's entropy.
        pictures: "train" or "held_out"; see ``interlect.envs.pictures.images``.
        shown: which of the pictures each agent sees, in every episode; None draws them.

    Raises:
        ValueError: for options that cannot be.
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
        whole("agents", agents, 1)
        super().__init__(lanes, seed)
        self.agents, self.pictures, self._shown = agents, digits(pictures), shown
        self.observation_space = spaces.Box(0.0, 1.0, (self.pictures.pixels,), np.float32)
        if shown is not None:
            self._check(shown)
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
        check_action(self, action, self._legal)
        right = (action == self.digit) & ~self._terminated[:, None]
        self._terminated = np.ones(self.lanes, dtype=bool)
        return self._step(right.astype(np.float32))

    def state(self) -> Float32[np.ndarray, "B S"]:
        """Digits, one-hot ``[N * 10]``; whether they were named."""
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
        """Which of ``pictures`` each agent sees."""
        return self._picture.copy()

    @property
    def digit(self) -> Int64[np.ndarray, "B N"]:
        """The digit that each agent sees: the right action."""
        digit: np.ndarray = self.pictures.digit[self._picture]
        return digit

    @property
    def _legal(self) -> Bool[np.ndarray, "B N A"]:
        return np.ones((self.lanes, self.agents, self.actions), dtype=bool)

    def _check(self, shown: Integer[np.ndarray, "K M"]) -> None:
        last = len(self.pictures.digit) - 1
        none: np.ndarray = shown[(shown < 0) | (shown > last)]
        shape, expected = list(shown.shape), [self.lanes, self.agents]
        if shape != expected or none.size:
            rule = f"shown is [B, N] = {expected} numbers of pictures, 0 to {last}"
            raise bad(rule, shape if shape != expected else int(none[0]), "Give one picture a lane and agent.")

    def _begin(self, lanes: Int64[np.ndarray, "K"]) -> None:
        """Draw the present episode of these lanes: draw i is the picture of agent i."""
        number = np.tile(np.arange(self.agents), len(lanes))
        drawn = self.pictures.draw(self.draws.bits(number, lanes=lanes.repeat(self.agents)))
        self._picture[lanes] = drawn.reshape(-1, self.agents) if self._shown is None else self._shown[lanes]
        self._terminated = self._terminated.copy()
        self._terminated[lanes] = False

    def _step(self, reward: Float32[np.ndarray, "B N"]) -> Step:
        nobody = np.zeros((self.lanes, self.agents, self.agents), dtype=bool)
        seen = self.pictures.image[self._picture]
        return Step(seen, reward, self._terminated, np.zeros(self.lanes, dtype=bool), self._legal, nobody)
