"""Evaluation of relay teams in chains that were held out of training, compared with training chains.

Train the teams, then evaluate them::

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
from ...protocols.common.errors import argument, invalid
from ...protocols.common.files import write_json
from ..learners.value_regression import RelaySettings
from ..runs.loop import Run
from ..runs.seeds import runs_of

TRAINING, HELD_OUT, WORST = "training chains", "held-out chains", "worst held-out chain"


def evaluate_held_out_chains(folder: Path | str) -> dict[str, dict[str, float]]:
    """Compute exact probabilities of a correct answer on held-out images.

    Args:
        folder: the ``--out`` of ``interlect train value_regression relay_v0 --chains most --seeds ...``.

    Returns:
        Values by column (one per seed, and "vision", the return with the accuracy of a classifier), then by row;
        "vision" has no worst chain.

    Raises:
        ValueError: if the folder holds no runs of several seeds, a run has no checkpoint, or no chain was held out.
    """
    runs = [Run.load(path) for path in runs_of(Path(folder)).values()]
    settings = runs[0].settings
    if not isinstance(settings, RelaySettings) or settings.chains != "most":
        remedy = f"Use {argument('chains', 'most')} in training."
        raise invalid("Some chains must have been held out of training", str(folder), remedy)
    chains = {TRAINING: settings.training_options()["chains"], HELD_OUT: settings.options()["chains"]}
    games = {name: game(settings.game, **settings.options() | {"chains": each}) for name, each in chains.items()}
    training, held_out = (played.core(settings.agents, 1, 0) for played in games.values())
    assert isinstance(training, Relay)
    assert isinstance(held_out, Relay)
    values = {
        f"seed {run.settings.seed}": {
            TRAINING: exact.value(training, run.team, run.team.channel),
            HELD_OUT: exact.value(held_out, run.team, run.team.channel),
            WORST: float(exact.chain_values(held_out, run.team, run.team.channel).min()),
        }
        for run in runs
    }
    vision = {name: played.reference_returns(settings.agents)["vision"].value for name, played in games.items()}
    return values | {"vision": vision}


def table(values: Mapping[str, Mapping[str, float]]) -> Table:
    """Format the values for a terminal."""
    table = Table(title="Probability of a correct answer on held-out images", title_justify="left")
    table.add_column("")
    for column in values:
        table.add_column(column, justify="right")
    for row in (TRAINING, HELD_OUT, WORST):
        table.add_row(row, *(f"{column[row]:.3f}" if row in column else "" for column in values.values()))
    return table


def main(folder: Annotated[Path, tyro.conf.Positional]) -> None:
    """Evaluate the teams, print a table, and write held_out_chains.json into the folder."""
    values = evaluate_held_out_chains(folder)
    write_json(folder / "held_out_chains.json", values)
    Console().print(table(values))


if __name__ == "__main__":
    try:
        tyro.cli(main)
    except ValueError as error:
        sys.exit(f"Error: {error}")
