"""Several seeds of one experiment: a run each, and an aggregate with spread."""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from ..protocols.errors import bad
from ..protocols.files import write_json
from .loop import Run, train
from .settings import Settings


def parse_seeds(text: str) -> list[int]:
    """Read ``0-4`` or ``0,3,7-9``.

    Raises:
        ValueError: if it is neither, or names a seed twice.
    """
    seeds: list[int] = []
    try:
        for part in text.split(","):
            first, _, last = part.partition("-")
            seeds += range(int(first), int(last or first) + 1)
    except ValueError as error:
        raise bad("Seeds are written 0-4 or 0,3,7", text, "Write them so.") from error
    if not seeds or len(set(seeds)) < len(seeds):
        raise bad("Seeds are named once each, the smaller first", text, "Write them as 0-4 or 0,3,7.")
    return seeds


def train_seeds(
    settings: Settings,
    seeds: Sequence[int],
    out: Path,
    workers: int = 1,
    watch: Callable[[Run], None] | None = None,
) -> dict[str, Any]:
    """Train one run a seed in ``out/seed-S``, and write ``out/aggregate.json``.

    Args:
        settings: of every run, but for the seed.
        seeds: which.
        out: a new or empty folder.
        workers: processes at the same time.
        watch: called as each run ends.

    Raises:
        ValueError: if the folder holds something.
    """
    if out.exists() and any(out.iterdir()):
        raise bad("Several seeds need an empty or new folder", str(out), "Give another --out, or delete it.")
    todo = {seed: (replace(settings, seed=seed), out / f"seed-{seed}") for seed in seeds}
    runs: dict[int, Run] = {}
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        futures = {pool.submit(_train, *arguments): seed for seed, arguments in todo.items()}
        for future in as_completed(futures):
            future.result()
            seed = futures[future]
            runs[seed] = Run.load(todo[seed][1])
            if watch:
                watch(runs[seed])
    summary = aggregate([runs[seed].result for seed in seeds])
    write_json(out / "aggregate.json", summary)
    return summary


def _train(settings: Settings, out: Path) -> None:
    train(settings, out)


def aggregate(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Mean and spread over seeds of one experiment's results, beside each seed's own score.

    The interval is a 95% bootstrap (percentile) of the interquartile mean (Agarwal et al. 2021).
    """
    first = results[0]
    same = {
        name: first[name] for name in ("game", "agents", "recipe", "shared", "silent", "batch", "updates", "episodes")
    }
    scores = np.array([result["score"] for result in results])
    low, high = _bootstrap(scores)
    spread = {
        "mean": float(scores.mean()),
        "standard_deviation": float(scores.std(ddof=1)) if len(scores) > 1 else None,
        "minimum": float(scores.min()),
        "median": float(np.median(scores)),
        "maximum": float(scores.max()),
        "interquartile_mean": float(stats.trim_mean(scores, 0.25)),
        "interquartile_mean_95": [low, high],
    }
    by_seed = {str(result["seed"]): result["score"] for result in results}
    bars = {"oracle": first["oracle"], "ceiling": first["ceiling"], "how": first["how"]}
    cpu = float(np.median([result["cpu_seconds"] for result in results]))
    return same | bars | {"seeds": len(results), "score": spread, "score_by_seed": by_seed, "cpu_seconds_median": cpu}


def _bootstrap(scores: np.ndarray, draws: int = 2000) -> tuple[float, float]:
    rng = np.random.default_rng(0)
    resampled = scores[rng.integers(0, len(scores), (draws, len(scores)))]
    low, high = np.percentile(stats.trim_mean(resampled, 0.25, axis=1), [2.5, 97.5])
    return float(low), float(high)
