"""The sections of a report, by name and in their order on the page."""

import warnings
from dataclasses import dataclass

from markupsafe import Markup

from ...protocols.common.errors import invalid
from .charts import figure_svg
from .metrics import check_new, error_message
from .page_sections import language, run
from .page_sections.interpolations import interpolations
from .page_sections.painted_pictures import painted_pictures
from .rendering import render
from .report_data import ReportData, Section, SectionFunction, paragraph


@dataclass(frozen=True)
class RenderedSection:
    """A section as rendered on the page.

    Attributes:
        title: the heading, not yet escaped.
        html: the content below the heading.
    """

    title: str
    html: Markup


def register_report_section(name: str, function: SectionFunction, replace: bool = False) -> None:
    """Add a section to every later report, before the section of settings.

    A section that raises an error does not stop the report: a warning and the page state the error instead.

    Args:
        name: the name of the section.
        function: function of the report's data that returns a ``Section``, or None if it does not apply.
        replace: whether to replace a section of this name, as when a notebook cell runs again.

    Raises:
        ValueError: if the name is taken or empty.
    """
    check_new(name, "section", SECTIONS, replace)
    if name in SECTIONS:
        SECTIONS[name] = function
        return
    last = SECTIONS.pop("settings")
    SECTIONS.update({name: function, "settings": last})


def render_sections(data: ReportData) -> list[RenderedSection]:
    """Render all sections that apply, in order; one that raises is replaced by its name and the error."""
    page: list[RenderedSection] = []
    failed: list[str] = []
    for name, function in SECTIONS.items():
        try:
            section = function(data)
            rendered = None if section is None else _render_section(section)
        except Exception as error:
            message = error_message("section", name, error)
            rendered = RenderedSection(name, paragraph(message, warning=True))
            failed.append(message)
        if rendered:
            page.append(rendered)
    for message in failed:
        warnings.warn(message, RuntimeWarning, stacklevel=2)
    return page


def _render_section(section: object) -> RenderedSection:
    if not isinstance(section, Section) or not isinstance(section.title, str):
        raise invalid(
            "A section function must return a Section with a title, or None", section, "Return Section(title, body)."
        )
    if isinstance(section.body, Markup):
        return RenderedSection(section.title, section.body)
    if isinstance(section.body, str):
        return RenderedSection(section.title, paragraph(section.body))
    svg = figure_svg(section.body, section.title)
    return RenderedSection(section.title, render("figure.html", svg=svg, caption=""))


SECTIONS: dict[str, SectionFunction] = {
    "symbols": language.symbols,
    "learning": run.learning,
    "protocol": language.protocol,
    "compositionality": language.compositional_code,
    "painted_pictures": painted_pictures,
    "interpolations": interpolations,
    "episodes": run.episodes,
    "channel": run.channel,
    "metrics": run.metrics,
    "settings": run.settings,
}
