"""Timing on one core: medians over repeats, in CPU seconds."""

import time
from collections.abc import Callable
from statistics import median


def rate(work: Callable[[], float], repeats: int = 5, warm_up: int = 1) -> float:
    """Units of work per CPU second, median over repeats.

    Args:
        work: function that does some work and returns the number of units done.
        repeats: measured calls.
        warm_up: unmeasured calls before the measured ones.
    """
    for _ in range(warm_up):
        work()
    rates = []
    for _ in range(repeats):
        began = time.process_time()
        done = work()
        rates.append(done / (time.process_time() - began))
    return median(rates)


def alternating(works: dict[str, Callable[[], float]], repeats: int = 7) -> dict[str, float]:
    """The same for several workloads in alternation, so that a slow minute affects all of them."""
    for work in works.values():
        work()
    rates: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            rates[name].append(rate(work, repeats=1, warm_up=0))
    return {name: median(values) for name, values in rates.items()}
