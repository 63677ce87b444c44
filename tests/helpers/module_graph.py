"""The graph of a project's modules: which module imports which, wherever in the file the import stands."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path


def module_graph(root: Path, folders: Iterable[str]) -> dict[str, set[str]]:
    """The imported modules of each module, by names such as ``training.runs.loop``.

    All relative imports count, those in functions and under ``TYPE_CHECKING`` included. A package is the module of its
    ``__init__``; importing from one of its modules does not import it.
    """
    paths = {_name(path.relative_to(root)): path for top in folders for path in sorted((root / top).rglob("*.py"))}
    return {name: set(_imported(path.relative_to(root), path.read_text(), paths)) for name, path in paths.items()}


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """The sets of modules that import each other: the strongly connected components that hold a circle."""
    reached = {module: _reached(graph, module) for module in graph}
    found = {tuple(sorted(other for other in reached[module] if module in reached[other])) for module in graph}
    return sorted(list(component) for component in found if component)


def misordered(graph: Mapping[str, set[str]], package: str, order: tuple[str, ...]) -> list[str]:
    """Imports between the folders of a package that do not follow their order.

    A folder imports only folders that stand before it. The last one holds scripts, which no module imports.
    """
    wrong = []
    for module, imported in sorted(graph.items()):
        for other in sorted(imported):
            here, there = (name.split(".")[1] if "." in name else "" for name in (module, other))
            if module.split(".")[0] != package or other.split(".")[0] != package:
                continue
            inside = here == there and there != order[-1]
            before = order[: order.index(here)] if here in order else order[:-1]
            if not inside and there not in before and (there or here in order[:-1]):
                wrong.append(f"{module} imports {other}")
    return wrong


def _name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(path: Path, code: str, modules: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.level:
            parts = path.parent.parts[: len(path.parent.parts) - node.level + 1]
            base = ".".join([*parts, *([node.module] if node.module else [])])
            for alias in node.names:
                yield from [name for name in (f"{base}.{alias.name}", base) if name in modules][:1]


def _reached(graph: Mapping[str, set[str]], start: str) -> set[str]:
    """All modules that ``start`` imports, directly or not."""
    found: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += graph[module]
    return found
