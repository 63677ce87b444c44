"""The mean and the spread of one experiment's runs over seeds."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

LEAST = 5
"""Seeds from which on an interval is given."""


def aggregate(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Mean and spread over seeds of one experiment's results, beside each seed's own score.

    The interval is a 95% bootstrap (percentile) of the interquartile mean (Agarwal et al. 2021); there is none for
    fewer than five seeds.
    """
    first = results[0]
    same = {
        name: first[name] for name in ("game", "agents", "recipe", "shared", "silent", "batch", "updates", "episodes")
    }
    scores = np.array([result["score"] for result in results])
    interval = _bootstrap(scores) if len(scores) >= LEAST else None
    spread = {
        "mean": float(scores.mean()),
        "standard_deviation": float(scores.std(ddof=1)) if len(scores) > 1 else None,
        "minimum": float(scores.min()),
        "median": float(np.median(scores)),
        "maximum": float(scores.max()),
        "interquartile_mean": float(stats.trim_mean(scores, 0.25)),
        "interquartile_mean_95": interval,
    }
    by_seed = {str(result["seed"]): result["score"] for result in results}
    bars = {"oracle": first["oracle"], "ceiling": first["ceiling"], "how": first["how"]}
    cpu = float(np.median([result["cpu_seconds"] for result in results]))
    return same | bars | {"seeds": len(results), "score": spread, "score_by_seed": by_seed, "cpu_seconds_median": cpu}


def _bootstrap(scores: np.ndarray, draws: int = 2000) -> list[float]:
    rng = np.random.default_rng(0)
    resampled = scores[rng.integers(0, len(scores), (draws, len(scores)))]
    low, high = np.percentile(stats.trim_mean(resampled, 0.25, axis=1), [2.5, 97.5])
    return [float(low), float(high)]
