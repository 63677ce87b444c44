"""Pairs that swap partners, compared with independent pairs at equal compute.

Train pairs with several intervals between swaps, then compare them::

    interlect train gap forgery_v0 --data grid --swap-every 0 --seeds 0-4 --out runs/gap-0
    interlect train gap forgery_v0 --data grid --swap-every 20 --seeds 0-4 --out runs/gap-20
    python -m interlect.training.experiments.gap runs/gap-0 runs/gap-20
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import tyro
from jaxtyping import Bool, Float
from rich.console import Console
from rich.table import Table
from torch import Tensor

from ...envs.core.play import play
from ...envs.core.registry import make_core
from ...envs.forgery.rules import Forgery
from ...protocols.analysis.generated import unseen_critic_errors
from ...protocols.common.errors import invalid
from ...protocols.common.files import write_json
from ..adversarial.gan import GAN, genuine_logits
from ..adversarial.gap import GAP, pairing
from ..learners.settings import Settings
from ..run_folders.paths import is_run
from ..runs.evaluate import MEASURED
from ..runs.figures import decimals
from ..runs.loop import Run
from ..runs.seeds import runs_of

MEAN, WORST = "gam_mean", "gam_worst"
"""Names of the two values of GAM-II, averaged over the painters of a run."""


@dataclass(frozen=True)
class _Pictures:
    """What the critics of all runs judge: the same genuine pictures, and those of the painters of one run."""

    observed: Float[Tensor, "B O"]
    genuine: Float[Tensor, "B D"]
    painted: Float[Tensor, "B P D"]


def compare(folders: Sequence[Path]) -> dict[str, list[dict[str, float]]]:
    """The measures of each run, with GAM-II by the critics of all runs that did not train against the painter.

    The error of a critic is the fraction of pairs of a genuine and a painted picture in which it judges the painted one
    to be more genuine, because the logits of a relativistic critic have no threshold.

    Args:
        folders: Folders of runs of ``gap`` or ``gan`` with the same data, of one or of several seeds.

    Returns:
        One dict of values by name per seed, by folder.

    Raises:
        ValueError: If a run is of another recipe or has other data, or a painter trained against all critics.
    """
    runs = {folder: [Run.load(path) for path in _runs(folder)] for folder in folders}
    everyone = [run for found in runs.values() for run in found]
    for run in everyone:
        if not isinstance(run.settings, GAN | GAP):
            raise invalid("This study needs runs of gap or gan", run.settings.recipe, "Pass runs of these recipes.")
        if run.settings.options() != everyone[0].settings.options():
            remedy = "Pass runs with the same data, noise and condition."
            raise invalid("All runs must have the same options of the game", run.settings.options(), remedy)
    scores = _scores(everyone)
    rows = [run.result["measures"] | score for run, score in zip(everyone, scores, strict=True)]
    return {str(folder): [rows.pop(0) for _ in found] for folder, found in runs.items()}


def met(settings: Settings) -> Bool[np.ndarray, "P P"]:
    """Whether each painter has trained against each critic of its run."""
    pairs = settings.agents // 2
    found = np.eye(pairs, dtype=bool)
    if isinstance(settings, GAP) and settings.swap_every:
        for swap in range(-(-settings.updates // settings.swap_every)):
            found[pairing(settings.seed, swap, pairs), np.arange(pairs)] = True
    return found


def _scores(runs: Sequence[Run]) -> list[dict[str, float]]:
    """The values of GAM-II of each run."""
    critics = [critic for run in runs for critic in run.team.agents[len(run.team.agents) // 2 :]]
    first = np.cumsum([0, *(len(run.team.agents) // 2 for run in runs)])
    scores = []
    for number, run in enumerate(runs):
        shown = _pictures(run)
        error = np.stack([_errors(critic, shown) for critic in critics], axis=1)
        trained = np.zeros(error.shape, dtype=bool)
        trained[:, first[number] : first[number + 1]] = met(run.settings)
        found = unseen_critic_errors(error, trained)
        scores.append({MEAN: float(found.mean.mean()), WORST: float(found.worst.mean())})
    return scores


def _pictures(run: Run) -> _Pictures:
    settings = run.settings
    core = make_core(settings.game, settings.agents, MEASURED, 0, **settings.options())
    assert isinstance(core, Forgery)
    transcript = play(core, run.team, run.team.channel)
    observed, painted = transcript.observation[0, :, 0], transcript.sent[0, :, : core.painters]
    return _Pictures(*map(torch.from_numpy, (observed, core.genuine_picture[:, 0], painted)))


@torch.inference_mode()
def _errors(critic: torch.nn.Module, shown: _Pictures) -> Float[np.ndarray, "P"]:
    """The error of a critic on the pictures of each painter; an undecided pair counts half."""
    real = genuine_logits(critic, shown.observed, shown.genuine)
    painted = [genuine_logits(critic, shown.observed, pictures) for pictures in shown.painted.unbind(1)]
    return np.array([((fake > real).double() + (fake == real).double() / 2).mean().item() for fake in painted])


def _runs(folder: Path) -> list[Path]:
    """The runs of several seeds in a folder, or the folder of one run."""
    return [folder] if is_run(folder) else list(runs_of(folder).values())


def table(values: Mapping[str, Sequence[Mapping[str, float]]]) -> Table:
    """Means over seeds, and standard deviations, for a terminal."""
    names = list(dict.fromkeys(name for rows in values.values() for row in rows for name in row))
    shown = Table("", *values)
    for name in names:
        columns = ([row[name] for row in rows if name in row] for rows in values.values())
        shown.add_row(name.replace("_", " "), *(_cell(column) for column in columns))
    return shown


def _cell(column: Sequence[float]) -> str:
    deviation = f" ± {decimals(np.std(column, ddof=1))}" if len(column) > 1 else ""
    return f"{decimals(np.mean(column))}{deviation}" if column else "-"


def main(folders: Annotated[tuple[Path, ...], tyro.conf.Positional], out: Path | None = None) -> None:
    """Compare runs, print means and standard deviations over seeds, and write the values of each seed.

    Args:
        folders: Folders of runs of one or of several seeds.
        out: JSON file for the values of each seed.
    """
    values = compare(folders)
    Console().print(table(values))
    if out:
        write_json(out, values)


if __name__ == "__main__":
    try:
        tyro.cli(main)
    except ValueError as error:
        sys.exit(f"Error: {error}")
