"""Decision trees, module graphs and scenes as inline SVG; their colors are the page's CSS classes."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ...envs.core.example_episode import ExampleStep
from ...protocols.analysis.trees import Node, Tree
from .rendering import render

COLUMN, ROW, WIDTH, HEIGHT = 164, 42, 130, 28
"""Pixels of a decision tree: distance of columns, distance of leaves, width and height of a box."""
SCENE, TILE = 160, 4
"""Width of the drawing of a step, and the number of characters that fit into the tile of a message."""
MAX_LEAVES = 40
"""Trees with more leaves are not drawn."""


@dataclass(frozen=True)
class Box:
    """A labeled box of a diagram, in pixels.

    Attributes:
        kind: CSS classes of the box.
        x: position of the left edge.
        middle: vertical position of the middle.
        text: the label.
        width: width of the box.
        height: height of the box.
        squeezed: whether the label is compressed to the width of the box.
        note: smaller text after the label.
    """

    kind: str
    x: int
    middle: int | float
    text: str
    width: int = WIDTH
    height: int = HEIGHT
    squeezed: bool = False
    note: str = ""


@dataclass(frozen=True)
class Edge:
    """A line of a diagram: an SVG path, and the position of its label in pixels."""

    path: str
    dashed: bool = False
    label: str = ""
    x: int | float = 0
    y: int | float = 0


def diagram(
    boxes: Sequence[Box], edges: Sequence[Edge], size: tuple[int, int], label: str, narrowest: float = 0.75
) -> Markup:
    """Draw boxes connected by edges, as SVG.

    Args:
        boxes: the boxes, which are drawn on top of the edges.
        edges: the edges.
        size: width and height in pixels.
        label: text alternative of the diagram.
        narrowest: share of the width below which the diagram scrolls instead of shrinking.
    """
    width, height = size
    return render(
        "diagram.svg", boxes=boxes, edges=edges, width=width, height=height, narrowest=narrowest * width, label=label
    )


def tree_svg(tree: Tree, label: str) -> Markup | None:
    """Draw a decision tree with its root on the left; None if it is too large."""
    if tree.root.leaves > MAX_LEAVES:
        return None
    boxes: list[Box] = []
    edges: list[Edge] = []
    _place(tree.root, 0, 0.0, tree.choices, boxes, edges)
    size = ((_depth(tree.root) - 1) * COLUMN + WIDTH + 4, tree.root.leaves * ROW)
    return diagram(boxes, edges, size, label)


def _place(node: Node, x: int, top: float, choices: tuple[str, ...], boxes: list[Box], edges: list[Edge]) -> float:
    """Add a node and its subtree below ``top``; returns the vertical position of the node's middle."""
    if not (node.question and node.yes and node.no):
        middle = top + ROW / 2
        boxes.append(_leaf(node, x, middle, choices))
        return middle
    ends = [_place(node.yes, x + COLUMN, top, choices, boxes, edges)]
    ends += [_place(node.no, x + COLUMN, top + node.yes.leaves * ROW, choices, boxes, edges)]
    middle = sum(ends) / 2
    for word, end in zip(("yes", "no"), ends, strict=True):
        turn = x + WIDTH + 12
        path = f"M{x + WIDTH} {middle:g} H{turn} V{end:g} H{x + COLUMN}"
        edges.append(Edge(path, label=word, x=turn + 3, y=end - 4))
    boxes.append(Box("question", x, middle, node.question, squeezed=len(node.question) > 19))
    return middle


def _leaf(node: Node, x: int, middle: float, choices: tuple[str, ...]) -> Box:
    total = sum(node.counts)
    share = max(node.counts) / total
    note = f"{total:,}×" if share == 1 else f"{share:.0%} of {total:,}"
    kind = f"leaf choice{choices.index(node.choice) % 6}"
    return Box(kind, x, middle, node.choice, squeezed=len(node.choice) > 19, note=note)


def _depth(node: Node) -> int:
    return 1 + max(_depth(node.yes), _depth(node.no)) if node.yes and node.no else 1


def scene_svg(scene: ExampleStep) -> Markup:
    """Draw one step: the active agents between received and sent message, and all agents below, filled if marked."""
    inside = [figure for figure in scene.figures if figure.inside]
    needed = sum(_label_width(figure.name) for figure in scene.figures)
    gap = min(6.0, (SCENE - 4 - needed) / max(1, len(scene.figures) - 1))
    x, seats = (SCENE - needed - gap * (len(scene.figures) - 1)) / 2, []
    for figure in scene.figures:
        width = _label_width(figure.name)
        seats.append((figure, x, width))
        x += width + gap
    return render(
        "scene.svg",
        scene=scene,
        width=SCENE,
        inside=[
            (figure, SCENE / 2 + 30 * (place - (len(inside) - 1) / 2), max(34.0, _label_width(figure.name)))
            for place, figure in enumerate(inside)
        ],
        messages=[(x, label, _short(message)) for x, label, message in scene_messages(scene)],
        seats=seats,
    )


def scene_messages(scene: ExampleStep) -> tuple[tuple[int, str, str | None], ...]:
    """The messages of a step: position of the tile, label, and message."""
    return (25, "received", scene.heard), (SCENE - 25, "sent", scene.sent)


def _label_width(name: str) -> float:
    """The width of the box of a name, in the units of a scene's drawing."""
    return max(20.0, 6.4 * len(name) + 8)


def _short(message: str | None) -> str | None:
    """A message that fits into a tile. The text of the step contains the whole message."""
    return message if message is None or len(message) <= TILE else f"{message[: TILE - 1]}…"
