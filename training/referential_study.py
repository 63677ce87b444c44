"""What came of signaling: exact accuracies on trained and held-out objects, and how compositional the codes are.

Train first, then measure::

    interlect train signaling referential_v0 --seeds 0-4 --out runs/referential
    python -m interlect.training.referential_study runs/referential
"""

import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import tyro
from jaxtyping import Int64
from rich.console import Console
from rich.table import Table

from ..agents import Team
from ..envs.evaluation import evaluate
from ..envs.referential.rules import SENDER, Referential
from ..envs.registry import game, make_core
from ..protocols.compositionality import bag_disentanglement, positional_disentanglement, topographic_similarity
from ..protocols.errors import bad
from ..protocols.files import write_json
from .figures import decimals
from .loop import Run
from .seeds import runs_of
from .signaling import Signaling

NAMES = ("train", "held_out", "topsim", "posdis", "bosdis")


def study(run: Run) -> dict[str, float | None]:
    """The accuracies of a pair, and its code on the objects to train on: see ``protocols.compositionality``.

    Returns:
        ``train`` and ``held_out``, all attributes right, or the right candidate; ``topsim``, ``posdis`` and ``bosdis``,
        None of pictures.

    Raises:
        ValueError: if the run is of another recipe.
    """
    settings, team = run.settings, run.team
    if not isinstance(settings, Signaling):
        raise bad("Codes for objects are those of signaling", settings.recipe, "Give a run of it.")
    options = {"train": settings.training_options(), "held_out": settings.options()}
    found: dict[str, float | None] = {
        name: evaluate(game(settings.game, **each), settings.agents, team, team.channel).return_mean
        for name, each in options.items()
    }
    if settings.objects == "digits":
        return found | dict.fromkeys(NAMES[2:])
    meanings, messages = code(settings, team)
    return found | {
        "topsim": topographic_similarity(meanings, messages),
        "posdis": positional_disentanglement(meanings, messages),
        "bosdis": bag_disentanglement(meanings, messages, settings.vocabulary),
    }


def code(settings: Signaling, team: Team) -> tuple[Int64[np.ndarray, "M K"], Int64[np.ndarray, "M L"]]:
    """The attributes of each object to train on, and the symbols that the sender says of it."""
    core = make_core(settings.game, **settings.training_options())
    assert isinstance(core, Referential)
    meanings = core.objects.attributes(np.arange(core.objects.kinds))
    seen = np.zeros((len(meanings), *(core.observation_space.shape or ())), dtype=np.float32)
    seen[:, : core.objects.size] = core.objects.seen(np.arange(len(meanings)))
    with torch.inference_mode():
        emit = team.agents[SENDER].eval()(torch.from_numpy(seen), None)[0]["emit"]
    return meanings, team.channel.carrier.element(team.channel.send(emit).numpy())


def main(folder: Annotated[Path, tyro.conf.Positional]) -> None:
    """Measure the runs of several seeds, print a table, and write study.json into their folder."""
    found = {path.name: study(Run.load(path)) for path in runs_of(folder).values()}
    table = Table("", *NAMES)
    for name, row in found.items():
        table.add_row(name, *map(decimals, row.values()))
    columns = [[value for row in found.values() if (value := row[name]) is not None] for name in NAMES]
    table.add_row("mean", *(decimals(np.mean(column) if column else None) for column in columns))
    spread = (np.std(column, ddof=1) if len(column) > 1 else None for column in columns)
    table.add_row("standard deviation", *map(decimals, spread))
    Console().print(table)
    write_json(folder / "study.json", found)


if __name__ == "__main__":
    try:
        tyro.cli(main)
    except ValueError as error:
        sys.exit(f"Error: {error}")
