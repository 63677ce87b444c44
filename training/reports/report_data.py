"""The data of a report, and its sections."""

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
    """All data that the sections of a report can show; attributes that were not measured are empty or None.

    Attributes:
        config: the run's settings, as in config.json.
        learning_curves: per run, the rows of metrics.jsonl (``updates``, ``episodes``, ``normalized_return``).
        result: the run's result, as in result.json.
        study: the study of the team's language; None for messages that cannot be counted.
        interventions: results under interventions on the channel, by name of the intervention.
        example_episodes: the episodes to draw.
        measured: the values of the registered metrics.
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
        """The run's settings, without versions."""
        settings: Row = self.config.get("settings", self.config)
        return settings


@dataclass(frozen=True)
class Section:
    """One section of a report.

    Attributes:
        title: its heading.
        body: its content. A ``markupsafe.Markup`` is inserted as HTML, other text is escaped and becomes a paragraph,
            and a matplotlib figure is drawn as SVG.
    """

    title: str
    body: "str | Figure"


SectionFunction: TypeAlias = Callable[[ReportData], Section | None]
"""Returns a section, or None if it does not apply to a run."""


def paragraph(text: str, warning: bool = False) -> Markup:
    """Render text as a paragraph; it is escaped."""
    return render("text.html", text=text, warning=warning)
