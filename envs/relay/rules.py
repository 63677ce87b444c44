"""The relay: a message goes from hand to hand, and the last hand must name a function of all pictures it passed.

Every agent sees a handwritten digit of its own. Only one agent speaks at a time, to the next one in the chain, so what
the last one names has to be computed on the way, a step an agent, by whoever is there.
"""

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float32, Int64, Integer

from ...protocols.common.checks import whole
from ...protocols.common.errors import unknown
from ..core.core import Core, Step, check_action
from ..pictures.images import CLASSES, Pictures, digits
from .chains import Chains, Choice, chains_of

WAIT = 0
TASKS = ("count", "spell")


def onward(
    task: str, so_far: Integer[np.ndarray, "..."], odd: Integer[np.ndarray, "..."], answers: int
) -> Int64[np.ndarray, "..."]:
    """The answer after one more picture; it stays below how many ``answers`` there are.

    Args:
        task: "count" or "spell".
        so_far: the answer before.
        odd: the picture's parity.
        answers: how many there are: for "spell" a power of two.
    """
    following: np.ndarray = (2 * so_far + odd) % answers if task == "spell" else np.minimum(so_far + odd, answers - 1)
    return following


class Relay(Core):
    """The rules, over B lanes.

    Observation: the agent's picture, the same at every step. A chain of K places is drawn for each episode. After step
    t < K - 1 the agent at place t + 1 hears the one at place t, and is not told whom it hears. At step K - 1 the agent
    at the last place names an answer: right, and everybody gets 1; and the episode terminates. All others, and all
    agents before, can only wait.
    An agent that has two places counts twice.

    Args:
        agents: N >= 2.
        lanes: B.
        seed: of pictures and chains; None takes the system's entropy.
        task: what to name. "count": how many digits in the chain are odd. "spell": the last three parities, odd as 1,
            as a binary number whose lowest bit is the last agent's; places before the beginning count as even.
        pictures: "train" or "held_out"; see ``digits``.
        chains: "private", the one chain 0 to N - 1; "public", all of them, see ``public``; or an array ``[C, L]``.
        longest: the most places that a chain may have, so that the answers of "count" are 0 to ``longest``; N + 1 if
            None. It does not depend on the chains in use: an agent can be trained for more partners than there are.

    Raises:
        ValueError: for options that cannot be.
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
        whole("agents", agents, 2)
        if task not in TASKS:
            raise unknown("task of the relay", task, TASKS)
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
        nobody = np.zeros(self.lanes, dtype=bool)
        return self._step(won=nobody, told=nobody)

    def step(self, action: Integer[np.ndarray, "B N"]) -> Step:
        check_action(self, action, self._legal)
        live = ~self._terminated
        last = live & self._at_last_place
        won = last & (action[self._every_lane, self._speaker] == 1 + self.answer)
        self._time += live
        self._terminated = self._terminated | last
        self._allow()
        return self._step(won, told=live & ~last)

    def state(self) -> Float32[np.ndarray, "B S"]:
        """Digits, one-hot ``[N * 10]``; who has each place, one-hot ``[T * N]``; the share of the places passed."""
        digit = np.eye(CLASSES, dtype=np.float32)[self.digit].reshape(self.lanes, -1)
        place = (self.chain[:, :, None] == np.arange(self.agents)).reshape(self.lanes, -1)
        return np.concatenate([digit, place, (self._time / self._length)[:, None]], axis=1, dtype=np.float32)

    def facts(self) -> dict[str, Integer[np.ndarray, "B"]]:
        """About whoever has the message, or had it last.

        Its place, counted from 1; its digit and whether that is odd; how many digits were odd in the chain so far, its
        own included; the last three parities so far, as "spell" spells them.
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
        """Which of ``chains.table`` each lane plays."""
        return self._row.copy()

    @property
    def chain(self) -> Int64[np.ndarray, "B T"]:
        """The chain of each lane, padded with -1."""
        chain: np.ndarray = self.chains.table[self._row]
        return chain

    @property
    def picture(self) -> Int64[np.ndarray, "B N"]:
        """Which of ``pictures`` each agent sees."""
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
        """What the last agent has to name: action 1 + answer."""
        so_far = self._odd if self.task == "count" else self._spelled
        answer: np.ndarray = so_far[self._every_lane, self._length - 1]
        return answer

    @property
    def right_action(self) -> Int64[np.ndarray, "B"]:
        """The action that names the answer."""
        return 1 + self.answer

    @property
    def _length(self) -> Int64[np.ndarray, "B"]:
        length: np.ndarray = self.chains.length[self._row]
        return length

    @property
    def _place(self) -> Int64[np.ndarray, "B"]:
        """Where the message is, or ended."""
        place: np.ndarray = np.minimum(self._time, self._length - 1)
        return place

    @property
    def _at_last_place(self) -> Bool[np.ndarray, "B"]:
        last: np.ndarray = self._place == self._length - 1
        return last

    @property
    def _speaker(self) -> Int64[np.ndarray, "B"]:
        """Who has the message, or had it last."""
        speaker: np.ndarray = self.chains.table[self._row, self._place]
        return speaker

    def _begin(self, lanes: Int64[np.ndarray, "K"]) -> None:
        """Draw the present episode of these lanes: draw 0 is the chain, 1 + i the picture of agent i."""
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
        # New memory, as what was returned must stay as it was.
        self._seen = self._seen.copy() if len(lanes) < self.lanes else np.empty_like(self._seen)
        self._seen[lanes] = self.pictures.image[picture]
        self._allow()

    def _allow(self) -> None:
        """Let everybody wait, and whoever has the message at the last place name an answer instead."""
        self._legal = np.zeros((self.lanes, self.agents, self.actions), dtype=bool)
        self._legal[:, :, WAIT] = True
        lane = (self._at_last_place & ~self._terminated).nonzero()[0]
        agent = self._speaker[lane]
        self._legal[lane, agent] = True
        self._legal[lane, agent, WAIT] = False

    def _step(self, won: Bool[np.ndarray, "B"], told: Bool[np.ndarray, "B"]) -> Step:
        """What is returned, where somebody was ``told`` something by whoever had the message before."""
        lane = told.nonzero()[0]
        hears = np.zeros((self.lanes, self.agents, self.agents), dtype=bool)
        hears[lane, self._speaker[lane], self.chains.table[self._row[lane], self._time[lane] - 1]] = True
        reward = np.repeat(won[:, None], self.agents, axis=1).astype(np.float32)
        return Step(self._seen, reward, self._terminated, np.zeros(self.lanes, dtype=bool), self._legal, hears)
