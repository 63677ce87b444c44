"""A progress bar: the score between its bars, episodes a second, and time left."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from .loop import Watch
from .settings import Settings


def gauge(score: float | None, ceiling: float | None, width: int = 16) -> str:
    """A score on a line from 0 to the oracle: ``|`` marks the best without communication, ``o`` the score."""
    if score is None:
        return "·" * width
    line = ["─"] * width
    if ceiling is not None:
        line[min(width - 1, int(ceiling * width))] = "┃"
    line[max(0, min(width - 1, int(score * width)))] = "●"
    return "".join(line)


@contextmanager
def progress(settings: Settings, console: Console) -> Iterator[Watch]:
    """Show a bar while a run trains; yields what ``train`` and ``resume`` call after every update."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=12),
        TextColumn("{task.completed}/{task.total}"),
        TextColumn("{task.fields[said]}"),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=console, transient=False) as bar:
        task = bar.add_task(escape(f"{settings.recipe} {settings.seed}"), total=settings.updates, said="")
        began, first = time.perf_counter(), 0

        def watch(updates: int, row: dict[str, Any]) -> None:
            nonlocal began, first
            if not first:
                began, first = time.perf_counter(), updates
                return
            speed = (updates - first) * settings.batch / max(time.perf_counter() - began, 1e-9)
            score = row.get("score")
            said = gauge(score, row.get("ceiling_score"))
            said += f" {score:.3f}" if score is not None else ""
            bar.update(task, completed=updates, said=f"{said} {speed:,.0f} ep/s")

        yield watch
