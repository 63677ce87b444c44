"""A scorecard: a row an operator, of one run or of several seeds; operators.json, and a table for a terminal."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from ...agents import Graph
from ...agents.operators import retained
from ...protocols.common.errors import bad
from ...protocols.common.files import write_json
from ..adaptation.relearn import Relearned
from ..experiments.experiment import interval

VALUES = ("before", "reference", "at_once", "relearned", "never_trained", "removed")
FIGURES = (*VALUES, "retained_at_once", "retained_relearned")
SHORT = {
    "before": "before",
    "at_once": "at once",
    "relearned": "learned again",
    "never_trained": "never trained",
    "removed": "removed",
    "retained_relearned": "retained",
}


@dataclass(frozen=True)
class Row:
    """What one operator did to one trained structure.

    Attributes:
        operator: its name.
        what: what was done, in words.
        claim: of the operator.
        before: the function before, as far as it can be had in the new context.
        reference: what the new context allows: for pictures, what a plain classifier's eyes allow.
        at_once: the function right after the operator.
        relearned: after re-learning the touched interfaces alone.
        never_trained: the same interfaces and budget around modules that were never trained.
        removed: the touched modules taken out; whatever the interfaces learn.
        touched: parameters that were learned again.
        share: the largest share of an agent's parameters that these are.
        curve: (episodes, function) while interfaces were re-learned.
        control_curve: the same around modules that were never trained.
        graphs: the structure before and after, of an agent that was changed, to be drawn.
        details: further figures by name.
        lesions: by what is missing, what each sub-task loses; a lesion matrix.
        note: why a figure is missing, or how to read it.
    """

    operator: str
    what: str
    claim: str
    before: float
    reference: float
    at_once: float
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
        """The better of the two controls: what needs nothing that was learned."""
        known = [value for value in (self.never_trained, self.removed) if value is not None]
        return max(known) if known else None

    def learned(self, relearned: Relearned, control: Relearned | None) -> "Row":
        """The row with what re-learning brought back, in it and in its control, if it has one."""
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
        """Every figure of the row, with knowledge retained; None where there is none."""
        control = self.control
        kept: list[float | None] = [
            None if after is None or control is None else retained(self.before, after, control)
            for after in (self.at_once, self.relearned)
        ]
        return {name: getattr(self, name) for name in VALUES} | dict(zip(FIGURES[-2:], kept, strict=True))

    def to_json(self) -> dict[str, Any]:
        """Everything but the graphs."""
        return asdict(replace(self, graphs=None)) | self.figures()


def card_of(rows_by_seed: dict[int, list[Row]]) -> list[dict[str, Any]]:
    """A row an operator: each figure as mean and 95% t-interval over seeds, [mean, low, high], beside each seed's own.

    Raises:
        ValueError: if seeds have different rows.
    """
    first, *others = rows_by_seed.values()
    names = [(row.operator, row.what) for row in first]
    for rows in others:
        if [(row.operator, row.what) for row in rows] != names:
            raise bad("Every seed has the same rows", [row.operator for row in rows], f"Give {names}.")
    card = []
    for place, row in enumerate(first):
        seeds = [rows[place] for rows in rows_by_seed.values()]
        figures = [seed.figures() for seed in seeds]
        found = {name: _interval([f[name] for f in figures]) for name in FIGURES}
        details = {name: _interval([seed.details.get(name) for seed in seeds]) for name in row.details}
        lesions = {
            lost: {task: _interval([seed.lesions[lost][task] for seed in seeds]) for task in tasks}
            for lost, tasks in row.lesions.items()
        }
        said = {"operator": row.operator, "what": row.what, "claim": row.claim, "note": row.note}
        size = {"touched": row.touched, "share": row.share}
        card.append(said | found | size | {"details": details, "lesions": lesions})
    return card


def write_card(
    path: Path, sides: dict[str, dict[int, list[Row]]], origins: dict[str, dict[int, dict[str, Any]]]
) -> dict[str, Any]:
    """Write ``operators.json``: for each side (a folder of runs), the card, every seed's rows, and their origins."""
    said = {
        side: {
            "card": card_of(seeds),
            "by_seed": {str(seed): [row.to_json() for row in rows] for seed, rows in seeds.items()},
            "origins": {str(seed): origin for seed, origin in sorted(origins[side].items())},
        }
        for side, seeds in sides.items()
    }
    write_json(path, said)
    return said


def table(title: str, card: Sequence[dict[str, Any]]) -> Table:
    """One side's card for a terminal: the figures that matter most; operators.json has all."""
    made = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=0)
    made.add_column("operator", min_width=20)
    for head in SHORT.values():
        made.add_column(head, justify="right", width=8)
    for row in card:
        claim, _, _ = row["claim"].partition(":")
        made.add_row(f"[bold]{row['operator']}[/] ({claim})\n{row['what']}", *(cell(row[name]) for name in SHORT))
    return made


def cell(value: Sequence[float] | None) -> str:
    """A figure and half its interval; a dash where there is none."""
    if not value:
        return "–"
    return f"{value[0]:.3f}" + (f" ±{value[2] - value[0]:.3f}" if len(value) > 1 else "")


def _interval(values: Sequence[float | None]) -> list[float] | None:
    known = [value for value in values if value is not None]
    return interval(known) if len(known) == len(values) else None
