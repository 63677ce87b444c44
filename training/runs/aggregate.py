"""Mean and spread over the seeds of one experiment."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

MIN_SEEDS = 5
"""Minimum number of seeds for which an interval is computed."""


def aggregate(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Mean and spread of the results of one experiment over seeds, and the normalized return of each seed.

    In a game without an oracle, the normalized return is None, and only the return is aggregated. If the game defines
    further measures, they are under "measures". The interval is a 95%
    percentile bootstrap of the interquartile mean (Agarwal et al. 2021); it is None for fewer than five seeds.
    """
    first = results[0]
    common = {
        name: first[name] for name in ("game", "agents", "recipe", "shared", "silent", "batch", "updates", "episodes")
    }
    trained = [result["training_split"] for result in results if "training_split" in result]
    spreads = _spreads(results) | {"training_split": _spreads(trained) if trained else None}
    by_seed = {str(result["seed"]): result["normalized_return"] for result in results}
    reference_returns = {"oracle": first["oracle"], "no_communication": first["no_communication"], "how": first["how"]}
    cpu = float(np.median([result["cpu_seconds"] for result in results]))
    return (
        common
        | reference_returns
        | {"seeds": len(results)}
        | spreads
        | {"normalized_return_by_seed": by_seed, "cpu_seconds_median": cpu}
    )


def _spreads(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    scores = [result["normalized_return"] for result in results]
    names = results[0].get("measures", {})
    measures = {name: _spread([result["measures"][name] for result in results]) for name in names}
    return {
        "normalized_return": None if None in scores else _spread(scores),
        "return_mean": _spread([result["return_mean"] for result in results]),
    } | ({"measures": measures} if measures else {})


def _spread(results: Sequence[float]) -> dict[str, Any]:
    values = np.array(results)
    return {
        "mean": float(values.mean()),
        "standard_deviation": float(values.std(ddof=1)) if len(values) > 1 else None,
        "minimum": float(values.min()),
        "median": float(np.median(values)),
        "maximum": float(values.max()),
        "interquartile_mean": float(_interquartile_mean(values)),
        "interquartile_mean_95": _bootstrap(values) if len(values) >= MIN_SEEDS else None,
    }


def _bootstrap(values: np.ndarray) -> list[float]:
    found = stats.bootstrap(
        (values,), _interquartile_mean, n_resamples=2000, method="percentile", rng=np.random.default_rng(0)
    )
    return [float(end) for end in found.confidence_interval]


def _interquartile_mean(values: np.ndarray, axis: int = -1) -> Any:
    return stats.trim_mean(values, 0.25, axis=axis)
