"""Chains held out of training: what relay teams are worth in the chains that they learned in, and in the others.

Train first, then measure::

    interlect train reward relay_v0 --chains most --seeds 0-4 --out runs/most-count
    python -m interlect.training.held_out_chains runs/most-count
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.table import Table

from ..envs.registry import game, make_core
from ..envs.relay import exact
from ..envs.relay.rules import Relay
from ..protocols.errors import bad
from ..protocols.files import write_json
from .loop import Run
from .relay_settings import RelaySettings

LEARNED, HELD_OUT, WORST = "the chains of training", "those held out", "the worst of those"


def held_out_chains(folder: Path | str) -> dict[str, dict[str, float]]:
    """Exact chances of a right answer, all on held-out pictures.

    Args:
        folder: the ``--out`` of ``interlect train reward relay_v0 --chains most --seeds ...``.

    Returns:
        By column (each seed, and "vision", a classifier's eyes), then by row; no worst chain of "vision".

    Raises:
        ValueError: if there are no runs, or none of their chains was held out.
    """
    paths = sorted(Path(folder).glob("seed-*"), key=lambda path: int(path.name.partition("-")[2]))
    if not paths:
        raise bad("Chains are compared over runs of `interlect train --seeds`", str(folder), "Give their --out.")
    found: dict[str, dict[str, float]] = {}
    for path in paths:
        run = Run.load(path)
        settings = run.settings
        if not isinstance(settings, RelaySettings) or settings.chains != "most":
            raise bad("Some chains were held out of training", str(path), "Train with --chains most.")
        options = {LEARNED: settings.options() | {"chains": settings.training_options()["chains"]}}
        options[HELD_OUT] = settings.options()
        worth = {}
        for name, given in options.items():
            core = make_core(settings.game, settings.agents, 1, 0, **given)
            assert isinstance(core, Relay)
            each = exact.values(core, run.team, run.team.channel)
            worth[name] = float(core.chains.chance @ each)
            worth[WORST] = float(each.min())
        found[f"seed {settings.seed}"] = worth
    found["vision"] = {
        name: game(settings.game, **given).bars(settings.agents)["vision"].value for name, given in options.items()
    }
    return found


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
