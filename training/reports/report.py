"""report.html: one page about a team's learning curve, the meanings of its symbols, and the value of communication."""

from pathlib import Path

from ...protocols.analysis.language import percent
from ...protocols.common.files import write_bytes
from ..runs.evaluate import MEASURED, SPLITS_NOTE
from .measures_in_words import in_words
from .page_sections.run import kind
from .rendering import number, render
from .report_data import ReportData, Row
from .sections import render_sections

TILES = {
    "normalized_return": "of the oracle's return",
    "communication_gain": "0: best team without communication, 1: oracle",
    "updates": "optimizer steps",
    "episodes": "played in training",
    "environment_steps": "joint steps in training",
    "cpu_seconds": "of training",
}


def report(path: Path, data: ReportData) -> Path:
    """Write one self-contained page with all registered sections, which state what was not measured.

    Args:
        path: the path of the HTML file, which is replaced as a whole.
        data: the data that the sections show.

    Returns:
        ``path``.

    Raises:
        OSError: if it cannot be written.
    """
    known = {**data.settings, **data.result}
    page = render(
        "report.html",
        title=f"{known.get('recipe', 'A team')} on {known.get('game', 'a game')}",
        setting=_setting(known),
        headline=headline(data.result),
        how=_how(data.result),
        standard_error=data.result.get("standard_error"),
        tiles=[(name, data.result[name], about) for name, about in TILES.items() if data.result.get(name) is not None],
        sections=render_sections(data),
    )
    write_bytes(path, f"{page}\n".encode())
    return path


def headline(result: Row) -> str:
    """The team's return and its references, in one or two sentences; or, if no return is normalized, its measures."""
    oracle, no_communication = result.get("oracle"), result.get("no_communication")
    gain = result.get("communication_gain")
    if result.get("return_mean") is None:
        return "This run has no result yet."
    words = f"Training was stopped at update {result['updates']:,}. " if result.get("stopped") else ""
    if _is_measured(result):
        return f"{words}{_measures(result)}"
    words += f"The team earns {number(result['return_mean'])} per episode"
    if oracle and result.get("normalized_return") is not None:
        words += f", {number(result['normalized_return'])} of what the oracle earns ({_reference(oracle)})"
    if no_communication and not (oracle and oracle["value"] == no_communication["value"]):
        words += f". The best team without communication earns {_reference(no_communication)}"
    if gain is not None:
        position = "earns less" if gain < 0 else f"closes {percent(gain)} of the gap between it and the oracle"
        words += f"; this team {position} (communication gain {number(gain)})"
    elif result.get("communication_gain_reason"):
        words += f". The communication gain is undefined: {result['communication_gain_reason']}"
    if result.get("training_split"):
        words += f". These are values for held-out instances. {training_sentence(result['training_split'])}"
    return f"{words}."


def _is_measured(result: Row) -> bool:
    """Whether measures that the game defines say more than the return, which has no oracle."""
    return bool(result.get("measures")) and result.get("normalized_return") is None


def _measures(result: Row) -> str:
    """The most important measures, for held-out and for training instances."""
    words, training = in_words(result["measures"]), result.get("training_split")
    if not training or not training.get("measures"):
        return words
    return (
        f"{words} These are values for held-out instances. On those seen in training: {in_words(training['measures'])}"
    )


def _how(result: Row) -> str | None:
    """How a result was evaluated, without a final period."""
    how: str | None = result.get("how")
    if not _is_measured(result):
        return how
    return f"measures of {MEASURED:,} episodes; the return of {number(result.get('return_mean'))} is {how}"


def training_sentence(training: Row) -> str:
    """The performance on training instances, in words, without a final period."""
    share = training.get("normalized_return")
    of_oracle = "" if share is None else f", {number(share)} of what the oracle earns there"
    words = (
        f"On the instances seen in training, the team earns {number(training['return_mean'])} per episode{of_oracle}"
    )
    no_communication, oracle = training.get("no_communication"), training.get("oracle")
    if not no_communication or (oracle and oracle["value"] == no_communication["value"]):
        return words
    there = f"the best team without communication earns {_reference(no_communication)} there"
    return f"{words}, and {there}. {SPLITS_NOTE}"


def _setting(known: Row) -> str:
    shared = {True: "shared parameters", False: "separate parameters", None: None}[known.get("shared")]
    agents = f"{known['agents']} agent{'' if known['agents'] == 1 else 's'}" if "agents" in known else None
    words = [agents, shared if known.get("agents") != 1 else None]
    words += [f"seed {known['seed']}" if "seed" in known else None]
    words += ["trained in silence" if known.get("silent") else None]
    return " · ".join(filter(None, words))


def _reference(reference: Row) -> str:
    return f"{number(reference['value'])}, {kind(reference)}"
