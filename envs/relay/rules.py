"""The relay: a message passes along a chain of agents, and the last one names a function of all their pictures.

Each agent sees its own handwritten digit. Only one agent communicates at a time, with the next agent in the chain, so
the answer of the last agent must be computed along the chain, one agent per step.
"""

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float32, Int64, Integer

from ...protocols.common.checks import check_integer, check_one_of
from ...protocols.common.limits import MAX_AGENTS
from ..core.core import Core, Step, check_action
from ..pictures.images import CLASSES, Pictures, digits
from .chains import Chains, Choice, chains_of

WAIT = 0
TASKS = ("count", "spell")


def next_answer(
    task: str, so_far: Integer[np.ndarray, "..."], odd: Integer[np.ndarray, "..."], answers: int
) -> Int64[np.ndarray, "..."]:
    """The answer after one more picture, which is always less than ``answers``.

    Args:
        task: "count" or "spell".
        so_far: The answer before this picture.
        odd: Parity of the picture.
        answers: Number of different answers; a power of two for "spell".
    """
    following: np.ndarray = (2 * so_far + odd) % answers if task == "spell" else np.minimum(so_far + odd, answers - 1)
    return following


class Relay(Core):
    """The rules, over B lanes.

    An agent observes its picture, the same at every step. A chain of K places is drawn for each episode. After step
    t < K - 1, counted from 0, the agent at place t + 1 hears the agent at place t, without learning its identity. At
    step K - 1, the agent at the last place names an answer. All agents receive a reward of 1 if it is correct, and the
    episode terminates. All other agents, and all agents at earlier steps, can only wait. An agent with two places
    counts twice.

    Args:
        agents: Number of agents N >= 2.
        lanes: Number of lanes B.
        seed: Seed of pictures and chains. If None, it is drawn from the system's entropy.
        task: The function to name. "count" is the number of odd digits in the chain. "spell" is the last three parities
            (odd is 1) as a binary number whose lowest bit belongs to the last agent. Missing places count as even.
        pictures: Split of the pictures, "train" or "held_out"; see ``digits``.
        chains: "private", the single chain 0 to N - 1; "public", all chains of ``public_chains``; or an array
            ``[C, L]``.
        longest: Maximum number of places of a chain, so that the answers of "count" are 0 to ``longest``; N + 1 if
            None. It does not depend on the chains in use, so agents can be trained for chains that occur later.

    Raises:
        ValueError: If an option is invalid.
    """

    role = "runner"
    anonymous = True
    image_observations = True

    def __init__(
        self,
        agents: int = 4,
        lanes: int = 1,
        seed: int | None = None,
        task: str = "count",
        pictures: str = "train",
        chains: Choice = "private",
        longest: int | None = None,
    ) -> None:
        check_integer("agents", agents, 2, limit=MAX_AGENTS)
        check_one_of("task", task, TASKS)
        if longest is not None:
            check_integer("longest", longest, 2, limit=MAX_AGENTS + 1)
        super().__init__(lanes, seed)
        self.agents, self.task = agents, task
        self.longest = agents + 1 if longest is None else longest
        self.chains: Chains = chains_of(chains, agents, self.longest)
        self.pictures: Pictures = digits(pictures)
        self.horizon = self.chains.table.shape[1]
        self.action_names = ("wait", *map(str, range(self.longest + 1 if task == "count" else 8)))
        self.observation_space = spaces.Box(0.0, 1.0, (self.pictures.pixels,), np.float32)
        self._every_lane = np.arange(lanes)
        self._row, self._time = np.zeros((2, lanes), dtype=np.int64)
        self._picture = np.zeros((lanes, agents), dtype=np.int64)
        self._odd, self._spelled = np.zeros((2, lanes, self.horizon), dtype=np.int64)
        self._terminated = np.zeros(lanes, dtype=bool)
        self._seen = np.empty((lanes, agents, self.pictures.pixels), dtype=np.float32)
        self._begin(self._every_lane)

    def reset(self, seed: int | None = None, lanes: Bool[np.ndarray, "B"] | None = None) -> Step:
        if seed is not None:
            lanes = None
        self.draws.reset(seed, lanes)
        self._begin(self._every_lane if lanes is None else lanes.nonzero()[0])
        none = np.zeros(self.lanes, dtype=bool)
        return self._step(won=none, spoke=none)

    def step(self, action: Integer[np.ndarray, "B N"]) -> Step:
        action = check_action(self, action, self._legal)
        live = ~self._terminated
        last = live & self._at_last_place
        won = last & (action[self._every_lane, self._speaker] == 1 + self.answer)
        self._time += live
        self._terminated = self._terminated | last
        self._allow()
        return self._step(won, spoke=live & ~last)

    def state(self) -> Float32[np.ndarray, "B S"]:
        """Digits ``[N * 10]`` and the agent at each place ``[T * N]``, one-hot, and the fraction of places passed."""
        digit = np.eye(CLASSES, dtype=np.float32)[self.digit].reshape(self.lanes, -1)
        place = (self.chain[:, :, None] == np.arange(self.agents)).reshape(self.lanes, -1)
        return np.concatenate([digit, place, (self._time / self._length)[:, None]], axis=1, dtype=np.float32)

    def facts(self) -> dict[str, Integer[np.ndarray, "B"]]:
        """Facts about the active agent, or after the end about the last one.

        They are its place, counted from 1; its digit and parity; the number of odd digits in the chain up to and
        including its digit; and the last three parities up to and including its own, as the number of "spell".
        """
        place, lane = self._place, self._every_lane
        digit = self.digit[lane, self._speaker]
        odd, spelled = self._odd[lane, place], self._spelled[lane, place]
        return {"place": place + 1, "digit": digit, "parity": digit % 2, "odd": odd, "spelled": spelled}

    @property
    def time(self) -> Integer[np.ndarray, "B"]:
        return self._time.copy()

    @property
    def row(self) -> Int64[np.ndarray, "B"]:
        """The row of ``chains.table`` that each lane plays."""
        return self._row.copy()

    @property
    def chain(self) -> Int64[np.ndarray, "B T"]:
        """The chain of each lane, padded with -1."""
        chain: np.ndarray = self.chains.table[self._row]
        return chain

    @property
    def picture(self) -> Int64[np.ndarray, "B N"]:
        """The index in ``pictures`` of the picture that each agent sees."""
        return self._picture.copy()

    @property
    def digit(self) -> Int64[np.ndarray, "B N"]:
        """The digit that each agent sees."""
        digit: np.ndarray = self.pictures.digit[self._picture]
        return digit

    @property
    def parity(self) -> Int64[np.ndarray, "B N"]:
        """Whether each agent's digit is odd."""
        parity: np.ndarray = self.digit % 2
        return parity

    @property
    def answer(self) -> Int64[np.ndarray, "B"]:
        """The correct answer, which action 1 + answer names."""
        so_far = self._odd if self.task == "count" else self._spelled
        answer: np.ndarray = so_far[self._every_lane, self._length - 1]
        return answer

    @property
    def correct_action(self) -> Int64[np.ndarray, "B"]:
        """The action that names the correct answer."""
        return 1 + self.answer

    @property
    def _length(self) -> Int64[np.ndarray, "B"]:
        length: np.ndarray = self.chains.length[self._row]
        return length

    @property
    def _place(self) -> Int64[np.ndarray, "B"]:
        """The place of the active agent, or after the end that of the last one."""
        place: np.ndarray = np.minimum(self._time, self._length - 1)
        return place

    @property
    def _at_last_place(self) -> Bool[np.ndarray, "B"]:
        last: np.ndarray = self._place == self._length - 1
        return last

    @property
    def _speaker(self) -> Int64[np.ndarray, "B"]:
        """The active agent, or after the end the last one."""
        speaker: np.ndarray = self.chains.table[self._row, self._place]
        return speaker

    def _begin(self, lanes: Int64[np.ndarray, "K"]) -> None:
        """Draw the current episode of these lanes. Draw 0 is the chain, and draw 1 + i the picture of agent i."""
        row = self.chains.draw(self.draws.bits(0, lanes=lanes))
        number = np.tile(1 + np.arange(self.agents), len(lanes))
        picture = self.pictures.draw(self.draws.bits(number, lanes=lanes.repeat(self.agents)))
        picture = picture.reshape(len(lanes), self.agents)
        chain = self.chains.table[row]
        parity = np.take_along_axis(self.pictures.digit[picture] % 2, np.maximum(chain, 0), axis=1)
        before = np.pad(parity, ((0, 0), (2, 0)))
        self._row[lanes], self._picture[lanes] = row, picture
        self._odd[lanes] = parity.cumsum(axis=1)
        self._spelled[lanes] = 4 * before[:, :-2] + 2 * before[:, 1:-1] + parity
        self._time[lanes] = 0
        self._terminated = self._terminated.copy()
        self._terminated[lanes] = False
        # New memory is used because arrays returned earlier must not change.
        self._seen = self._seen.copy() if len(lanes) < self.lanes else np.empty_like(self._seen)
        self._seen[lanes] = self.pictures.image[picture]
        self._allow()

    def _allow(self) -> None:
        """Update the legal actions: all agents wait, except the agent at the last place in its turn, which answers."""
        self._legal = np.zeros((self.lanes, self.agents, self.actions), dtype=bool)
        self._legal[:, :, WAIT] = True
        lane = (self._at_last_place & ~self._terminated).nonzero()[0]
        agent = self._speaker[lane]
        self._legal[lane, agent] = True
        self._legal[lane, agent, WAIT] = False

    def _step(self, won: Bool[np.ndarray, "B"], spoke: Bool[np.ndarray, "B"]) -> Step:
        """The step to return. In lanes in which the previous agent ``spoke``, the active agent hears it."""
        lane = spoke.nonzero()[0]
        hears = np.zeros((self.lanes, self.agents, self.agents), dtype=bool)
        hears[lane, self._speaker[lane], self.chains.table[self._row[lane], self._time[lane] - 1]] = True
        reward = np.repeat(won[:, None], self.agents, axis=1).astype(np.float32)
        return Step(self._seen, reward, self._terminated, np.zeros(self.lanes, dtype=bool), self._legal, hears)
