"""Results of ``sender_receiver``: exact accuracies on training and held-out objects, and compositionality of the codes.

Train the pairs, then evaluate them::

    interlect train sender_receiver referential_v0 --seeds 0-4 --out runs/referential
    python -m interlect.training.experiments.referential_study runs/referential
"""

import sys
from dataclasses import asdict, fields
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import tyro
from rich.console import Console
from rich.table import Table

from ...envs.core.evaluation import evaluate
from ...envs.core.registry import game
from ...protocols.analysis.compositionality import Compositionality
from ...protocols.common.errors import invalid
from ...protocols.common.files import write_json
from ..learners.sender_receiver import SenderReceiver
from ..reports.compositionality import sender_compositionality
from ..runs.figures import decimals
from ..runs.loop import Run
from ..runs.seeds import runs_of

NAMES = ("train", "held_out", "topsim", "posdis", "bosdis")


def study(run: Run) -> dict[str, Any]:
    """Compute the accuracies of a pair, and the compositionality of its code (``protocols.analysis``).

    Returns:
        The accuracies ``train`` and ``held_out`` (all attributes correct, or the correct candidate), and the fields of
        ``Compositionality`` on the training objects, which are None for images.

    Raises:
        ValueError: if the run is of another recipe.
    """
    settings, team = run.settings, run.team
    if not isinstance(settings, SenderReceiver):
        raise invalid("This study needs runs of sender_receiver", settings.recipe, "Pass a run of this recipe.")
    options = {"train": settings.training_options(), "held_out": settings.options()}
    accuracies: dict[str, Any] = {
        name: evaluate(game(settings.game, **each), settings.agents, team, team.channel).return_mean
        for name, each in options.items()
    }
    compositionality = sender_compositionality(settings, team)
    return accuracies | (
        dict.fromkeys(field.name for field in fields(Compositionality))
        if compositionality is None
        else asdict(compositionality)
    )


def main(folder: Annotated[Path, tyro.conf.Positional]) -> None:
    """Evaluate the runs of several seeds, print a table, and write study.json into their folder."""
    results = {path.name: study(Run.load(path)) for path in runs_of(folder).values()}
    table = Table("", *NAMES)
    for name, row in results.items():
        table.add_row(name, *(decimals(row[each]) for each in NAMES))
    columns = [[value for row in results.values() if (value := row[name]) is not None] for name in NAMES]
    table.add_row("mean", *(decimals(np.mean(column) if column else None) for column in columns))
    deviations = (np.std(column, ddof=1) if len(column) > 1 else None for column in columns)
    table.add_row("standard deviation", *map(decimals, deviations))
    Console().print(table)
    write_json(folder / "study.json", results)


if __name__ == "__main__":
    try:
        tyro.cli(main)
    except ValueError as error:
        sys.exit(f"Error: {error}")
