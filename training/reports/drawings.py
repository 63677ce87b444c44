"""Decision trees and scenes as inline SVG, drawn by hand; colors are the page's own (CSS classes)."""

from html import escape

from ...envs.core.example_episode import ExampleStep
from ...protocols.analysis.trees import Node, Tree

COLUMN, ROW, BOX, TALL = 164, 42, 130, 28
"""Pixels: from one question to the next, between leaves, width and height of a box."""
MOST_LEAVES = 40
"""A larger tree is not drawn."""


def tree_svg(tree: Tree, label: str) -> str | None:
    """A decision tree, its root at the left; None if it is too large to be drawn."""
    if tree.root.leaves > MOST_LEAVES:
        return None
    parts: list[str] = []
    _place(tree.root, 0, 0.0, tree.choices, parts)
    width, height = (_depth(tree.root) - 1) * COLUMN + BOX + 4, tree.root.leaves * ROW
    size = f"max-width: {width}px; min-width: {0.75 * width:.0f}px"
    head = f'<svg class="tree" viewBox="-2 0 {width} {height}" style="{size}" role="img"'
    return f'{head} aria-label="{escape(label)}">{"".join(parts)}</svg>'


def _place(node: Node, depth: int, top: float, choices: tuple[str, ...], parts: list[str]) -> float:
    """Draw a node and what is below it, from ``top`` down; returns the height of the node's middle."""
    x = depth * COLUMN
    if not (node.question and node.yes and node.no):
        middle = top + ROW / 2
        parts.append(_leaf(node, x, middle, choices))
        return middle
    ends = [_place(node.yes, depth + 1, top, choices, parts)]
    ends += [_place(node.no, depth + 1, top + node.yes.leaves * ROW, choices, parts)]
    middle = sum(ends) / 2
    for word, end in zip(("yes", "no"), ends, strict=True):
        start, stop, turn = x + BOX, x + COLUMN, x + BOX + 12
        parts.append(f'<path class="edge" d="M{start} {middle:g} H{turn} V{end:g} H{stop}"/>')
        parts.append(f'<text class="answer" x="{turn + 3}" y="{end - 4:g}">{word}</text>')
    parts.append(_box("question", x, middle, node.question))
    return middle


def _leaf(node: Node, x: int, middle: float, choices: tuple[str, ...]) -> str:
    total = sum(node.counts)
    share = max(node.counts) / total
    pure = f"{total:,}×" if share == 1 else f"{share:.0%} of {total:,}"
    kind = f"leaf choice{choices.index(node.choice) % 6}"
    return _box(kind, x, middle, node.choice, f'<tspan class="times" dx="8">{pure}</tspan>')


def _box(kind: str, x: int, middle: float, text: str, more: str = "") -> str:
    box = f'<rect class="{kind}" x="{x}" y="{middle - TALL / 2:g}" width="{BOX}" height="{TALL}" rx="7"/>'
    long = f' textLength="{BOX - 12}" lengthAdjust="spacingAndGlyphs"' if len(text) > 19 else ""
    return f'{box}<text x="{x + BOX / 2:g}" y="{middle + 4.5:g}" text-anchor="middle"{long}>{escape(text)}{more}</text>'


def _depth(node: Node) -> int:
    return 1 + max(_depth(node.yes), _depth(node.no)) if node.yes and node.no else 1


def scene_svg(scene: ExampleStep) -> str:
    """One step: who is inside, between what it heard and what it sent; below, everybody, filled if marked."""
    parts = ['<rect class="room" x="2" y="26" width="156" height="72" rx="10"/>']
    for x, label, message in ((28, "hears", scene.heard), (132, "says", scene.sent)):
        kind = "tile" if message is not None else "tile empty"
        parts.append(f'<rect class="{kind}" x="{x - 17}" y="45" width="34" height="30" rx="6"/>')
        parts.append(_text(x, 65, message if message is not None else "–", "message"))
        parts.append(_text(x, 90, label, "small"))
    for x in (50, 104):
        parts.append(f'<path class="arrow" d="M{x} 60 h6 m-3 -3 l3 3 l-3 3"/>')
    inside = [figure for figure in scene.figures if figure.inside]
    for place, figure in enumerate(inside):
        at = 80 + 30 * (place - (len(inside) - 1) / 2)
        parts.append(f'<circle class="figure inside" cx="{at:g}" cy="60" r="17"/>' + _text(at, 65, figure.name, "name"))
    if scene.final_action:
        parts.append('<path class="bubble" d="M48 2 h64 a6 6 0 0 1 6 6 v12 a6 6 0 0 1 -6 6 h-26 l-6 12 l-6 -12 h-26'
                     ' a6 6 0 0 1 -6 -6 v-12 a6 6 0 0 1 6 -6 z"/>')  # fmt: skip
        parts.append(_text(80, 19, f"{scene.final_action}!", "cry"))
    gap = min(26.0, 150 / len(scene.figures))
    for place, figure in enumerate(scene.figures):
        at = 80 + gap * (place - (len(scene.figures) - 1) / 2)
        kind = "figure marked" if figure.marked else "figure"
        parts.append(f'<circle class="{kind}" cx="{at:g}" cy="118" r="{min(10, gap * 0.45):g}"/>')
        parts.append(_text(at, 122, figure.name, "seat marked" if figure.marked else "seat"))
    return (
        f'<svg class="scene" viewBox="0 0 160 132" role="img" aria-label="{escape(scene.text)}">{"".join(parts)}</svg>'
    )


def _text(x: int | float, y: int, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="middle">{escape(text)}</text>'
