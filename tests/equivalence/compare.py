"""Compare two commits number for number: ``make compare BASE=COMMIT [AFTER=COMMIT]``.

Each commit is checked out into a temporary folder and installed into an environment of its own, and runs its own cases
(see run_cases.py), both at the same time. Then what they wrote is compared: see tests/helpers/same_numbers.py. Names
may change, numbers may not, unless expected_differences.txt lists them. The status is 0 only if nothing else differs.
"""

import argparse
import os
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import time
from collections import defaultdict
from io import BytesIO
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "helpers"))

from same_numbers import Found, compare_folders, expected_differences  # noqa: E402

CASES = Path("tests/equivalence/run_cases.py")
SHOWN = 60
"""Lines of each kind, unless --verbose."""


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def check_out(commit: str, folder: Path) -> Path:
    """The files of a commit, and an environment in which it is installed; its interpreter."""
    source, environment = folder / "source", folder / "environment"
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=BytesIO(packed)) as files:
        files.extractall(source, filter="data")
    if not (source / CASES).is_file():
        raise SystemExit(f"{commit} has no {CASES}: choose a commit that has, or add it there.")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    show = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(subprocess.run([python, "-c", show], check=True, capture_output=True, text=True).stdout.strip())
    install = ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation"]
    subprocess.run([sys.executable, "-m", "pip", *install, "--target", site, source], check=True)
    # Dependencies are lent; .pth files in a folder that is lent are not read, so an editable install stays out.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    where = "import interlect.training as t; print(t.__file__)"
    told = subprocess.run([python, "-c", where], check=True, capture_output=True, text=True, cwd=folder)
    if not Path(told.stdout.strip()).resolve().is_relative_to(site.resolve()):
        raise SystemExit(f"The environment of {commit} imports {told.stdout.strip()}, which is not its own.")
    return python


def start(python: Path, folder: Path, only: str, jobs: int) -> subprocess.Popen[bytes]:
    """Run the cases of a commit, into ``out``."""
    one = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "MKL", "OPENBLAS")}
    environment = os.environ | one | {"PYTHONHASHSEED": "0", "COLUMNS": "200", "MPLBACKEND": "agg"}
    environment.pop("PYTHONPATH", None)
    words = [python, folder / "source" / CASES, folder / "out", "--only", only, "--jobs", str(jobs)]
    return subprocess.Popen(words, cwd=folder, env=environment)


def report(found: Found, patterns: dict[str, str], verbose: bool) -> bool:
    """Print what came of it; whether nothing differs that is not expected."""
    unexpected, unseen = found.unexpected(patterns)
    renamed = [
        f"renamed: {old} -> {new} ({sum(n for _, n in where)} values; cases: {len(where)}, first {where[0][0]})"
        for (old, new), where in _in_all_cases(found).items()
    ]
    _show(renamed, "renamed", verbose)
    _show([f"text changed: {text}" for text in found.texts] if verbose else [], "texts", verbose)
    _show([f"DIFFERENCE: {path}: {why}" for path, why in unexpected], "differences", verbose)
    _show([f"expected, but not seen: {each} ({patterns[each]})" for each in unseen], "expected", True)
    listed = len(found.differences) - len(unexpected)
    say(
        f"{found.equal} values equal, {len(renamed)} names changed, {len(found.texts)} texts changed, "
        f"{listed} expected differences, {len(unexpected)} other differences"
    )
    return not unexpected


def _in_all_cases(found: Found) -> dict[tuple[str, str], list[tuple[str, int]]]:
    """By the two names: in which cases, and of how many values."""
    where: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
    for case, old, new, values in found.renamed:
        where[old, new].append((case, values))
    return where


def _show(lines: list[str], what: str, verbose: bool) -> None:
    for line in lines if verbose else lines[:SHOWN]:
        say(line)
    if not verbose and len(lines) > SHOWN:
        say(f"... and {len(lines) - SHOWN} more {what}; --verbose shows all")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("base", help="the commit before")
    parser.add_argument("after", nargs="?", default="HEAD", help="the commit after; HEAD if not given")
    parser.add_argument("--only", default="*", help="cases whose names match this pattern")
    parser.add_argument("--jobs", type=int, default=1, help="cases at the same time, of each commit")
    parser.add_argument("--allow", action="append", default=[], help="a pattern of paths that may differ")
    parser.add_argument(
        "--folder", type=Path, help="a new folder where all of it is kept; a temporary one if not given"
    )
    parser.add_argument("--verbose", action="store_true", help="every name and text that changed")
    words = parser.parse_args()
    patterns = expected_differences(HERE / "expected_differences.txt") | dict.fromkeys(words.allow, "--allow")
    with tempfile.TemporaryDirectory(prefix="compare-") as temporary:
        top = (words.folder or Path(temporary)).resolve()
        sides = {side: top / side for side in ("before", "after")}
        pythons = [
            check_out(commit, folder) for commit, folder in zip((words.base, words.after), sides.values(), strict=True)
        ]
        begun = time.monotonic()
        running = [start(p, f, words.only, words.jobs) for p, f in zip(pythons, sides.values(), strict=True)]
        statuses = [process.wait() for process in running]
        if any(statuses):
            raise SystemExit("The cases could not be run: see above.")
        say(f"Both commits ran their cases in {time.monotonic() - begun:.0f} s.")
        found = compare_folders(*(folder / "out" for folder in sides.values()))
        return 0 if report(found, patterns, words.verbose) else 1


if __name__ == "__main__":
    sys.exit(main())
