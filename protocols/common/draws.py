"""The random numbers of episodes: a stateless hash of the counters (seed, lane, episode, stream, draw)."""

import numpy as np
from jaxtyping import Bool, Float32, Int64, Integer, UInt64

from .checks import check_integer

Draw = int | Integer[np.ndarray, "K"]
"""The number of a draw in its episode: one number, or one per lane."""

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))
LAST_SEED = 2**64 - 1
_HALF = np.uint64(32)
_LOW = np.uint64(2**32 - 1)
_EPISODE, _STREAM = np.uint64(32), 28
"""The bit positions of the episode and of the stream (of 16) in a counter; the draw (of 2^28) is below them."""
_NEXT = np.uint64(1) << _EPISODE


def splitmix64(x: UInt64[np.ndarray, "..."]) -> UInt64[np.ndarray, "..."]:
    """Hash 64-bit counters to 64-bit numbers (Steele, Lea and Flood 2014, figure 16)."""
    return _mix(x + GOLDEN)


def _mix(x: UInt64[np.ndarray, "..."]) -> UInt64[np.ndarray, "..."]:
    """Hash, in place, counters to which ``GOLDEN`` has been added."""
    x ^= x >> _SHIFTS[0]
    x *= _MIX_1
    x ^= x >> _SHIFTS[1]
    x *= _MIX_2
    x ^= x >> _SHIFTS[2]
    return x


def lane_seed(seed: int, lane: int) -> int:
    """The seed with which lane 0 draws the random numbers that lane ``lane`` draws with ``seed``.

    ``splitmix64`` is a bijection, so that this seed exists and is unique.

    Raises:
        ValueError: If the seed or the lane is not an integer in its range.
    """
    check_integer("seed", seed, 0, LAST_SEED)
    check_integer("lane", lane, 0, LAST_SEED)
    root = splitmix64(np.array([int(seed)], dtype=np.uint64)) + np.uint64(lane)
    return int((_unmix(root) - GOLDEN)[0])


def _unmix(x: UInt64[np.ndarray, "..."]) -> UInt64[np.ndarray, "..."]:
    """The inverse of ``_mix``."""
    for shift, multiplier in zip(_SHIFTS[::-1], (None, _MIX_2, _MIX_1), strict=True):
        if multiplier is not None:
            x = x * np.uint64(pow(int(multiplier), -1, 2**64))
        x = x ^ (x >> shift) ^ (x >> np.uint64(2 * shift))
    return x


def halves(bits: UInt64[np.ndarray, "K"]) -> tuple[UInt64[np.ndarray, "K"], UInt64[np.ndarray, "K"]]:
    """Two independent 32-bit fractions of each 64-bit draw."""
    return bits >> _HALF, bits & _LOW


def below(
    fraction: UInt64[np.ndarray, "*shape"], base: int | Integer[np.ndarray, "*shape"]
) -> Int64[np.ndarray, "*shape"]:
    """Uniform integers from 0 to ``base`` - 1, one per 32-bit fraction; the bias is below base / 2^32."""
    number: np.ndarray = (fraction * np.asarray(base, dtype=np.uint64)) >> _HALF
    return number.astype(np.int64)


def new_seed() -> int:
    """A seed drawn from the system's entropy."""
    return int(np.random.SeedSequence().generate_state(1, np.uint64)[0] >> np.uint64(1))


class Draws:
    """The random numbers of B lanes. The numbers of lane i depend on neither B nor any other lane.

    The whole state is two counters, ``seed`` and ``episode [B]``.

    Args:
        lanes: The number of lanes (B).
        seed: The seed that all lanes share. If None, it is drawn from the system's entropy at the first reset without
            a seed, so that copies made before it differ.
        first: The number of the first lane, which selects its random numbers.
    """

    def __init__(self, lanes: int, seed: int | None, first: int = 0) -> None:
        self.lanes, self._first = lanes, np.uint64(first)
        self.restore(0 if seed is None else seed, np.zeros(lanes, dtype=np.uint64))
        self.seed: int | None = seed

    @property
    def episode(self) -> UInt64[np.ndarray, "B"]:
        """The number of each lane's episode."""
        episode: np.ndarray = (self._counter - self._lane_keys) >> _EPISODE
        return episode

    def reset(self, seed: int | None = None, lanes: Bool[np.ndarray, "B"] | None = None) -> None:
        """Advance ``lanes`` (all if None) to their next episode, or all lanes to episode 0 of a new ``seed``."""
        if seed is None and self.seed is None:
            seed = new_seed()
        if seed is not None:
            self.restore(seed, np.zeros_like(self._counter))
        else:
            self._counter += _NEXT if lanes is None else lanes * _NEXT

    def restore(self, seed: int, episode: Integer[np.ndarray, "B"]) -> None:
        """Set both counters."""
        check_integer("seed", seed, 0, LAST_SEED)
        self.seed = seed = int(seed)
        root = splitmix64(np.array([seed % 2**64], dtype=np.uint64))
        self._lane_keys = splitmix64(root + self._first + np.arange(len(episode), dtype=np.uint64))
        self._counter = self._lane_keys + (episode.astype(np.uint64) << _EPISODE)

    def bits(
        self, draw: Draw, stream: int = 0, lanes: Integer[np.ndarray, "K"] | None = None
    ) -> UInt64[np.ndarray, "K"]:
        """64 random bits per lane, for draw number ``draw`` of its episode. Streams are independent.

        Args:
            draw: The number of the draw, or one number for each of ``lanes``.
            stream: The number of the stream.
            lanes: The numbers of the lanes that draw; all if None.
        """
        counter = self._counter if lanes is None else self._counter.take(lanes)
        number = draw + (stream << _STREAM)
        return _mix(counter + ((np.uint64(number) if isinstance(number, int) else number.astype(np.uint64)) + GOLDEN))

    def uniform(self, count: int, draw: Draw, stream: int = 0) -> Float32[np.ndarray, "B {count}"]:
        """``count`` uniform numbers in [0, 1) per lane, with 24 random bits each."""
        if count == 0:
            return np.empty((self.lanes, 0), dtype=np.float32)
        keys = self.bits(draw, stream)[:, None] + np.arange(count, dtype=np.uint64) * GOLDEN
        return (splitmix64(keys) >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24)


class Digits:
    """Uniform integers below ``base``, several per 64-bit draw: the digits of a 32-bit fraction.

    The number of digits per draw is the largest for which the bias of each stays below 2^-16.

    Attributes:
        per_draw: The number of digits per draw.
    """

    def __init__(self, base: int) -> None:
        self._base = np.uint64(base)
        self.per_draw = max(1, int(16 / np.log2(base)))

    def begin(self, bits: UInt64[np.ndarray, "B"]) -> UInt64[np.ndarray, "B"]:
        """The fractions of these draws, from which ``take`` takes digits."""
        return bits >> _HALF

    def take(self, fraction: UInt64[np.ndarray, "B"]) -> UInt64[np.ndarray, "B"]:
        """The first digit of each fraction, which is removed from the fraction in place."""
        fraction *= self._base
        digit: np.ndarray = fraction >> _HALF
        fraction &= _LOW
        return digit
