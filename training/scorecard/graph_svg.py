"""A module graph as inline SVG: inputs on the left, outputs on the right, and changed modules marked."""

from markupsafe import Markup

from ...agents import Graph
from ...agents.graph import INPUT, OUTPUT
from ..reports.drawings import Box, Edge, diagram

COLUMN, ROW, WIDTH, HEIGHT = 104, 40, 84, 26
"""Pixels: distance of columns, distance of boxes, width and height of a box."""


def graph_svg(graph: Graph, other: Graph, label: str) -> Markup:
    """Draw one graph; modules that are missing from the other graph, or differ in it, are marked.

    Args:
        graph: the graph to draw.
        other: the graph to compare it with.
        label: text alternative.
    """
    place = _places(graph)
    width, height = ((max(end[axis] for end in place.values()) + 1) * size for axis, size in ((0, COLUMN), (1, ROW)))
    joined = dict.fromkeys((_end(w.source), _end(w.target), bool(w.delay)) for w in graph.wires)
    edges = [Edge(_path(place[start], place[end]), dashed=delayed) for start, end, delayed in joined]
    boxes = []
    for name, (x, y) in place.items():
        module = graph.modules.get(name)
        changed = other.modules.get(name) is not module
        kind = "leaf choice0" if module is None else "leaf choice1" if changed else "question"
        text = name.partition(".")[2] if module is None else name
        boxes.append(Box(kind, x * COLUMN, y * ROW + 20.0, text, WIDTH, HEIGHT, squeezed=len(text) > 11))
    return diagram(boxes, edges, (width, height), label, narrowest=0.6)


def _end(end: str) -> str:
    """The box of a wire's end: a module, or an input or output of the graph."""
    module = end.partition(".")[0]
    return end if module in (INPUT, OUTPUT) else module


def _places(graph: Graph) -> dict[str, tuple[int, int]]:
    """Column and row of each box; each row is as close as possible to those of the box's inputs."""
    column = _columns(graph)
    place: dict[str, tuple[int, int]] = {}
    for x in range(max(column.values()) + 1):
        desired = {}
        for name in (name for name, at in column.items() if at == x):
            input_rows = [
                place[_end(w.source)][1] for w in graph.wires if _end(w.target) == name and _end(w.source) in place
            ]
            desired[name] = round(sum(input_rows) / len(input_rows)) if input_rows else 0
        row = 0
        for name, desired_row in sorted(desired.items(), key=lambda pair: pair[1]):
            row = max(row, desired_row)
            place[name] = (x, row)
            row += 1
    return place


def _columns(graph: Graph) -> dict[str, int]:
    """The column of each box: the length of the longest path without delay that leads to it."""
    column: dict[str, int] = {f"{INPUT}.{name}": 0 for name in graph.inputs}
    for name in graph.order():
        before = [_end(wire.source) for wire in graph.wires if wire.receiver == name and not wire.delay]
        column[name] = 1 + max((column[end] for end in before), default=0)
    last = 1 + max(column.values())
    return column | {f"{OUTPUT}.{name}": last for name in graph.outputs}


def _path(start: tuple[int, int], end: tuple[int, int]) -> str:
    x, y = start[0] * COLUMN + WIDTH, start[1] * ROW + 20
    to_x, to_y = end[0] * COLUMN, end[1] * ROW + 20
    bend = max(24, abs(to_x - x) / 2)
    return f"M{x} {y} C{x + bend:g} {y} {to_x - bend:g} {to_y} {to_x} {to_y}"
