"""The capacity of a channel in evaluation: the largest mutual information between message sent and message received.

The order of links does not matter, because flips and Gaussian noise are symmetric and receivers observe erasures. Links
in series thus have the capacity of one flip, one Gaussian and one erasure. A delay does not reduce it.
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

    It is exact for flips, erasures, delays and any series of them, and for bits under Gaussian noise. It is an upper
    bound for other signals under Gaussian noise, and for flips with Gaussian noise, where it is the smaller of the two
    capacities. For messages with an end, the bound under flips is that of ``length`` symbols without an end plus log2
    ``length``, because flips do not hide how many symbols were sent. Under Gaussian noise, a symbol can also be absent.

    Raises:
        ValueError: If a link is not part of this package.
    """
    kept, correct, variance = 1.0, 1.0, 0.0
    for part in link.parts:
        if isinstance(part, Erasure):
            kept *= 1 - part.rate
        elif isinstance(part, Flip):
            correct = _compose(correct, 1 - part.rate, carrier.alphabet)
        elif isinstance(part, Gaussian):
            variance += part.std**2
        elif not isinstance(part, Perfect | Delay):
            remedy = "Use mutual_information between the messages sent and heard, which is a lower bound."
            raise invalid("The capacity of a channel needs links that are part of interlect", part, remedy)
    if not kept:
        return Capacity(0.0, "exact")
    noisy, has_end = _gaussian(carrier, variance), getattr(carrier, "end", False)
    flipped = carrier.symbols * symmetric_bits(carrier.alphabet, correct)
    if has_end and correct < 1:
        flipped += math.log2(carrier.symbols)
    both = correct < 1 and (has_end or (variance > 0 and carrier.alphabet is not None))
    kind: Literal["exact", "upper bound"] = "upper bound" if both else noisy.kind
    return Capacity(kept * min(flipped, noisy.bits, carrier.capacity_bits), kind)


def symmetric_bits(alphabet: int | None, correct: float) -> float:
    """The capacity of the symmetric channel, which replaces a symbol by another with probability 1 - ``correct``.

    log2 q - H(correct) - (1 - correct) log2(q - 1) bits per symbol (Cover & Thomas 2006, section 7.2). A real number
    keeps its absolute value when its sign is flipped, so its capacity is infinite.
    """
    if alphabet is None:
        return math.inf
    wrong = 1 - correct
    binary_entropy = -sum(p * math.log2(p) for p in (correct, wrong) if p > 0)
    return math.log2(alphabet) - binary_entropy - (wrong * math.log2(alphabet - 1) if alphabet > 1 else 0.0)


def binary_gaussian_bits(std: float) -> float:
    """The capacity of a bit, 0 or 1, under normal noise: 1 - E log2(1 + p(y | 1) / p(y | 0)), by quadrature."""
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
    bits = one_hot_or_absent_bits if getattr(carrier, "end", False) else one_hot_bits
    return Capacity(carrier.symbols * bits(carrier.alphabet, variance), "upper bound")


def amplitude_bits(std: float) -> float:
    """An upper bound on the capacity of a number in [-1, 1] under normal noise (Shannon 1948; McKellips 2004).

    It is the smaller of the capacity at power 1 and the bound for peak amplitude 1.
    """
    peak = math.log2(1 + 2 / (std * math.sqrt(2 * math.pi * math.e)))
    return min(peak, math.log2(1 + 1 / std**2) / 2)


def one_hot_bits(alphabet: int, variance: float) -> float:
    """An upper bound on the capacity of a one-hot row under normal noise on each number.

    It is the smaller of log2 q and the capacity of q - 1 Gaussian channels that share the power 1 - 1/q, because the
    rows span q - 1 dimensions around their mean.
    """
    return min(math.log2(alphabet), (alphabet - 1) / 2 * math.log2(1 + 1 / (alphabet * variance)))


def one_hot_or_absent_bits(alphabet: int, variance: float) -> float:
    """An upper bound on the capacity of a row that is one-hot or zero under normal noise on each number.

    It is the smaller of log2(q + 1) and the capacity of q Gaussian channels that share the power. If the row is one-hot
    with probability s, the power is at most s - s^2/q, which is largest at s = min(1, q/2).
    """
    present = min(1.0, alphabet / 2)
    power = present - present**2 / alphabet
    gaussian = alphabet / 2 * math.log2(1 + power / (alphabet * variance))
    return min(math.log2(alphabet + 1), gaussian)


def _compose(first: float, second: float, alphabet: int | None) -> float:
    """The probability that a symbol is correct after two symmetric channels in series."""
    others = (alphabet or 2) - 1
    return first * second + (1 - first) * (1 - second) / others if others else first
