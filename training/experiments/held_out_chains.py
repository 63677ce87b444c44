"""Evaluation of relay teams in chains that were held out of training, compared with those of training.

Train first, then measure::

    interlect train value_regression relay_v0 --chains most --seeds 0-4 --out runs/most-count
    python -m interlect.training.experiments.held_out_chains runs/most-count
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.table import Table

from ...envs.core.registry import game
from ...envs.relay import exact
from ...envs.relay.rules import Relay
from ...protocols.common.errors import invalid
from ...protocols.common.files import write_json
from ..learners.value_regression import RelaySettings
from ..runs.loop import Run
from ..runs.seeds import runs_of

LEARNED, HELD_OUT, WORST = "training chains", "held-out chains", "worst held-out chain"


def held_out_chains(folder: Path | str) -> dict[str, dict[str, float]]:
    """Exact probabilities of a right answer on held-out images.

    Args:
        folder: the ``--out`` of ``interlect train value_regression relay_v0 --chains most --seeds ...``.

    Returns:
        By column (each seed, and "vision": the reference with a classifier's accuracy), then by row; "vision" has
        no worst chain.

    Raises:
        ValueError: if the folder has no runs of several seeds, a run has no checkpoint, or no chain was held out.
    """
    runs = [Run.load(path) for path in runs_of(Path(folder)).values()]
    settings = runs[0].settings
    if not isinstance(settings, RelaySettings) or settings.chains != "most":
        raise invalid("Some chains must have been held out of training", str(folder), "Train with --chains most.")
    chains = {LEARNED: settings.training_options()["chains"], HELD_OUT: settings.options()["chains"]}
    games = {name: game(settings.game, **settings.options() | {"chains": each}) for name, each in chains.items()}
    learned, held_out = (played.core(settings.agents, 1, 0) for played in games.values())
    assert isinstance(learned, Relay)
    assert isinstance(held_out, Relay)
    found = {
        f"seed {run.settings.seed}": {
            LEARNED: exact.value(learned, run.team, run.team.channel),
            HELD_OUT: exact.value(held_out, run.team, run.team.channel),
            WORST: float(exact.chain_values(held_out, run.team, run.team.channel).min()),
        }
        for run in runs
    }
    vision = {name: played.reference_returns(settings.agents)["vision"].value for name, played in games.items()}
    return found | {"vision": vision}


def table(found: Mapping[str, Mapping[str, float]]) -> Table:
    """The same for a terminal."""
    made = Table(title="Chance of a right answer, held-out pictures", title_justify="left")
    made.add_column("")
    for column in found:
        made.add_column(column, justify="right")
    for row in (LEARNED, HELD_OUT, WORST):
        made.add_row(row, *(f"{worth[row]:.3f}" if row in worth else "" for worth in found.values()))
    return made


def main(folder: Annotated[Path, tyro.conf.Positional]) -> None:
    """Measure, print, and write held_out_chains.json into the folder."""
    found = held_out_chains(folder)
    write_json(folder / "held_out_chains.json", found)
    Console().print(table(found))


if __name__ == "__main__":
    try:
        tyro.cli(main)
    except ValueError as error:
        sys.exit(f"Error: {error}")
