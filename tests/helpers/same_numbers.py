"""Two folders of results compared number for number, whatever their numbers are called.

A leaf is a number, a flag, a null, a text or an array, at a path of names: file, then keys. Leaves at the same path
must be equal, bit for bit. Those whose path is in one folder only are paired by value, and reported as renamed:
first whole columns (paths that differ in nothing but places in lists), then single leaves.
"""

import json
import math
import re
import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open

IGNORED = {
    r"(.*_)?seconds(_.*)?": "how long something took",
    r".*(throughput|_per_second|a second)": "how fast something was",
    r"versions|version|commit": "which versions of what wrote it",
    r"path|folder|out": "where it was written",
}
"""Names, as whole regular expressions, under which leaves are not compared; and what they say."""
ERROR = "error.txt"
"""What a case that failed leaves behind: its traceback."""
MANY = 100_000
"""Of so many pairs of equal values and more, names that are alike are not looked for."""

Path_ = tuple[str | int, ...]


@dataclass
class Found:
    """What came of a comparison.

    Attributes:
        equal: how many leaves were equal, under whatever name.
        renamed: in which case, from path to path, of how many values.
        texts: texts that changed, with both.
        differences: by path, in words.
    """

    equal: int = 0
    renamed: list[tuple[str, str, str, int]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    differences: list[tuple[str, str]] = field(default_factory=list)

    def unexpected(self, patterns: dict[str, str]) -> tuple[list[tuple[str, str]], list[str]]:
        """Differences whose path matches no pattern; and patterns that no difference matches."""
        rest = [(p, why) for p, why in self.differences if not any(fnmatchcase(p, each) for each in patterns)]
        return rest, [each for each in patterns if not any(fnmatchcase(p, each) for p, _ in self.differences)]


def expected_differences(file: Path) -> dict[str, str]:
    """Patterns of paths, with reasons, from a text file: a line each, ``pattern  # reason``."""
    lines = [line.strip() for line in file.read_text().splitlines()] if file.is_file() else []
    parts = [line.partition("  # ") for line in lines if line and not line.startswith("#")]
    for pattern, _, reason in parts:
        if not reason.strip():
            raise ValueError(f"{file}: {pattern!r} has no reason. Write `pattern  # reason`, with two spaces.")
    return {pattern.strip(): reason.strip() for pattern, _, reason in parts}


def compare_folders(before: Path, after: Path) -> Found:
    """Compare two folders of cases. A case is a folder that holds files."""
    found = Found()
    cases = [{str(f.parent.relative_to(top)) for f in top.glob("**/case.txt")} for top in (before, after)]
    for case in sorted(cases[0] | cases[1]):
        sides = [top / case for top in (before, after)]
        failed = [side for side, folder in zip(("before", "after"), sides, strict=True) if (folder / ERROR).is_file()]
        for side in failed:
            text = ((before if side == "before" else after) / case / ERROR).read_text().strip()
            found.differences.append((case, f"failed {side}: {text.splitlines()[-1] if text else 'no message'}"))
        missing = [side for side, known in zip(("before", "after"), cases, strict=True) if case not in known]
        if missing:
            found.differences.append((case, f"no such case {missing[0]}"))
        elif not failed:
            _compare(case, dict(leaves(sides[0])), dict(leaves(sides[1])), found)
    if not cases[0] | cases[1]:
        found.differences.append((".", "no cases on either side"))
    found.differences.sort()
    return found


def leaves(folder: Path) -> Iterator[tuple[Path_, Any]]:
    """All leaves of all files of a case."""
    for file in sorted(folder.rglob("*")):
        name = str(file.relative_to(folder))
        if file.suffix == ".json":
            yield from _flat((name,), json.loads(file.read_text()))
        elif file.suffix == ".jsonl":
            yield from _flat((name,), [json.loads(line) for line in file.read_text().splitlines()])
        elif file.suffix == ".safetensors":
            with safe_open(file, framework="numpy") as tensors:
                yield from (((name, key), tensors.get_tensor(key)) for key in tensors.keys())  # noqa: SIM118
        elif file.suffix == ".npz":
            with np.load(file) as arrays:
                yield from (((name, key), arrays[key]) for key in arrays)


def _flat(path: Path_, value: Any) -> Iterator[tuple[Path_, Any]]:
    if isinstance(path[-1], str) and len(path) > 1 and any(re.fullmatch(name, path[-1]) for name in IGNORED):
        return
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from _flat((*path, key), each)
    elif isinstance(value, list) and value:
        for place, each in enumerate(value):
            yield from _flat((*path, place), each)
    else:
        yield path, value


def _token(value: Any) -> Any:
    """What two leaves have in common if and only if they are equal, bit for bit; NaN is NaN."""
    if isinstance(value, float):
        return "float", "nan" if math.isnan(value) else struct.pack("<d", value)
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "f":
            value = np.where(np.isnan(value), np.asarray(np.nan, value.dtype), value)
        return str(value.dtype), value.shape, value.tobytes()
    return type(value).__name__, str(value)


def _compare(case: str, old: dict[Path_, Any], new: dict[Path_, Any], found: Found) -> None:
    for path in old.keys() & new.keys():
        one, other = old[path], new[path]
        if _token(one) == _token(other):
            found.equal += 1
        elif isinstance(one, str) and isinstance(other, str):
            found.texts.append(f"{_said(case, path)}: {one!r} -> {other!r}")
        else:
            found.differences.append((_said(case, path), f"{_shown(one)} -> {_shown(other)}{_far(one, other)}"))
    left = [
        {path: value for path, value in side.items() if path not in beside and not isinstance(value, str)}
        for side, beside in ((old, new), (new, old))
    ]
    for side, beside, when in ((old, new, "before"), (new, old, "after")):
        found.texts += [
            f"{_said(case, path)}: {value!r} only {when}"
            for path, value in side.items()
            if path not in beside and isinstance(value, str)
        ]
    for columns in (True, False):
        _pair(case, left[0], left[1], found, columns)
    for side, when in zip(left, ("before", "after"), strict=True):
        found.differences += [(_said(case, path), f"{_shown(value)} only {when}") for path, value in side.items()]


def _pair(case: str, old: dict[Path_, Any], new: dict[Path_, Any], found: Found, columns: bool) -> None:
    """Pair what is equal, the more alike in name the sooner; what was paired is taken out of both."""
    buckets: dict[Any, tuple[list[Any], list[Any]]] = defaultdict(lambda: ([], []))
    for side, values in enumerate((old, new)):
        grouped: dict[Any, list[Path_]] = defaultdict(list)
        for path in values:
            grouped[tuple("*" if isinstance(part, int) else part for part in path) if columns else path].append(path)
        for name, paths in grouped.items():
            buckets[tuple(_token(values[path]) for path in paths)][side].append((name, paths))
    for ours, theirs in buckets.values():
        taken: tuple[set[int], set[int]] = (set(), set())
        if len(ours) * len(theirs) < MANY:
            tried = sorted(
                ((-_alike(a[0], b[0]), i, j) for i, a in enumerate(ours) for j, b in enumerate(theirs)),
            )
        else:
            tried = [(0, i, i) for i in range(min(len(ours), len(theirs)))]
        for _, i, j in tried:
            if i in taken[0] or j in taken[1]:
                continue
            taken[0].add(i)
            taken[1].add(j)
            (one, paths), (other, others) = ours[i], theirs[j]
            found.equal += len(paths)
            found.renamed.append((case, _named(one), _named(other), len(paths)))
            for path, beside in zip(paths, others, strict=True):
                del old[path], new[beside]


def _alike(one: Path_, other: Path_) -> int:
    """How many parts of two paths are equal, from the front and from the back; parts between dots count too."""
    first, second = (re.split(r"[/._]", "/".join(map(str, path))) for path in (one, other))
    front = next((n for n, (x, y) in enumerate(zip(first, second, strict=False)) if x != y), len(first))
    back = next((n for n, (x, y) in enumerate(zip(first[::-1], second[::-1], strict=False)) if x != y), len(first))
    return front + back


def _said(case: str, path: Path_) -> str:
    return f"{case}/{_named(path)}"


def _named(path: Path_) -> str:
    return f"{path[0]}:{'.'.join(map(str, path[1:]))}"


def _shown(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{list(value.shape)}" + (f" {value.tolist()}" if value.size < 5 else "")
    return repr(value)


def _far(one: Any, other: Any) -> str:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray) and one.shape == other.shape and one.size:
        far = np.abs(one.astype(np.float64) - other.astype(np.float64))
        return f", {int((far != 0).sum())} of {one.size} numbers, by at most {np.nanmax(far):.3g}"
    return ""
