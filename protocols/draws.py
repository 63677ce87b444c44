"""Random numbers of episodes: a counter hash of (seed, lane, episode, stream, draw), with no state to carry."""

import numpy as np
from jaxtyping import Bool, Float32, Integer, UInt64

Draw = int | Integer[np.ndarray, "B"]
"""Which draw of an episode: one number, or one a lane."""

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))


def splitmix64(x: UInt64[np.ndarray, "..."]) -> UInt64[np.ndarray, "..."]:
    """Hash 64-bit counters to 64-bit numbers (Steele, Lea and Flood 2014, figure 16)."""
    x = x + GOLDEN
    x ^= x >> _SHIFTS[0]
    x *= _MIX_1
    x ^= x >> _SHIFTS[1]
    x *= _MIX_2
    x ^= x >> _SHIFTS[2]
    return x


class Draws:
    """The random numbers of B lanes. Lane i draws the same numbers whatever B is, and lanes never disturb each other.

    All state is two counters, ``seed`` and ``episode [B]``: saving them saves the randomness.
    """

    def __init__(self, lanes: int, seed: int) -> None:
        self.seed = seed
        self.episode = np.zeros(lanes, dtype=np.int64)
        self._lane_keys = self._hash_lanes()
        self._keys = self._hash_episodes()

    def reset(self, seed: int | None = None, lanes: Bool[np.ndarray, "B"] | None = None) -> None:
        """Go to the next episode in ``lanes`` (all if None), or to episode 0 of a new ``seed`` in all of them."""
        if seed is not None:
            self.restore(seed, np.zeros_like(self.episode))
        elif lanes is None:
            self.restore(self.seed, self.episode + 1)
        else:
            self.episode[lanes] += 1
            self._keys[lanes] = splitmix64(self._lane_keys[lanes] + self.episode[lanes].astype(np.uint64))

    def restore(self, seed: int, episode: np.ndarray) -> None:
        """Set both counters."""
        if seed != self.seed:
            self.seed = seed
            self._lane_keys = self._hash_lanes()
        self.episode = episode.astype(np.int64)
        self._keys = self._hash_episodes()

    def bits(self, draw: Draw, stream: int = 0) -> UInt64[np.ndarray, "B"]:
        """64 random bits a lane for number ``draw`` of this episode; streams are independent of each other."""
        return splitmix64(self._keys ^ np.asarray(draw + (stream << 32) + 1).astype(np.uint64))

    def integers(self, high: int, draw: Draw, stream: int = 0) -> UInt64[np.ndarray, "B"]:
        """A uniform integer below ``high`` a lane (bias under high / 2^32)."""
        return ((self.bits(draw, stream) >> np.uint64(32)) * np.uint64(high)) >> np.uint64(32)

    def uniform(self, count: int, draw: Draw, stream: int = 0) -> Float32[np.ndarray, "B {count}"]:
        """``count`` uniform numbers in [0, 1) a lane, with 24 random bits each."""
        keys = self.bits(draw, stream)[:, None] + np.arange(count, dtype=np.uint64) * GOLDEN
        return (splitmix64(keys) >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24)

    def _hash_lanes(self) -> UInt64[np.ndarray, "B"]:
        root = splitmix64(np.array([self.seed % 2**64], dtype=np.uint64))
        return splitmix64(root + np.arange(len(self.episode), dtype=np.uint64))

    def _hash_episodes(self) -> UInt64[np.ndarray, "B"]:
        return splitmix64(self._lane_keys + self.episode.astype(np.uint64))
