"""The mean and the spread of one experiment's runs over seeds."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

LEAST = 5
"""Seeds from which on an interval is given."""


def aggregate(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Mean and spread over seeds of one experiment's results, beside each seed's own score.

    In a game without an oracle there is no score: it is None, and the return tells what teams are worth. The interval
    is a 95% bootstrap (percentile) of the interquartile mean (Agarwal et al. 2021); there is none for fewer than five
    seeds.
    """
    first = results[0]
    same = {
        name: first[name] for name in ("game", "agents", "recipe", "shared", "silent", "batch", "updates", "episodes")
    }
    scores = [result["normalized_return"] for result in results]
    spreads = {
        "normalized_return": None if None in scores else _spread(scores),
        "return_mean": _spread([result["return_mean"] for result in results]),
    }
    by_seed = {str(result["seed"]): result["normalized_return"] for result in results}
    reference_returns = {"oracle": first["oracle"], "no_communication": first["no_communication"], "how": first["how"]}
    cpu = float(np.median([result["cpu_seconds"] for result in results]))
    return same | reference_returns | {"seeds": len(results)} | spreads | {"normalized_return_by_seed": by_seed, "cpu_seconds_median": cpu}


def _spread(each: Sequence[float]) -> dict[str, Any]:
    values = np.array(each)
    return {
        "mean": float(values.mean()),
        "standard_deviation": float(values.std(ddof=1)) if len(values) > 1 else None,
        "minimum": float(values.min()),
        "median": float(np.median(values)),
        "maximum": float(values.max()),
        "interquartile_mean": float(stats.trim_mean(values, 0.25)),
        "interquartile_mean_95": _bootstrap(values) if len(values) >= LEAST else None,
    }


def _bootstrap(scores: np.ndarray, draws: int = 2000) -> list[float]:
    rng = np.random.default_rng(0)
    resampled = scores[rng.integers(0, len(scores), (draws, len(scores)))]
    low, high = np.percentile(stats.trim_mean(resampled, 0.25, axis=1), [2.5, 97.5])
    return [float(low), float(high)]
