"""How many bits a message carries over a noisy link, at most: the capacity of the channel, in evaluation.

All links commute in what arrives on average: flips and Gaussian noise are symmetric, and what is erased is known to be.
So links in a row have the capacity of one flip, one Gaussian and one erasure, whatever their order; a delay costs none.
"""

import math
from dataclasses import dataclass
from typing import Literal

from ..common.errors import bad
from .carriers import Carrier
from .links import Delay, Erasure, Flip, Gaussian, Link, Perfect


@dataclass(frozen=True)
class Capacity:
    """The most bits that one message carries, on average over many.

    Attributes:
        bits: per message; infinite where a real number arrives as it was sent.
        kind: "exact", or an "upper bound" where the capacity itself is not known in closed form.
    """

    bits: float
    kind: Literal["exact", "upper bound"]


def capacity(carrier: Carrier, link: Link) -> Capacity:
    """The capacity of messages of ``carrier`` over ``link``.

    Exact for flips, erasures, delays and all of them in a row, and for bits under Gaussian noise. An upper bound for
    other signals under Gaussian noise, and for flips and Gaussian noise together: the lesser of what each lets through.
    Flips of messages with an end are bounded by those of all symbols, as if none were missing after the end.

    Raises:
        ValueError: for a link whose capacity is not known here.
    """
    gradient_prob, right, variance = 1.0, 1.0, 0.0
    for part in link.parts:
        if isinstance(part, Erasure):
            gradient_prob *= 1 - part.rate
        elif isinstance(part, Flip):
            right = _twice(right, 1 - part.rate, carrier.alphabet)
        elif isinstance(part, Gaussian):
            variance += part.std**2
        elif not isinstance(part, Perfect | Delay):
            remedy = "Measure mutual_information between what is sent and heard: that is a lower bound."
            raise bad("The capacity of a link is known for those of interlect", part, remedy)
    if not gradient_prob:
        return Capacity(0.0, "exact")
    flipped, noisy = carrier.symbols * symmetric_bits(carrier.alphabet, right), _gaussian(carrier, variance)
    tied = carrier.alphabet is not None and carrier.capacity_bits < carrier.symbols * math.log2(carrier.alphabet)
    both = right < 1 and (tied or (variance > 0 and carrier.alphabet is not None))
    kind: Literal["exact", "upper bound"] = "upper bound" if both else noisy.kind
    return Capacity(gradient_prob * min(flipped, noisy.bits, carrier.capacity_bits), kind)


def symmetric_bits(alphabet: int | None, right: float) -> float:
    """Capacity of the symmetric channel: a symbol arrives with probability ``right``, else another one, uniformly.

    log2 q - H(right) - (1 - right) log2(q - 1) bits a symbol (Cover & Thomas 2006, section 7.2). A real number whose
    sign is flipped still tells its size: infinitely many bits.
    """
    if alphabet is None:
        return math.inf
    wrong = 1 - right
    unsure = -sum(p * math.log2(p) for p in (right, wrong) if p > 0)
    return math.log2(alphabet) - unsure - (wrong * math.log2(alphabet - 1) if alphabet > 1 else 0.0)


def binary_gaussian_bits(std: float) -> float:
    """Capacity of a bit, 0 or 1, under normal noise: 1 - E log2(1 + p(y | 1) / p(y | 0)), by quadrature."""
    import numpy as np
    from scipy.integrate import quad

    def lost(z: float) -> float:
        density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        return density * float(np.logaddexp(0.0, (2 * std * z - 1) / (2 * std**2))) / math.log(2)

    turns = 1 / (2 * std)
    missing = sum(quad(lost, *ends)[0] for ends in ((-12, min(12, turns)), (min(12, turns), 12)))
    return 1 - float(missing)


def _gaussian(carrier: Carrier, variance: float) -> Capacity:
    if variance == 0:
        return Capacity(carrier.capacity_bits, "exact")
    if carrier.alphabet is None:
        return Capacity(carrier.symbols * amplitude_bits(math.sqrt(variance)), "upper bound")
    if carrier.size == carrier.symbols:  # one number a bit
        return Capacity(carrier.symbols * binary_gaussian_bits(math.sqrt(variance)), "exact")
    return Capacity(carrier.symbols * one_hot_bits(carrier.alphabet, variance), "upper bound")


def amplitude_bits(std: float) -> float:
    """An upper bound for a number in [-1, 1] under normal noise (Shannon 1948, and McKellips 2004).

    The lesser of the capacity at power 1, and of that bound for peak amplitude 1.
    """
    peak = math.log2(1 + 2 / (std * math.sqrt(2 * math.pi * math.e)))
    return min(peak, math.log2(1 + 1 / std**2) / 2)


def one_hot_bits(alphabet: int, variance: float) -> float:
    """An upper bound for a one-hot row under normal noise on each number.

    The lesser of log2 q and, as rows lie in q - 1 dimensions around their mean, of the capacity of as many Gaussian
    channels that share their power 1 - 1/q.
    """
    return min(math.log2(alphabet), (alphabet - 1) / 2 * math.log2(1 + 1 / (alphabet * variance)))


def _twice(once: float, again: float, alphabet: int | None) -> float:
    """The chance that a symbol is right after two symmetric channels."""
    others = (alphabet or 2) - 1
    return once * again + (1 - once) * (1 - again) / others if others else once
