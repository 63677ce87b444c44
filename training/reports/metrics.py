"""Metrics of a studied run by name, for study.json, the terminal and the report."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import isfinite
from typing import Any, TypeAlias

import numpy as np

from ...protocols.common.errors import invalid
from ..learners.sender_receiver import SenderReceiver
from .compositionality import sender_compositionality
from .studied_run import StudiedRun

Metric: TypeAlias = Callable[[StudiedRun], Any]
"""Returns a number, or mappings, sequences or NumPy arrays of numbers; None if it does not apply to a run."""


@dataclass(frozen=True)
class Measured:
    """The values of all registered metrics of one run.

    Attributes:
        values: numbers, or mappings and lists of numbers, by metric.
        failed: error messages of metrics that raised an error, by metric.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)

    def scalars(self) -> Iterator[tuple[str, float]]:
        """Iterate over single numbers with dotted names ("interventions.silent.cost"), without lists and None."""
        return _scalars(self.values)


def register_metric(name: str, function: Metric, replace: bool = False) -> None:
    """Add a metric to every later study, after those that are already registered.

    A metric that raises an error does not stop a study: a warning, study.json and the report state the error.

    Args:
        name: the name of the metric, which is its key in study.json.
        function: function of the studied run, which has ``settings``, ``team``, ``channel``, ``transcript`` and values
            derived from them.
        replace: whether to replace a metric of this name, as when a notebook cell runs again.

    Raises:
        ValueError: if the name is taken or empty.
    """
    check_new(name, "metric", METRICS, replace)
    METRICS[name] = function


def check_new(name: object, kind: str, known: Mapping[str, object], replace: bool = False) -> None:
    """Check the name of a metric or section to register; with ``replace``, it can be one that exists.

    Raises:
        ValueError: if the name is taken, empty or not a string.
    """
    if not isinstance(name, str) or not name or (name in known and not replace):
        remedy = f"Choose a name other than {', '.join(known)}, or pass replace=True."
        raise invalid(f"The name of a {kind} must be a string that no other {kind} has", name, remedy)


def measure(run: StudiedRun) -> Measured:
    """Compute all registered metrics that apply to a run, with a warning for each one that raises an error."""
    values: dict[str, Any] = {}
    failed: dict[str, str] = {}
    for name, function in METRICS.items():
        try:
            value = numbers(function(run))
        except Exception as error:
            failed[name] = error_message("metric", name, error)
            continue
        if value is not None:
            values[name] = value
    for message in failed.values():
        warnings.warn(message, RuntimeWarning, stacklevel=2)
    return Measured(values, failed)


def error_message(kind: str, name: str, error: Exception) -> str:
    """The message about a registered function that raised an error."""
    remedy = f"Correct the function that is registered as {name!r}; all other values are unaffected."
    return str(invalid(f"A {kind} must be computed without an error", f"{type(error).__name__}: {error}", remedy))


def numbers(value: Any) -> Any:
    """Convert a metric's value to numbers, lists and dictionaries.

    Raises:
        ValueError: if it has another type, or a number is not finite.
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): numbers(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [numbers(item) for item in value]
    if value is None or (isinstance(value, int | float) and isfinite(value)):
        return value
    raise invalid(
        "A metric must return finite numbers, mappings or sequences of them, or None", value, "Use one of these types."
    )


def _scalars(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _scalars(value, f"{prefix}{name}.")
        elif value is not None and not isinstance(value, list):
            yield f"{prefix}{name}", value


def messages(run: StudiedRun) -> dict[str, Any] | None:
    """The numbers of messages with a receiver, of those that arrived, and of different messages that were sent."""
    if run.study is None or not run.study.messages:
        return None
    used = sum(meaning.sent > 0 for meaning in run.study.meanings)
    return {
        "sent": run.study.messages,
        "heard": run.study.heard,
        "symbols_used": used,
        "symbols_possible": run.study.possible,
    }


def mutual_information(run: StudiedRun) -> dict[str, float] | None:
    """Mutual information, in bits, of the message and each fact that its sender knows, and the message's entropy."""
    if run.study is None or not run.study.messages or not run.study.facts:
        return None
    return {"entropy": run.study.facts[0].of_bits} | {table.fact: table.bits for table in run.study.facts}


def decision_trees(run: StudiedRun) -> dict[str, Any] | None:
    """Decision trees for messages and actions: leaves, the share of decisions reproduced, and that of the baseline.

    The baseline is the most frequent choice alone.
    """
    trees = {"message": run.study.message_tree, "action": run.study.action_tree} if run.study else {}
    summaries = {
        name: {"leaves": tree.root.leaves, "fidelity": tree.fidelity, "baseline": tree.baseline}
        for name, tree in trees.items()
        if tree
    }
    return summaries or None


def compositionality(run: StudiedRun) -> dict[str, Any] | None:
    """Topographic similarity, posdis, bosdis and information per position of a sender's code for objects."""
    if not isinstance(run.settings, SenderReceiver) or not run.discrete:
        return None
    measures = sender_compositionality(run.settings, run.team)
    return asdict(measures) if measures else None


def interventions(run: StudiedRun) -> dict[str, Any] | None:
    """Normalized return under each intervention on the channel, and its cost relative to the undisturbed channel."""
    returns = {name: result["normalized_return"] for name, result in run.interventions.items()}
    known = {name: value for name, value in returns.items() if value is not None}
    costs = {name: {"cost": known["normal"] - value} for name, value in known.items() if name != "normal"}
    return {name: {"normalized_return": value} | costs.get(name, {}) for name, value in known.items()} or None


def measures(run: StudiedRun) -> dict[str, float] | None:
    """The measures that the game defines besides the return, such as the quality of painted pictures."""
    found: dict[str, float] | None = (run.result or run.interventions["normal"]).get("measures")
    return found


METRICS: dict[str, Metric] = {
    "measures": measures,
    "messages": messages,
    "mutual_information": mutual_information,
    "decision_trees": decision_trees,
    "compositionality": compositionality,
    "interventions": interventions,
}
