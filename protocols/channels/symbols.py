"""Carriers of discrete symbols, which differ in how a sender learns to choose them."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from gymnasium import spaces
from jaxtyping import Float, Float32, Integer

from ..common.checks import check_bool, check_integer, check_number
from ..common.errors import invalid
from ..common.limits import MAX_MESSAGE, MAX_WIDTH
from .carriers import Carrier
from .lengths import count, until_end


@dataclass(frozen=True)
class SymbolCarrier(Carrier):
    """``length`` symbols out of a ``vocabulary``; a signal is their one-hot rows.

    Attributes:
        vocabulary: The number of symbols (V).
        length: The number of symbols per message (L). If symbol 0 ends a message, the largest number.
        end: Whether symbol 0 ends a message, so that no later symbol is sent; see ``lengths``.
    """

    vocabulary: int = 2
    length: int = 1
    end: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        check_integer(f"vocabulary of {type(self).__name__}", self.vocabulary, 1, limit=MAX_WIDTH)
        check_integer(f"length of {type(self).__name__}", self.length, 1, limit=MAX_WIDTH)
        if self.vocabulary * self.length > MAX_MESSAGE:
            rule = f"vocabulary * length of {type(self).__name__} must be at most {MAX_MESSAGE}"
            raise invalid(rule, self.vocabulary * self.length, "Use fewer symbols.")
        check_bool(f"end of {type(self).__name__}", self.end)

    @property
    def emit_shape(self) -> tuple[int, ...]:
        return (self.length, self.vocabulary)

    @property
    def space(self) -> spaces.MultiDiscrete:
        return spaces.MultiDiscrete([self.vocabulary] * self.length)

    @property
    def capacity_bits(self) -> float:
        if self.end:
            return math.log2(count(self.vocabulary, self.length))
        return self.length * math.log2(self.vocabulary)

    @property
    def symbols(self) -> int:
        return self.length

    @property
    def alphabet(self) -> int:
        return self.vocabulary

    @staticmethod
    def one_hot(chosen: Any, like: Any) -> Any:
        """One-hot rows of torch indices ``chosen [*rows, length]``, with the shape and type of ``like``."""
        return like.new_zeros(like.shape).scatter_(-1, chosen.unsqueeze(-1), 1.0)

    def decode(self, heard: Float[Any, "*rows length vocabulary"]) -> Float[Any, "*rows size"]:
        """Decode signals (the receiver's side). An end that a flip introduced also removes all later symbols."""
        return super().decode(self._truncate(heard))

    def signal(self, element: Any) -> Float32[np.ndarray, "*rows length vocabulary"]:
        return self._rows(self._check_element(element))

    def element(self, signal: Float[np.ndarray, "*rows length vocabulary"]) -> np.ndarray:
        """The symbols of an evaluation signal; 0 after an end."""
        return np.asarray(signal.argmax(-1))

    def holds(self, signal: Float[np.ndarray, "*rows length vocabulary"]) -> bool:
        return bool((self._rows(signal.argmax(-1)) == signal).all())

    def _rows(self, element: Integer[np.ndarray, "*rows length"]) -> Float32[np.ndarray, "*rows length vocabulary"]:
        rows: np.ndarray = self._truncate(np.eye(self.vocabulary, dtype=np.float32)[element])
        return rows

    def _truncate(self, rows: Float[Any, "*rows length vocabulary"]) -> Any:
        """These rows up to the end of the message."""
        return until_end(rows) if self.end else rows

    def flip(
        self, signal: Float[Any, "*rows length vocabulary"], noise: Float[Any, "*rows length"], rate: float
    ) -> Any:
        flipped = (noise < rate)[..., None]
        shift = (noise / max(rate, 1e-12) * (self.vocabulary - 1) // 1 + 1)[..., None]
        out = signal * ~flipped
        for k in range(1, self.vocabulary):
            rolled = signal[..., [(v - k) % self.vocabulary for v in range(self.vocabulary)]]
            out = out + rolled * (flipped & (shift == k))
        return out


@dataclass(frozen=True)
class Symbols(SymbolCarrier):
    """Symbols that are the argmax of the emitted values, without a gradient."""

    @property
    def differentiable(self) -> bool:
        return False

    def encode(self, emit: Float[Any, "*rows length vocabulary"], noise: None = None) -> Any:
        return self._truncate(self.one_hot(emit.argmax(-1), emit))


@dataclass(frozen=True)
class Sampled(SymbolCarrier):
    """Symbols sampled from the softmax of the emitted values, learned by the score function (Williams 1992).

    In evaluation, the symbols are the argmax. No gradient passes through the signal: a learner multiplies the gradient
    of ``log_probability`` by the return minus a baseline (REINFORCE).
    """

    @property
    def differentiable(self) -> bool:
        return False

    def noise(self, shape: tuple[int, ...], rng: np.random.Generator) -> Float32[np.ndarray, "..."]:
        """Uniform numbers, one per symbol."""
        return rng.random((*shape, self.length), dtype=np.float32)

    def encode(
        self,
        emit: Float[Any, "*rows length vocabulary"],
        noise: Float[Any, "*rows length"] | None = None,
    ) -> Any:
        """Encode as the first symbol whose cumulative probability exceeds the noise; without noise, the likeliest."""
        if noise is None:
            return self._truncate(self.one_hot(emit.argmax(-1), emit))
        so_far = emit.detach().softmax(-1).cumsum(-1)
        passed = so_far <= noise.unsqueeze(-1) * so_far[..., -1:]
        return self._truncate(self.one_hot(passed.sum(-1), emit))

    def log_probability(
        self, emit: Float[Any, "*rows length vocabulary"], sent: Float[Any, "*rows length vocabulary"]
    ) -> Float[Any, "*rows"]:
        """The log-probability in training of the signals sent. Its gradient is the score.

        Positions after an end are not sent and do not count.
        """
        return (emit.log_softmax(-1) * sent).sum((-2, -1))


@dataclass(frozen=True)
class Quantized(SymbolCarrier):
    """Symbols that are the nearest codes of a codebook, with a straight-through gradient (van den Oord et al. 2017).

    The learned codebook is part of the sender: a module ``Quantize``, whose largest output marks the nearest code. The
    symbols are the argmax of the emitted values without noise, also in training. In the backward pass, the emitted
    values receive the gradient of the signal (Bengio et al. 2013).
    """

    def encode(self, emit: Float[Any, "*rows length vocabulary"], noise: None = None) -> Any:
        return self._truncate(self.one_hot(emit.argmax(-1), emit) + (emit - emit.detach()))


@dataclass(frozen=True)
class Gumbel(SymbolCarrier):
    """Differentiable symbols by the Gumbel-softmax (Jang et al. 2017; Maddison et al. 2017).

    In training, the signal is ``softmax((emit + gumbel) / temperature)``, which approaches a sample from
    ``softmax(emit)`` as the temperature goes to 0. In evaluation, it is the argmax of the emitted values.

    Attributes:
        temperature: The temperature of the softmax in training.
        straight_through: Whether to send a one-hot sample in the forward pass, with the gradient of the soft sample.
    """

    temperature: float = 1.0
    straight_through: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("temperature of Gumbel", self.temperature, 0)
        check_bool("straight_through of Gumbel", self.straight_through)
        if not self.temperature > 0:
            raise invalid("The temperature of Gumbel must be positive", self.temperature, "Pass a number above 0.")

    def noise(self, shape: tuple[int, ...], rng: np.random.Generator) -> Float32[np.ndarray, "..."]:
        return _gumbel((*shape, *self.emit_shape), rng)

    def encode(
        self,
        emit: Float[Any, "*rows length vocabulary"],
        noise: Float[Any, "*rows length vocabulary"] | None = None,
    ) -> Any:
        if noise is None:
            return self._truncate(self.one_hot(emit.argmax(-1), emit))
        soft = ((emit + noise) / self.temperature).softmax(-1)
        if not self.straight_through:
            return self._truncate(soft)
        return self._truncate(self.one_hot(soft.argmax(-1), soft) + (soft - soft.detach()))


def _gumbel(shape: tuple[int, ...], rng: np.random.Generator) -> Float32[np.ndarray, "..."]:
    exponential = rng.standard_exponential(shape, dtype=np.float32)
    return -np.log(np.maximum(exponential, np.finfo(np.float32).tiny))
