"""Timing on one core: medians over repetitions, in CPU seconds."""

import time
from collections.abc import Callable
from statistics import median


def rate(work: Callable[[], float], repeats: int = 5, warm_up: int = 1) -> float:
    """Units of work per CPU second, as a median over repetitions.

    Args:
        work: function that does some work and returns its number of units.
        repeats: number of measured calls.
        warm_up: number of calls before the measured ones.
    """
    for _ in range(warm_up):
        work()
    rates = []
    for _ in range(repeats):
        start = time.process_time()
        units = work()
        rates.append(units / (time.process_time() - start))
    return median(rates)


def alternating_rates(works: dict[str, Callable[[], float]], repeats: int = 7) -> dict[str, float]:
    """Rates of several workloads that run in alternation, so that a temporary slowdown affects all of them."""
    for work in works.values():
        work()
    rates: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            rates[name].append(rate(work, repeats=1, warm_up=0))
    return {name: median(values) for name, values in rates.items()}
