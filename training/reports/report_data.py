"""What a report is made from, and the sections that it consists of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from markupsafe import Markup

from ...envs.core.example_episode import ExampleEpisode
from .metrics import Measured
from .rendering import render
from .studied_run import StudiedRun
from .study import Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class ReportData:
    """Everything that sections of a report can show; what was not measured is empty or None.

    Attributes:
        config: the run's settings, as in config.json.
        learning_curves: per run, the rows of metrics.jsonl (``updates``, ``episodes``, ``normalized_return``).
        result: the run's result, as in result.json.
        study: the study of the team's language; None for messages that cannot be counted.
        interventions: results with the channel silenced, shuffled and so on, by name.
        example_episodes: episodes to draw.
        measured: the registered metrics.
        run: settings, team and transcript; None for a report that is made without them.
    """

    config: Row = field(default_factory=dict)
    learning_curves: Sequence[Sequence[Row]] = ()
    result: Row = field(default_factory=dict)
    study: Study | None = None
    interventions: Mapping[str, Row] = field(default_factory=dict)
    example_episodes: Sequence[ExampleEpisode] = ()
    measured: Measured = field(default_factory=Measured)
    run: StudiedRun | None = None

    @property
    def settings(self) -> Row:
        """The run's settings alone, without versions."""
        settings: Row = self.config.get("settings", self.config)
        return settings


@dataclass(frozen=True)
class Section:
    """One section of a report.

    Attributes:
        title: its heading.
        body: a ``markupsafe.Markup`` is inserted as HTML; other text is escaped and becomes a paragraph; a matplotlib
            figure is drawn as SVG.
    """

    title: str
    body: "str | Figure"


SectionFunction: TypeAlias = Callable[[ReportData], Section | None]
"""Makes a section; None where it does not apply to a run."""


def paragraph(text: str, warning: bool = False) -> Markup:
    """A paragraph of escaped text."""
    return render("text.html", text=text, warning=warning)
