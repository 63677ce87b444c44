"""HTML and SVG from Jinja2 templates; every value is escaped unless it is ``Markup``."""

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ...protocols.analysis.language import percent
from ...protocols.analysis.trees import to_words
from ..runs.figures import decimals

FOLDER = Path(__file__).parent / "templates"


def code(text: str) -> Markup:
    """Escape text, and format the parts between backticks as code."""
    pieces = str(escape(text)).split("`")
    return Markup("".join(f"<code>{piece}</code>" if place % 2 else piece for place, piece in enumerate(pieces)))


def number(value: Any) -> str:
    """Format a number with up to four decimals and thousands separators; None becomes a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, float):
        small = value != 0 and abs(value) < 0.001
        return f"{value:.2g}" if small else f"{value:,.1f}" if abs(value) >= 10 else decimals(value)
    return f"{value:,}"


class Templates:
    """The templates of reports and of additional folders.

    Args:
        folders: folders of templates, which may extend and import those of reports.
        filters: additional filters by name.
    """

    def __init__(self, *folders: Path, **filters: Callable[..., Any]) -> None:
        self._environment = Environment(
            autoescape=True,
            loader=FileSystemLoader([*folders, FOLDER]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "number": number,
            "percent": percent,
            "to_words": to_words,
            "code": code,
        } | filters
        self._environment.globals["version"] = version("interlect")

    def render(self, name: str, **values: Any) -> Markup:
        """Render a template with these values.

        Args:
            name: name of the template file, without ``.jinja``.
            values: values by the name that the template uses.

        Raises:
            jinja2.TemplateNotFound: if no folder contains the template.
            jinja2.UndefinedError: if a value is missing.
        """
        return Markup(self._environment.get_template(f"{name}.jinja").render(values).strip())


render = Templates().render
"""Renders a template of the reports."""
