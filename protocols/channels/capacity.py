"""The capacity of a channel in evaluation: the largest mutual information between message sent and message received.

Links commute in distribution: flips and Gaussian noise are symmetric, and receivers observe erasures. Links in series
thus have the capacity of one flip, one Gaussian and one erasure, whatever their order. A delay does not reduce it.
"""

import math
from dataclasses import dataclass
from typing import Literal

from ..common.errors import invalid
from .carriers import Carrier
from .links import Delay, Erasure, Flip, Gaussian, Link, Perfect


@dataclass(frozen=True)
class Capacity:
    """The capacity per message.

    Attributes:
        bits: Bits per message; infinite if real numbers arrive without noise.
        kind: "exact", or an "upper bound" if the capacity has no closed form.
    """

    bits: float
    kind: Literal["exact", "upper bound"]


def capacity(carrier: Carrier, link: Link) -> Capacity:
    """The capacity of messages of ``carrier`` over ``link``.

    Exact for flips, erasures, delays and any series of them, and for bits under Gaussian noise. An upper bound for
    other signals under Gaussian noise, and for flips with Gaussian noise: the smaller of both capacities. For messages
    with an end, the capacity under flips is bounded by that of ``length`` symbols without an end.

    Raises:
        ValueError: For a link that is not one of this package.
    """
    kept, right, variance = 1.0, 1.0, 0.0
    for part in link.parts:
        if isinstance(part, Erasure):
            kept *= 1 - part.rate
        elif isinstance(part, Flip):
            right = _composed(right, 1 - part.rate, carrier.alphabet)
        elif isinstance(part, Gaussian):
            variance += part.std**2
        elif not isinstance(part, Perfect | Delay):
            remedy = "Measure the mutual_information between messages sent and heard: it is a lower bound."
            raise invalid("The capacity is known only for the links of interlect", part, remedy)
    if not kept:
        return Capacity(0.0, "exact")
    flipped, noisy = carrier.symbols * symmetric_bits(carrier.alphabet, right), _gaussian(carrier, variance)
    tied = carrier.alphabet is not None and carrier.capacity_bits < carrier.symbols * math.log2(carrier.alphabet)
    both = right < 1 and (tied or (variance > 0 and carrier.alphabet is not None))
    kind: Literal["exact", "upper bound"] = "upper bound" if both else noisy.kind
    return Capacity(kept * min(flipped, noisy.bits, carrier.capacity_bits), kind)


def symmetric_bits(alphabet: int | None, right: float) -> float:
    """Capacity of the symmetric channel: a symbol is right with probability ``right``, else another one, uniformly.

    log2 q - H(right) - (1 - right) log2(q - 1) bits per symbol (Cover & Thomas 2006, section 7.2). A real number keeps
    its absolute value when its sign is flipped, so its capacity is infinite.
    """
    if alphabet is None:
        return math.inf
    wrong = 1 - right
    binary_entropy = -sum(p * math.log2(p) for p in (right, wrong) if p > 0)
    return math.log2(alphabet) - binary_entropy - (wrong * math.log2(alphabet - 1) if alphabet > 1 else 0.0)


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
    if carrier.size == carrier.symbols:  # one number per bit
        return Capacity(carrier.symbols * binary_gaussian_bits(math.sqrt(variance)), "exact")
    return Capacity(carrier.symbols * one_hot_bits(carrier.alphabet, variance), "upper bound")


def amplitude_bits(std: float) -> float:
    """An upper bound for a number in [-1, 1] under normal noise (Shannon 1948; McKellips 2004).

    The smaller of the capacity at power 1 and the bound for peak amplitude 1.
    """
    peak = math.log2(1 + 2 / (std * math.sqrt(2 * math.pi * math.e)))
    return min(peak, math.log2(1 + 1 / std**2) / 2)


def one_hot_bits(alphabet: int, variance: float) -> float:
    """An upper bound for a one-hot row under normal noise on each number.

    The smaller of log2 q and the capacity of q - 1 Gaussian channels that share the power 1 - 1/q, as the rows span
    q - 1 dimensions around their mean.
    """
    return min(math.log2(alphabet), (alphabet - 1) / 2 * math.log2(1 + 1 / (alphabet * variance)))


def _composed(first: float, second: float, alphabet: int | None) -> float:
    """The probability that a symbol is right after two symmetric channels in series."""
    others = (alphabet or 2) - 1
    return first * second + (1 - first) * (1 - second) / others if others else first
