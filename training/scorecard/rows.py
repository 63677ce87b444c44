"""The rows of a scorecard, one per operator, aggregated over seeds; operators.json, and a table for a terminal."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from ...agents import Graph
from ...agents.operators import knowledge_retained
from ...protocols.common.errors import invalid
from ...protocols.common.files import write_json
from ..adaptation.relearn import RelearningResult
from ..experiments.experiment import interval

VALUES = ("before", "reference", "zero_shot", "relearned", "never_trained", "removed")
FIGURES = (*VALUES, "retained_zero_shot", "retained_relearned")
COLUMNS = {
    "before": "before",
    "zero_shot": "zero-shot",
    "relearned": "re-learned",
    "never_trained": "never trained",
    "removed": "removed",
    "retained_relearned": "retained",
}


@dataclass(frozen=True)
class Row:
    """The effect of one operator on the performance of one trained structure.

    Attributes:
        operator: name of the operator.
        what: description of the change.
        claim: the operator's claim.
        before: performance before the change, scaled to what the new context allows.
        reference: best known performance in the new context; for images, that of a plain classifier's accuracy.
        zero_shot: performance immediately after the change, without re-learning.
        relearned: performance after re-learning only the touched interfaces.
        never_trained: control, performance of the same interfaces and budget around modules that were never trained.
        removed: control, performance without the touched modules.
        touched: number of re-learned parameters.
        share: the largest share of an agent's parameters that was re-learned.
        curve: (episodes, performance) during re-learning.
        control_curve: the same for the control ``never_trained``.
        graphs: graphs of a changed agent before and after the operator, to be drawn.
        details: further figures by name.
        lesions: the lesion matrix, that is, the loss of each sub-task by removed part.
        note: explanation of a figure, or of why it is missing.
    """

    operator: str
    what: str
    claim: str
    before: float
    reference: float
    zero_shot: float
    relearned: float | None = None
    never_trained: float | None = None
    removed: float | None = None
    touched: int = 0
    share: float = 0.0
    curve: list[tuple[int, float]] = field(default_factory=list)
    control_curve: list[tuple[int, float]] = field(default_factory=list)
    graphs: tuple[Graph, Graph] | None = None
    details: dict[str, float] = field(default_factory=dict)
    lesions: dict[str, dict[str, float]] = field(default_factory=dict)
    note: str = ""

    @property
    def control(self) -> float | None:
        """The better of the two controls: the performance that requires no learned knowledge."""
        known = [value for value in (self.never_trained, self.removed) if value is not None]
        return max(known) if known else None

    def with_relearning(self, relearned: RelearningResult, control: RelearningResult | None) -> "Row":
        """The row with the results of re-learning, and of its control if it has one."""
        return replace(
            self,
            relearned=relearned.curve[-1][1],
            never_trained=control.curve[-1][1] if control else None,
            curve=relearned.curve,
            control_curve=control.curve if control else [],
            touched=relearned.parameters,
            share=relearned.share,
        )

    def figures(self) -> dict[str, float | None]:
        """All figures of the row and the share of knowledge retained; None where undefined."""
        control = self.control
        shares: list[float | None] = [
            None if after is None or control is None else knowledge_retained(self.before, after, control)
            for after in (self.zero_shot, self.relearned)
        ]
        return {name: getattr(self, name) for name in VALUES} | dict(zip(FIGURES[-2:], shares, strict=True))

    def to_json(self) -> dict[str, Any]:
        """All attributes except the graphs, and all figures."""
        return asdict(replace(self, graphs=None)) | self.figures()


def aggregate_rows(rows_by_seed: dict[int, list[Row]]) -> list[dict[str, Any]]:
    """One row per operator, with each figure as its mean and 95% t-interval over seeds, [mean, low, high].

    Raises:
        ValueError: if seeds have different rows.
    """
    first, *others = rows_by_seed.values()
    names = [(row.operator, row.what) for row in first]
    for rows in others:
        if [(row.operator, row.what) for row in rows] != names:
            raise invalid("All seeds must have the same rows", [row.operator for row in rows], f"Pass {names}.")
    rows_over_seeds = []
    for place, row in enumerate(first):
        seeds = [rows[place] for rows in rows_by_seed.values()]
        figures = [seed.figures() for seed in seeds]
        intervals = {name: _interval([f[name] for f in figures]) for name in FIGURES}
        details = {name: _interval([seed.details.get(name) for seed in seeds]) for name in row.details}
        lesions = {
            lost: {task: _interval([seed.lesions[lost][task] for seed in seeds]) for task in tasks}
            for lost, tasks in row.lesions.items()
        }
        labels = {"operator": row.operator, "what": row.what, "claim": row.claim, "note": row.note}
        size = {"touched": row.touched, "share": row.share}
        rows_over_seeds.append(labels | intervals | size | {"details": details, "lesions": lesions})
    return rows_over_seeds


def write_scorecard(
    path: Path, sides: dict[str, dict[int, list[Row]]], origins: dict[str, dict[int, dict[str, Any]]]
) -> dict[str, Any]:
    """Write ``operators.json``: for each folder of runs, what its values are over, rows, rows by seed, and origins."""
    summary = {
        side: {
            "evaluation": next(iter(origins[side].values()))["evaluation"],
            "rows": aggregate_rows(seeds),
            "by_seed": {str(seed): [row.to_json() for row in rows] for seed, rows in seeds.items()},
            "origins": {str(seed): origin for seed, origin in sorted(origins[side].items())},
        }
        for side, seeds in sides.items()
    }
    write_json(path, summary)
    return summary


def table(title: str, rows: Sequence[dict[str, Any]]) -> Table:
    """The most important figures of one folder, for a terminal; operators.json contains all."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=0)
    table.add_column("operator", min_width=20)
    for head in COLUMNS.values():
        table.add_column(head, justify="right", width=8)
    for row in rows:
        claim, _, _ = row["claim"].partition(":")
        table.add_row(f"[bold]{row['operator']}[/] ({claim})\n{row['what']}", *(cell(row[name]) for name in COLUMNS))
    return table


def cell(value: Sequence[float] | None) -> str:
    """A mean and half the width of its interval; a dash for None."""
    if not value:
        return "–"
    return f"{value[0]:.3f}" + (f" ±{value[2] - value[0]:.3f}" if len(value) > 1 else "")


def _interval(values: Sequence[float | None]) -> list[float] | None:
    known = [value for value in values if value is not None]
    return interval(known) if len(known) == len(values) else None
