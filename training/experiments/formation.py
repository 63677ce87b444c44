"""Protocol formation: over many seeds, the share that reaches the optimum, and the number of different languages.

Train first, then count::

    interlect train dial switch_riddle_v0 --seeds 0-99 --out runs/formation
    python -m interlect.training.experiments.formation runs/formation
"""

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import tyro
from rich.console import Console
from scipy.stats import binomtest

from ...protocols.analysis.canonical import Language
from ...protocols.common.errors import invalid
from ...protocols.common.files import write_json
from ..reports.studied_run import StudiedRun
from ..runs.loop import Run
from ..runs.seeds import runs_of

OPTIMUM = 0.9999
"""A score from here on counts as the optimum; exact scores of three agents come in steps of 1/540."""


def formation(folder: Path | str) -> dict[str, Any]:
    """Count over the runs of ``train --seeds``.

    Args:
        folder: their ``--out``.

    Returns:
        ``seeds``, ``optimal``, their share with a 95% interval (Wilson), and among the optimal teams the number of
        different ``languages`` up to renaming symbols, and up to renaming anew on every step, with how often each one
        was found, the most frequent first.

    Raises:
        ValueError: if it is not such a folder, or a run has no checkpoint yet.
    """
    runs = [Run.load(path) for path in runs_of(Path(folder)).values()]
    optimal = [run for run in runs if run.result["normalized_return"] >= OPTIMUM]
    languages: Counter[Language | None] = Counter()
    by_step: Counter[Language | None] = Counter()
    for run in optimal:
        found = StudiedRun.play(run.settings, run.team).study
        if found is None:
            raise invalid("Languages need messages that can be counted", run.settings.name, "Train with symbols.")
        languages[found.language] += 1
        by_step[found.language_by_step] += 1
    low, high = binomtest(len(optimal), len(runs)).proportion_ci(method="wilson")
    return {
        "seeds": len(runs),
        "optimal": len(optimal),
        "share": len(optimal) / len(runs),
        "share_95": [float(low), float(high)],
        "languages": len(languages),
        "languages_found": [count for _, count in languages.most_common()],
        "languages_by_step": len(by_step),
        "languages_by_step_found": [count for _, count in by_step.most_common()],
    }


def main(folder: Annotated[Path, tyro.conf.Positional]) -> None:
    """Count, print, and write formation.json into the folder."""
    counted = formation(folder)
    write_json(folder / "formation.json", counted)
    Console().print_json(data=counted)


if __name__ == "__main__":
    try:
        tyro.cli(main)
    except ValueError as error:
        sys.exit(f"Error: {error}")
