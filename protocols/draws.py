"""Random numbers of episodes: a counter hash of (seed, lane, episode, stream, draw), with no state to carry."""

import numpy as np
from jaxtyping import Bool, Float32, Integer, UInt64

Draw = int | Integer[np.ndarray, "K"]
"""Which draw of an episode: one number, or one a lane."""

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))
_HALF = np.uint64(32)
_LOW = np.uint64(2**32 - 1)
_EPISODE, _STREAM = np.uint64(32), 28
"""Where a counter holds the episode and the stream (16 of them); the draw is below (2^28 of them)."""


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
        self.episode = np.zeros(lanes, dtype=np.uint64)
        self._lane_keys = self._hash_lanes()

    def reset(self, seed: int | None = None, lanes: Bool[np.ndarray, "B"] | None = None) -> None:
        """Go to the next episode in ``lanes`` (all if None), or to episode 0 of a new ``seed`` in all of them."""
        if seed is not None:
            self.restore(seed, np.zeros_like(self.episode))
        else:
            self.episode = self.episode + (np.uint64(1) if lanes is None else lanes)

    def restore(self, seed: int, episode: Integer[np.ndarray, "B"]) -> None:
        """Set both counters."""
        if seed != self.seed:
            self.seed = seed
            self._lane_keys = self._hash_lanes()
        self.episode = episode.astype(np.uint64)

    def bits(
        self, draw: Draw, stream: int = 0, lanes: Integer[np.ndarray, "K"] | None = None
    ) -> UInt64[np.ndarray, "K"]:
        """64 random bits a lane, for number ``draw`` of this episode; streams are independent of each other.

        Args:
            draw: which draw, one number or one for each of ``lanes``.
            stream: which stream.
            lanes: the lanes that draw, by number; all if None.
        """
        keys, episode = self._lane_keys, self.episode
        if lanes is not None:
            keys, episode = keys[lanes], episode[lanes]
        counter = episode << _EPISODE
        counter += keys
        number = draw + (stream << _STREAM)
        counter += np.uint64(number) if isinstance(number, int) else number.astype(np.uint64)
        return splitmix64(counter)

    def uniform(self, count: int, draw: Draw, stream: int = 0) -> Float32[np.ndarray, "B {count}"]:
        """``count`` uniform numbers in [0, 1) a lane, with 24 random bits each."""
        if count == 0:
            return np.empty((len(self.episode), 0), dtype=np.float32)
        keys = self.bits(draw, stream)[:, None] + np.arange(count, dtype=np.uint64) * GOLDEN
        return (splitmix64(keys) >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24)

    def _hash_lanes(self) -> UInt64[np.ndarray, "B"]:
        root = splitmix64(np.array([self.seed % 2**64], dtype=np.uint64))
        return splitmix64(root + np.arange(len(self.episode), dtype=np.uint64))


class Digits:
    """Uniform integers below ``base``, several out of each 64-bit draw: the digits of a 32-bit fraction.

    A draw is used for so many digits that each one's bias stays below 2^-16.

    Attributes:
        each: how many digits come from one draw.
    """

    def __init__(self, base: int) -> None:
        self._base = np.uint64(base)
        self.each = max(1, int(16 / np.log2(base)))

    def begin(self, bits: UInt64[np.ndarray, "B"]) -> UInt64[np.ndarray, "B"]:
        """The fractions that hold the digits of these draws."""
        return bits >> _HALF

    def split(self, fraction: UInt64[np.ndarray, "B"]) -> tuple[UInt64[np.ndarray, "B"], UInt64[np.ndarray, "B"]]:
        """The first digit of each fraction, and the fraction that holds the others."""
        product = fraction * self._base
        digit = product >> _HALF
        product &= _LOW
        return digit, product
