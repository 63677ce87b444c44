"""Making scorecards of runs: which card a run has, several seeds side by side, in several processes."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from ...agents import Team
from ...protocols.checks import whole
from ...protocols.errors import bad
from ..run_folder import PLAN, RunFolder
from ..seeds import planned
from .card import Row, write_card
from .page import write_page

AGENTS = 4
"""How many runners a scorecard of the relay is about."""
GAMES = ("relay_v0", "switch_riddle_v0", "digits_v0")


def rows_of(path: Path, other: Path | None, updates: int | None) -> list[Row]:
    """The rows of one run's newest checkpoint.

    Args:
        path: the run's folder.
        other: a run of the same kind and another seed, from which a new agent comes.
        updates: of each re-learning; None for the card's own.

    Raises:
        ValueError: if the folder holds no run, or one of a game without a scorecard.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(RunFolder.open(path).settings().seed)
        return _rows(RunFolder.open(path), other, updates)


def _rows(folder: RunFolder, other: Path | None, updates: int | None) -> list[Row]:
    settings, team = folder.settings(), folder.team()
    stranger = RunFolder.open(other).team() if other else None
    if settings.game == "relay_v0":
        from ..relay_settings import RelaySettings
        from ..relearn import BUDGET
        from .relay import RelayCard

        assert isinstance(settings, RelaySettings)
        if settings.agents != AGENTS:
            remedy = "Train with --agents 4, or apply the operators one by one in Python."
            raise bad(f"The scorecard of a relay is of {AGENTS} agents", settings.agents, remedy)
        budget = replace(BUDGET, seed=settings.seed, updates=updates or BUDGET.updates)
        team, stranger = _apart(team), stranger and _apart(stranger)
        return RelayCard(team, settings, budget, settings.seed, stranger).rows()
    if settings.game == "switch_riddle_v0":
        from ..q_settings import QSettings
        from .riddle import BUDGET as RIDDLE_BUDGET
        from .riddle import RiddleCard

        assert isinstance(settings, QSettings)
        budget = replace(RIDDLE_BUDGET, seed=settings.seed, updates=updates or RIDDLE_BUDGET.updates)
        return RiddleCard(team.spread(settings.agents), settings, budget, settings.seed).rows()
    if settings.game == "digits_v0":
        from ..digits import Digits
        from .digits import BUDGET as DIGITS_BUDGET
        from .digits import DigitsCard

        assert isinstance(settings, Digits)
        budget = replace(DIGITS_BUDGET, seed=settings.seed, updates=updates or DIGITS_BUDGET.updates)
        return DigitsCard(team.agents[0], settings, budget).rows()
    raise bad(
        f"There are scorecards for {', '.join(GAMES)}", settings.game, "Apply the operators one by one in Python."
    )


def _apart(team: Team) -> Team:
    """The same team with an agent of its own in each seat, also where one was shared."""
    agents = team.spread(AGENTS).agents
    return replace(team, agents=[agent.clone() for agent in agents])


def make_cards(
    paths: Sequence[Path],
    out: Path,
    other: Path | None = None,
    updates: int | None = None,
    workers: int = 1,
    watch: Callable[[Path], object] | None = None,
) -> dict[str, Any]:
    """Make the cards of some folders, side by side, and write ``operators.json`` and ``operators.html``.

    Args:
        paths: of one run each, or of several seeds each; in the latter a new agent comes from the next seed's team.
        out: where the two files go.
        other: where a new agent comes from, for a single run.
        updates: of each re-learning.
        workers: processes at the same time.
        watch: called with each run that is done.

    Raises:
        ValueError: if a folder holds no run, or the cards have different rows.
    """
    if len({path.resolve() for path in paths}) < len(paths):
        raise bad("What stands side by side are different folders", [str(p) for p in paths], "Name another one.")
    runs = {path: _runs(path, other) for path in paths}
    for pairs in runs.values():
        for run, _ in pairs.values():
            RunFolder.open(run).latest()
    found: dict[Path, dict[int, list[Row]]] = {path: {} for path in paths}
    tasks = {run: (path, seed, other) for path, pairs in runs.items() for seed, (run, other) in pairs.items()}
    for run, rows in _worked({run: (run, other, updates) for run, (_, _, other) in tasks.items()}, workers):
        path, seed, _ = tasks[run]
        found[path][seed] = rows
        if watch:
            watch(run)
    names = [path.resolve().name for path in paths]
    if len(set(names)) < len(names):
        names = ["/".join(path.resolve().parts[-2:]) for path in paths]
    sides = {name: dict(sorted(found[path].items())) for name, path in zip(names, paths, strict=True)}
    said = write_card(out / "operators.json", sides)
    write_page(out / "operators.html", sides, said)
    return said


def _worked(tasks: dict[Path, tuple[Path, Path | None, int | None]], workers: int) -> Iterator[tuple[Path, list[Row]]]:
    """Each run's rows as they are done: one by one here, or in several processes."""
    whole("workers", workers, 1)
    if workers == 1:
        for run, task in tasks.items():
            yield run, rows_of(*task)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        waiting = {pool.submit(rows_of, *task): run for run, task in tasks.items()}
        try:
            for done in as_completed(waiting):
                yield waiting[done], done.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _runs(path: Path, other: Path | None) -> dict[int, tuple[Path, Path | None]]:
    """By seed: a run, and the one that a new agent comes from."""
    if not (path / PLAN).is_file():
        return {RunFolder.open(path).settings().seed: (path, other)}
    _, seeds = planned(path)
    runs = [path / f"seed-{seed}" for seed in seeds]
    strangers: list[Path | None] = [*runs[1:], runs[0]] if len(runs) > 1 else [other]
    return dict(zip(seeds, zip(runs, strangers, strict=True), strict=True))
