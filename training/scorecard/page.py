"""operators.html: one self-contained page of a scorecard, private and public side by side."""

from collections.abc import Mapping, Sequence
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ...agents.operators.measuring import CONTRAST
from ...protocols.common.files import write_bytes
from ..reports.charts import relearning_curves
from ..reports.style import STYLE
from .card import SHORT, Row, cell
from .graph_svg import graph_svg

MUCH = 0.25
"""A loss that is shown in the stronger color."""
READ = (
    "Before is the function of what was trained, scaled to what the new structure can reach; at once is right after "
    "the operator; interfaces re-learned is after small borders learned, while every other module stayed as it was. "
    "The controls have the same borders and budget around modules that were never trained, or have the touched "
    "modules taken out. Retained is (after - control) / (before - control), with the better control: 1 is all, 0 is "
    "what needs nothing that was learned; where before is not .05 above it, nothing is said."
)


def write_page(path: Path, sides: Mapping[str, Mapping[int, Sequence[Row]]], said: Mapping[str, Any]) -> Path:
    """Write the page.

    Args:
        path: of the HTML file; it is replaced as a whole.
        sides: each folder's rows by seed.
        said: what operators.json says.

    Returns:
        ``path``.
    """
    counted = "; ".join(_counted(escape(side), found["origins"]) for side, found in said.items())
    first = next(iter(sides.values()))
    names = [(row.operator, row.what) for row in next(iter(first.values()))]
    parts = [_operator(place, name, sides, said) for place, name in enumerate(names)]
    page = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Operators</title>
<style>{STYLE}</style>
</head>
<body>
<header><p class="kicker">{counted}</p><h1>What the operators leave</h1><p class="lead">{READ}</p></header>
{_overview(names, said)}
{"".join(parts)}
<footer>Written by interlect {escape(version("interlect"))}.</footer>
</body>
</html>
"""
    write_bytes(path, page.encode())
    return path


def _counted(side: str, origins: Mapping[str, Mapping[str, Any]]) -> str:
    """How many seeds a side has, the budget of re-learning, and which seeds have not learned to the end."""
    unfinished = [
        f"seed {seed} after {origin['checkpoint']:,} of {origin['settings']['updates']:,} updates"
        for seed, origin in origins.items()
        if origin["checkpoint"] < origin["settings"]["updates"]
    ]
    lasting = dict.fromkeys(str(origin["relearning_updates"]) for origin in origins.values())
    counted = f"{side}: {len(origins)} seed{'s' if len(origins) > 1 else ''}"
    return ", ".join([counted, f"re-learning on a budget of {' or '.join(lasting)} updates", *unfinished])


def _overview(names: Sequence[tuple[str, str]], said: Mapping[str, Any]) -> str:
    heads = "".join(f'<th class="number">{head}</th>' for head in SHORT.values())
    rows = []
    for place, (operator, what) in enumerate(names):
        for number, (side, found) in enumerate(said.items()):
            card = found["card"][place]
            claim = escape(card["claim"].split(":")[0])
            title = f"<b>{escape(operator)}</b> ({claim})<br>{escape(what)}"
            first = f'<th rowspan="{len(said)}">{title}</th>' if number == 0 else ""
            cells = "".join(f'<td class="number">{cell(card[name])}</td>' for name in SHORT)
            size = f"{card['touched']:,} ({card['share']:.1%})" if card["touched"] else "–"
            rows.append(f'<tr>{first}<td>{escape(side)}</td>{cells}<td class="number">{size}</td></tr>')
    head = f'<tr><th>operator (claim)</th><th>of</th>{heads}<th class="number">learned</th></tr>'
    note = (
        "Means over seeds, ± half a 95% t-interval; learned: parameters of interfaces, and their share of an agent's."
    )
    return f'<div class="scroll"><table><caption>{note}</caption><thead>{head}</thead>{"".join(rows)}</table></div>'


def _lesions(side: str, matrix: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    """A lesion matrix, whose cells are colored by how much is lost."""
    tasks = list(next(iter(matrix.values())))
    heads = "".join(f'<th class="number">{escape(task)}</th>' for task in tasks)
    rows = "".join(
        f"<tr><th>{escape(lost)}</th>"
        + "".join(f'<td class="number {_color(loss[0])}">{cell(loss)}</td>' for loss in losses.values())
        + "</tr>"
        for lost, losses in matrix.items()
    )
    caption = (
        f"<caption>What each sub-task loses, {escape(side)}; colored from {CONTRAST:g} and from {MUCH:g} on</caption>"
    )
    return f"<div class='scroll'><table>{caption}<thead><tr><th></th>{heads}</tr></thead>{rows}</table></div>"


def _color(loss: float) -> str:
    return "choice1" if loss >= MUCH else "choice0" if loss >= CONTRAST else ""


def _operator(
    place: int, name: tuple[str, str], sides: Mapping[str, Mapping[int, Sequence[Row]]], said: Mapping[str, Any]
) -> str:
    """What there is to say of one row: claims, notes, details, graphs before and after, curves."""
    parts = [f"<h2>{escape(name[0])}: {escape(name[1])}</h2>"]
    cards = {side: found["card"][place] for side, found in said.items()}
    claims = dict.fromkeys(card["claim"] for card in cards.values())
    notes = dict.fromkeys(card["note"] for card in cards.values() if card["note"])
    parts += [f"<p>Claim: {escape(claim)}</p>" for claim in claims]
    parts += [f'<p class="note">{escape(note)}</p>' for note in notes]
    details = dict.fromkeys(key for card in cards.values() for key in card["details"])
    if details:
        heads = "".join(f'<th class="number">{escape(side)}</th>' for side in cards)
        rows = "".join(
            f"<tr><th>{escape(key)}</th>"
            + "".join(f'<td class="number">{cell(card["details"].get(key))}</td>' for card in cards.values())
            + "</tr>"
            for key in details
        )
        parts.append(f"<div class='scroll'><table><thead><tr><th></th>{heads}</tr></thead>{rows}</table></div>")
    parts += [_lesions(side, card["lesions"]) for side, card in cards.items() if card["lesions"]]
    curves = {
        side: [(rows[place].curve, rows[place].control_curve) for rows in seeds.values()]
        for side, seeds in sides.items()
    }
    chart = relearning_curves(curves, f"Re-learning of interfaces: {name[1]}")
    if chart:
        words = "Lines: interfaces re-learned, a seed each. Dashed: the same around modules that were never trained."
        parts.append(f'<figure class="chart">{chart}<figcaption>{words}</figcaption></figure>')
    first = next(iter(next(iter(sides.values())).values()))[place]
    if first.graphs:
        before, after = first.graphs
        drawn = [("before", graph_svg(before, before, "before")), ("after", graph_svg(after, before, "after"))]
        figures = [
            f"<figure><div class='scroll'>{svg}</div><figcaption>{word}</figcaption></figure>" for word, svg in drawn
        ]
        parts += figures
    return f"<section>{''.join(parts)}</section>"
