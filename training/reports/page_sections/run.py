"""Sections about a run: learning curve, episodes, interventions on the channel, metrics, settings."""

from collections.abc import Iterator, Mapping
from typing import Any

from ....envs.core.registry import game_spec
from ...runs.evaluate import SILENT_NOTE
from ..charts import Mark, learning_curve, measure_curves, score_bars
from ..drawings import scene_svg
from ..rendering import number, render
from ..report_data import ReportData, Row, Section

KINDS = {"exact": "exact", "best_found": "best found", "reference": "a reference"}
EFFECTS = {
    "normal": "messages arrive as they were sent",
    "silent": "no message arrives",
    "constant": "all messages are replaced by a constant one",
    "shuffled": "messages are shuffled between episodes",
}


def learning(data: ReportData) -> Section:
    """The learning curve."""
    title, runs = "Learning curve", data.learning_curves
    last = [run[-1] for run in runs if run]
    last_values = ", ".join(number(row.get("normalized_return")) for row in last)
    label = f"Learning curve: normalized return against updates, {len(runs)} run{'s' if len(runs) != 1 else ''}; "
    svg = learning_curve(runs, reference_marks(data.result), f"{label}last values {last_values}")
    lines = f"{len(runs)} runs, one thin line each" if len(runs) > 1 else ""
    caption = f"{lines}; the thick line is their median. " if lines else ""
    if svg is None:
        counted_runs = f"{len(runs)} run{'s' if len(runs) != 1 else ''}"
        loss = data.run.settings.loss_name if data.run else "loss"
        svg = measure_curves(runs, f"Learning curves: measures against updates, {counted_runs}", loss)
        caption = f"{lines}. " if lines else ""
    if svg is None:
        return Section(title, "No learning curve was recorded.")
    kinds = ("updates", "episodes", "environment_steps")
    counted = {tuple(row.get(kind) for kind in kinds) for row in last}
    if len(counted) == 1:
        known = [(value, kind) for value, kind in zip(counted.pop(), kinds, strict=True) if value is not None]
        ends = ", ".join(f"{value:,} {kind.replace('_', ' ')}" for value, kind in known)
        caption += f"The curve ends after {ends}." if ends else ""
    return Section(title, render("figure.html", svg=svg, caption=caption))


def episodes(data: ReportData) -> Section | None:
    """Example episodes, step by step, if the game has drawings of them."""
    title = "Example episodes"
    if data.run and game_spec(data.run.settings.game).example_episodes is None:
        return None
    if not data.example_episodes:
        return Section(title, "No episode was recorded.")
    drawn = [(one.title, [(scene, scene_svg(scene)) for scene in one.scenes]) for one in data.example_episodes]
    legends = dict.fromkeys(one.legend for one in data.example_episodes if one.legend)
    return Section(title, render("episodes.html", episodes=drawn, legends=legends))


def channel(data: ReportData) -> Section | None:
    """The effect of interventions on the channel."""
    title = "Value of the channel"
    if data.run and not (data.run.has_messages and game_spec(data.run.settings.game).cooperative):
        return None
    if data.settings.get("silent"):
        return Section(title, SILENT_NOTE)
    results: dict[str, Row] = {"normal": data.interventions.get("normal", data.result), **data.interventions}
    returns = {name: row["normalized_return"] for name, row in results.items()
               if row.get("normalized_return") is not None}  # fmt: skip
    if len(returns) < 2:
        return Section(title, "The team was not evaluated with interventions on its channel.")
    costs = (
        {name: returns["normal"] - value for name, value in returns.items() if name != "normal"}
        if "normal" in returns
        else {}
    )
    listed = ", ".join(f"{name} {number(value)}" for name, value in returns.items())
    marks = reference_marks(data.result)
    lines = " and ".join(f"{mark.name} at {number(mark.normalized_return)}" for mark in marks)
    label = f"Normalized returns under interventions on the channel: {listed}. Dashed lines: {lines or 'none'}."
    rows = [
        (name, EFFECTS.get(name, "–"), *map(number, (row.get("normalized_return"), costs.get(name), row.get("how"))))
        for name, row in results.items()
    ]
    words = "; ".join(f"{name} ({EFFECTS.get(name, 'changed')}): {number(cost)}" for name, cost in costs.items())
    caption = f"Dashed lines: {lines}." if lines else ""
    svg = score_bars(returns, marks, label)
    return Section(title, render("channel.html", costs=words, svg=svg, caption=caption, rows=rows))


def metrics(data: ReportData) -> Section | None:
    """All registered metrics that are single numbers."""
    rows = [(name, number(value)) for name, value in data.measured.scalars()]
    failed = data.measured.failed.items()
    return Section("Metrics", render("metrics.html", rows=rows, failed=failed)) if rows or failed else None


def settings(data: ReportData) -> Section:
    """All settings, versions and results."""
    settings = dict(_flat(data.settings))
    body = render(
        "settings.html",
        settings=[(name, f"{value:g}" if isinstance(value, float) else str(value)) for name, value in settings.items()],
        versions=list(_flat(data.config.get("versions") or {})),
        result=[(name, number(value)) for name, value in _flat(data.result) if name not in settings],
    )
    return Section("Settings and results", body)


def reference_marks(result: Row) -> list[Mark]:
    """The reference returns of the game, as lines in a chart of normalized returns."""
    oracle, no_communication = result.get("oracle"), result.get("no_communication")
    if not oracle or oracle["value"] <= 0:
        return []
    marks = [Mark(f"oracle ({kind(oracle)})", 1.0)]
    if no_communication:
        share = no_communication["value"] / oracle["value"]
        marks.append(Mark(f"best without communication ({kind(no_communication)})", share))
    return marks


def kind(reference: Row) -> str:
    """The kind of a reference return, in words."""
    return KINDS.get(reference.get("kind", ""), str(reference.get("kind", "unknown kind")))


def _flat(values: Row, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
