"""Progress bars with normalized return or measures, episodes per second and time left, for one or several seeds."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from ..learners.settings import Settings
from ..runs.figures import decimals
from ..runs.loop import Callback

SHOWN = 2
"""Number of measures of a game that are shown."""


def gauge(normalized_return: float | None, no_communication: float | None, width: int = 16) -> str:
    """A normalized return on a line from 0 to the oracle, on which ``┃`` marks the no-communication optimum."""
    if normalized_return is None:
        return "·" * width
    line = ["─"] * width
    if no_communication is not None:
        line[min(width - 1, int(no_communication * width))] = "┃"
    line[max(0, min(width - 1, int(normalized_return * width)))] = "●"
    return "".join(line)


def measures_text(measures: Mapping[str, float]) -> str:
    """The first measures of a game as text, such as "modes 25.000, high quality 0.950"."""
    first = list(measures.items())[:SHOWN]
    return ", ".join(f"{name.replace('_', ' ')} {decimals(value)}" for name, value in first)


def seed_count(seeds: int) -> str:
    """The number of seeds as text, such as "5 seeds"."""
    return f"{seeds} seed{'' if seeds == 1 else 's'}"


@contextmanager
def progress(settings: Settings, console: Console) -> Iterator[Callback]:
    """Show a bar while a run is training; yields the callback for ``train`` and ``resume``."""
    with _bars(console) as bar:
        yield _RunBar(bar, settings)


class SeedsBar:
    """The bars of several seeds: one for all updates, and one per running seed."""

    def __init__(self, bar: Progress, settings: Settings, seeds: int) -> None:
        self._bar, self._settings, self._seeds = bar, settings, seeds
        self._total: TaskID | None = None
        self._running: dict[int, _RunBar] = {}
        self._updates: dict[int, int] = {}

    def update(self, seed: int, updates: int, row: dict[str, Any]) -> None:
        """Report the progress of a running seed."""
        if seed not in self._running:
            self._running[seed] = _RunBar(self._bar, self._settings, f"seed {seed}")
        self._running[seed](updates, row)
        self._count(seed, updates)

    def ended(self, seed: int, result: dict[str, Any]) -> None:
        """Report the end of a run."""
        if seed in self._running:
            self._running[seed].hide()
        self._count(seed, self._settings.updates)
        shown = f"normalized return {decimals(result['normalized_return'])}"
        self._bar.console.print(f"seed {seed}: {measures_text(result.get('measures', {})) or shown}")

    def _count(self, seed: int, updates: int) -> None:
        if self._total is None:
            total = self._seeds * self._settings.updates
            self._total = _begin(self._bar, f"{seed_count(self._seeds)} of {self._settings.recipe}", total)
        self._updates[seed] = updates
        self._bar.update(self._total, completed=sum(self._updates.values()))


@contextmanager
def seeds_progress(settings: Settings, seeds: int, console: Console) -> Iterator[SeedsBar]:
    """Show bars while several seeds are training; yields the object to which updates and ends are reported."""
    with _bars(console) as bar:
        yield SeedsBar(bar, settings, seeds)


class _RunBar:
    """The bar of one run, shown from the first callback on."""

    def __init__(self, bar: Progress, settings: Settings, name: str | None = None) -> None:
        self._bar, self._settings = bar, settings
        self._name = name or f"{settings.recipe} {settings.seed}"
        self._task: TaskID | None = None

    def __call__(self, updates: int, row: dict[str, Any]) -> None:
        if self._task is None:
            self._task = _begin(self._bar, self._name, self._settings.updates)
            self._began, self._first = time.perf_counter(), updates
        speed = (updates - self._first) * self._settings.batch / max(time.perf_counter() - self._began, 1e-9)
        normalized_return = row.get("normalized_return")
        text = measures_text(row.get("measures", {}))
        text = text or gauge(normalized_return, row.get("no_communication_normalized"))
        text += f" {normalized_return:.3f}" if normalized_return is not None else ""
        self._bar.update(self._task, completed=updates, text=f"{text} {speed:,.0f} ep/s")

    def hide(self) -> None:
        if self._task is not None:
            self._bar.update(self._task, visible=False)


@contextmanager
def _bars(console: Console) -> Iterator[Progress]:
    """Bars that appear with their first task, so that errors about arguments are printed before them."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=12),
        TextColumn("{task.completed}/{task.total}"),
        TextColumn("{task.fields[text]}"),
        TimeRemainingColumn(compact=True),
    )
    bar = Progress(*columns, console=console, transient=False)
    try:
        yield bar
    finally:
        if bar.tasks:
            bar.stop()


def _begin(bar: Progress, name: str, total: int) -> TaskID:
    bar.start()
    return bar.add_task(escape(name), total=total, text="")
