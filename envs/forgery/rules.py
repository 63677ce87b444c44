"""Forgery: painters send pictures, and critics judge whether a picture is genuine (Goodfellow et al. 2014).

A picture is the message of a painter, so a generator and a discriminator are two agents with a channel between them,
and the gradient of an adversarial network is what returns through this channel.
"""

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float32, Int64, Integer

from ...protocols.common.checks import check_integer
from ...protocols.common.draws import below, halves
from ...protocols.common.errors import invalid
from ...protocols.common.limits import MAX_AGENTS, MAX_WIDTH
from ..core.core import Core, Step, check_action
from .sources import source

WAIT, FAKE, REAL = range(3)
COIN_DRAW, KIND_DRAW, PICTURE_DRAW = range(3)
NOISE_STREAM = 1


class Forgery(Core):
    """The rules, over B lanes.

    There are P painters and P critics, and each critic meets one painter. At step 1, each painter observes random
    numbers and sends a message, its picture. At step 2, a fair coin decides for each critic whether it observes a
    genuine picture, or hears the picture of its painter. The critic judges it to be "fake" or "real", and receives 1 if
    it is right and -1 if it is wrong. The painter that it meets receives the negative of that. Then the episode
    terminates.

    The game is zero-sum. The best critic earns the total variation distance between the distributions of genuine
    pictures and of the painter's; so the value of the game is 0, which both earn when these distributions are equal.

    All agents observe [condition, noise, picture]: C numbers, ``noise`` numbers, and D numbers. The condition, such as
    the kind (one-hot), is the same for all agents of a lane, and genuine pictures are of this kind. Only painters
    observe the noise, and only critics observe genuine pictures, at step 2.

    Args:
        agents: Number of agents, 2 P: the painters, then the critics.
        lanes: Number of lanes B.
        seed: Seed of the episodes. If None, it is drawn from the system's entropy.
        data: Genuine pictures: "ring", "grid", "digits", "shapes" or the path of a file; see ``sources.source``.
        pictures: Split of the pictures, "train" or "held_out".
        noise: Number of random numbers that a painter observes, uniform in [-1, 1).
        condition: What agents observe of the kind of the picture: "none", "kind" or "caption"; see ``Source``.
        pairing: The painter that each critic meets, a permutation of 0 to P - 1; None for painter i and critic i.

    Attributes:
        source: The genuine pictures.
        condition: What agents observe of the kind of the picture.
        conditions: Number of numbers of the condition (C).
        condition_words: Number of its one-hot parts, such as the words of a caption.
        codes: The condition of each kind.
        pairing: The painter that each critic meets, as an array; see ``set_pairing``.

    Raises:
        ValueError: If an option is invalid.
    """

    anonymous = True
    horizon = 2
    action_names = ("wait", "fake", "real")

    def __init__(
        self,
        agents: int = 2,
        lanes: int = 1,
        seed: int | None = None,
        data: str = "ring",
        pictures: str = "train",
        noise: int = 2,
        condition: str = "none",
        pairing: tuple[int, ...] | None = None,
    ) -> None:
        check_integer("agents", agents, 2, limit=MAX_AGENTS)
        if agents % 2:
            rule = "agents must be even: each painter has a critic"
            raise invalid(rule, agents, f"Pass {agents + 1} agents.")
        check_integer("noise", noise, 1, limit=MAX_WIDTH)
        super().__init__(lanes, seed)
        self.agents, self.painters, self.noise_size = agents, agents // 2, noise
        self.roles = ("painter",) * self.painters + ("critic",) * self.painters
        self.source = source(data, pictures)
        self.condition = condition
        self.codes = self.source.codes(condition)
        self.conditions = self.codes.shape[1]
        self.condition_words = self.source.words(condition)
        self.set_pairing(range(self.painters) if pairing is None else pairing)
        size = self.conditions + noise + self.source.size
        self.observation_space = spaces.Box(-1.0, 1.0, (size,), np.float32)
        self._kind = np.zeros(lanes, dtype=np.int64)
        self._noise = np.zeros((lanes, self.painters, noise), dtype=np.float32)
        self._genuine = np.zeros((lanes, self.painters), dtype=bool)
        self._picture = np.zeros((lanes, self.painters, self.source.size), dtype=np.float32)
        self._time = np.zeros(lanes, dtype=np.int64)
        self._begin(np.arange(lanes))

    def set_pairing(self, pairing: object) -> None:
        """Change the painter that each critic meets, between episodes.

        Args:
            pairing: A permutation of 0 to P - 1.

        Raises:
            ValueError: If it is not.
        """
        self.pairing = check_pairing(pairing, self.painters)

    def reset(self, seed: int | None = None, lanes: Bool[np.ndarray, "B"] | None = None) -> Step:
        if seed is not None:
            lanes = None
        self.draws.reset(seed, lanes)
        self._begin(np.arange(self.lanes) if lanes is None else lanes.nonzero()[0])
        return self._step(np.zeros((self.lanes, self.agents), dtype=np.float32))

    def step(self, action: Integer[np.ndarray, "B N"]) -> Step:
        action = check_action(self, action, self._legal)
        judging = (self._time == 1)[:, None]
        right = (action[:, self.painters :] == REAL) == self._genuine
        payoff = np.where(judging, np.where(right, 1, -1), 0).astype(np.float32)
        reward = np.zeros((self.lanes, self.agents), dtype=np.float32)
        reward[:, self.painters :] = payoff
        reward[:, self.pairing] = -payoff
        painted = self._time == 0
        self._time = np.minimum(self._time + 1, self.horizon)
        return self._step(reward, painted)

    def state(self) -> Float32[np.ndarray, "B S"]:
        """The kind (one-hot), noise, genuine pictures, coins, and the fraction of steps played."""
        kind = np.eye(self.source.kinds)[self._kind]
        signed = [self._noise.reshape(self.lanes, -1), self._picture.reshape(self.lanes, -1)]
        numbers = [(part + 1) / 2 for part in signed]
        return np.concatenate([kind, *numbers, self._genuine, self._time[:, None] / 2], axis=1, dtype=np.float32)

    def facts(self) -> dict[str, Integer[np.ndarray, "B"]]:
        """The step, counted from 1 the kind, and whether each critic observes a genuine picture."""
        genuine = {f"genuine_{i}": self._genuine[:, i].astype(np.int64) for i in range(self.painters)}
        return {"step": np.minimum(self._time + 1, self.horizon), "kind": self._kind.copy()} | genuine

    @property
    def time(self) -> Integer[np.ndarray, "B"]:
        return self._time.copy()

    @property
    def kind(self) -> Int64[np.ndarray, "B"]:
        """The kind of the genuine pictures, which painters are to paint if they observe it."""
        return self._kind.copy()

    @property
    def noise(self) -> Float32[np.ndarray, "B P noise"]:
        """The random numbers of each painter."""
        return self._noise.copy()

    @property
    def genuine(self) -> Bool[np.ndarray, "B P"]:
        """Whether each critic observes a genuine picture."""
        return self._genuine.copy()

    @property
    def genuine_picture(self) -> Float32[np.ndarray, "B P D"]:
        """The genuine picture that each critic observes, or would have observed."""
        return self._picture.copy()

    @property
    def _legal(self) -> Bool[np.ndarray, "B N A"]:
        legal = np.zeros((self.lanes, self.agents, self.actions), dtype=bool)
        judging = self._time == 1
        legal[:, : self.painters, WAIT] = True
        legal[~judging, :, WAIT] = True
        legal[judging, self.painters :, FAKE:] = True
        return legal

    def _begin(self, lanes: Int64[np.ndarray, "K"]) -> None:
        """Draw the current episode of these lanes: the kind, coins (draws 3 i), pictures (draws 3 i + 2), and noise."""
        pair = np.tile(np.arange(self.painters), len(lanes))
        lane = lanes.repeat(self.painters)
        self._kind[lanes] = below(halves(self.draws.bits(KIND_DRAW, lanes=lanes))[0], self.source.kinds)
        coins = halves(self.draws.bits(3 * pair + COIN_DRAW, lanes=lane))[0]
        self._genuine[lanes] = below(coins, 2).astype(bool).reshape(-1, self.painters)
        drawn = self.source.picture(self._kind[lane], self.draws.bits(3 * pair + PICTURE_DRAW, lanes=lane))
        self._picture[lanes] = drawn.reshape(len(lanes), self.painters, self.source.size)
        uniform = [self.draws.uniform(self.noise_size, painter, NOISE_STREAM) for painter in range(self.painters)]
        self._noise[lanes] = (2 * np.stack(uniform, axis=1) - 1)[lanes]
        self._time = self._time.copy()
        self._time[lanes] = 0

    def _step(self, reward: Float32[np.ndarray, "B N"], painted: Bool[np.ndarray, "B"] | None = None) -> Step:
        size = self.conditions + self.noise_size + self.source.size
        observation = np.zeros((self.lanes, self.agents, size), dtype=np.float32)
        observation[..., : self.conditions] = self.codes[self._kind][:, None]
        noise = slice(self.conditions, self.conditions + self.noise_size)
        observation[:, : self.painters, noise] = self._noise
        shown = (self._time > 0)[:, None] & self._genuine
        observation[:, self.painters :, noise.stop :] = shown[..., None] * self._picture
        hears = np.zeros((self.lanes, self.agents, self.agents), dtype=bool)
        if painted is not None:
            critic = np.arange(self.painters)
            hears[:, self.painters + critic, self.pairing] = painted[:, None] & ~self._genuine
        over, never = self._time == self.horizon, np.zeros(self.lanes, dtype=bool)
        return Step(observation, reward, over, never, self._legal, hears)


def check_pairing(pairing: object, painters: int) -> Int64[np.ndarray, "P"]:
    """The painter that each critic meets, as an array.

    Raises:
        ValueError: If it is not a permutation of 0 to P - 1.
    """
    try:
        numbers = np.asarray(pairing)
        valid = numbers.dtype.kind in "iu" and sorted(numbers.tolist()) == list(range(painters))
    except (TypeError, ValueError):
        valid = False
    if not valid:
        rule = f"pairing must be a permutation of the painters 0 to {painters - 1}, one per critic"
        raise invalid(rule, pairing, "List each painter once, such as (1, 0) for two painters.")
    return numbers.astype(np.int64)
