"""Protocol formation: the share of seeds whose teams reach the optimum, and the number of different languages.

Train the teams, then count::

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
"""Normalized returns from here on count as optimal; exact ones of three agents are multiples of 1/540."""


def count_languages(folder: Path | str) -> dict[str, Any]:
    """Count optimal teams and their languages in the runs of ``train --seeds``.

    Args:
        folder: the ``--out`` of these runs.

    Returns:
        The number of ``seeds`` and of ``optimal`` teams, their share with a 95% interval (Wilson), and the number of
        different ``languages`` of the optimal teams, up to renaming of symbols and up to a separate renaming at every
        step, with the frequency of each language, most frequent first.

    Raises:
        ValueError: if the folder holds no runs of several seeds, a run has no checkpoint, or messages are continuous.
    """
    runs = [Run.load(path) for path in runs_of(Path(folder)).values()]
    optimal = [run for run in runs if run.result["normalized_return"] >= OPTIMUM]
    languages: Counter[Language | None] = Counter()
    by_step: Counter[Language | None] = Counter()
    for run in optimal:
        study = StudiedRun.play(run.settings, run.team).study
        if study is None:
            raise invalid(
                "The messages of a language must be symbols", run.settings.name, "Use a carrier of symbols in training."
            )
        languages[study.language] += 1
        by_step[study.language_by_step] += 1
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
    """Count optimal teams and languages, print the result, and write formation.json into the folder."""
    counts = count_languages(folder)
    write_json(folder / "formation.json", counts)
    Console().print_json(data=counts)


if __name__ == "__main__":
    try:
        tyro.cli(main)
    except ValueError as error:
        sys.exit(f"Error: {error}")
