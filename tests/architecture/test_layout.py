"""What lies where: the repository's top level, its packages, the size and the words of its files."""

import fnmatch
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("agents", "envs", "protocols", "training")
TOP_LEVEL = {
    *ROOMS,
    "tests",
    "docs",
    ".ci",
    ".gitignore",
    "pyproject.toml",
    "requirements.lock",
    "Makefile",
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "DECISIONS.md",
    "LICENSE",
}
MOST_LINES = 400
MOST_FILES = 14
"""Python files in one folder of a package."""


def project_files(root: Path) -> Iterator[Path]:
    """The files below ``root`` that its .gitignore lets into the project."""
    ignored = [".git", ".git/", *(root / ".gitignore").read_text().split()]
    anywhere = [pattern for pattern in ignored if not pattern.startswith("/")]
    for path in sorted(root.iterdir()):
        if not _ignored(path, [pattern.removeprefix("/") for pattern in ignored]):
            yield from _kept(path, anywhere)


def _kept(path: Path, ignored: list[str]) -> Iterator[Path]:
    if _ignored(path, ignored):
        return
    if path.is_dir():
        for child in sorted(path.iterdir()):
            yield from _kept(child, ignored)
    else:
        yield path


def _ignored(path: Path, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatch(path.name, p.rstrip("/")) and (path.is_dir() or not p.endswith("/")) for p in patterns)


def unexpected_top_level(root: Path) -> set[str]:
    """Names at the top that the design does not know, or knows and misses."""
    return {path.relative_to(root).parts[0] for path in project_files(root)} ^ TOP_LEVEL


def long_files(root: Path) -> list[str]:
    """Python files with too many lines."""
    python = (path for path in project_files(root) if path.suffix == ".py")
    return [str(path.relative_to(root)) for path in python if len(path.read_text().splitlines()) > MOST_LINES]


def crowded_folders(root: Path) -> list[str]:
    """Folders of the packages with too many Python files."""
    files = (path.relative_to(root) for path in project_files(root) if path.suffix == ".py")
    counts = Counter(path.parent for path in files if path.parts[0] in ROOMS)
    return [f"{folder}: {count} files" for folder, count in counts.items() if count > MOST_FILES]


TOP_PACKAGE = Path("protocols", "interlect")
"""The folder that is installed as ``interlect`` itself."""


def _installed(folder: Path) -> str:
    """The name under which a folder is installed."""
    return "interlect" if folder == TOP_PACKAGE else ".".join(("interlect", *folder.parts))


def misplaced_packages(root: Path) -> list[str]:
    """Where the folders with Python files, the packages in pyproject.toml and the py.typed markers disagree."""
    setuptools = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"]
    named = set(setuptools["packages"])
    files = [
        path.relative_to(root)
        for room in ROOMS
        for path in project_files(root)
        if room == path.relative_to(root).parts[0]
    ]
    found = {_installed(path.parent) for path in files if path.suffix == ".py"}
    wrong = [f"{name} is not in pyproject.toml's packages" for name in sorted(found - named)]
    wrong += [f"{name} is in pyproject.toml's packages and has no Python files" for name in sorted(named - found)]
    for name in sorted(found):
        folder = TOP_PACKAGE if name == "interlect" else Path(*name.split(".")[1:])
        wrong += [f"{folder}/{file} is missing" for file in ("__init__.py", "py.typed") if folder / file not in files]
    mapped = setuptools["package-dir"]
    return wrong + [
        f"package-dir does not map interlect.{room}" for room in ROOMS if mapped.get(f"interlect.{room}") != room
    ]


def _pattern(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words))


# Written so that this file does not itself hold what it looks for.
FOREIGN = _pattern(
    r"(?<![\w.~])/(?:home|root|work|Users)/\w",
    r"[A-Z]:\\+Users",
    r"\bpypi\b\.",
    r"python[h]osted",
    r"download\.py[t]orch",
    r"ind[e]x-url",
)


def foreign_words(root: Path) -> list[str]:
    """Files that are not text, or name a path of one machine or a package registry's host."""
    wrong = []
    for path in project_files(root):
        try:
            match = FOREIGN.search(path.read_bytes().decode())
        except UnicodeDecodeError:
            wrong.append(f"{path.relative_to(root)}: is not text")
            continue
        if match:
            wrong.append(f"{path.relative_to(root)}: {match[0]}")
    return wrong


def test_top_level_is_as_designed() -> None:
    assert unexpected_top_level(ROOT) == set()


def test_files_are_short() -> None:
    assert long_files(ROOT) == []


def test_folders_hold_few_files() -> None:
    assert crowded_folders(ROOT) == []


def test_packages_are_listed_and_typed() -> None:
    assert misplaced_packages(ROOT) == []


def test_no_machine_path_registry_or_binary() -> None:
    assert foreign_words(ROOT) == []


def test_tests_are_no_package() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small project that passes every check here."""
    for name in TOP_LEVEL:
        folder = name in (*ROOMS, "tests", "docs", ".ci")
        path = tmp_path / name / "run" if folder and name not in ROOMS else tmp_path / name
        path = path / "__init__.py" if name in ROOMS else path
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
        if name in ROOMS:
            (tmp_path / name / "py.typed").write_text("")
    (tmp_path / ".gitignore").write_text("*.egg-info/\nruns/\n")
    packages = ", ".join(f'"interlect.{room}"' for room in ROOMS)
    mapping = "\n".join(f'"interlect.{room}" = "{room}"' for room in ROOMS)
    pyproject = f"[tool.setuptools]\npackages = [{packages}]\n[tool.setuptools.package-dir]\n{mapping}\n"
    (tmp_path / "pyproject.toml").write_text(pyproject)
    return tmp_path


def test_a_good_tree_passes(tree: Path) -> None:
    (tree / "runs").mkdir()
    (tree / "runs" / "ignored.bin").write_bytes(b"\xff")
    assert not unexpected_top_level(tree) | set(
        long_files(tree) + crowded_folders(tree) + misplaced_packages(tree) + foreign_words(tree)
    )


def test_a_pattern_for_the_top_level_ignores_nothing_below(tree: Path) -> None:
    (tree / ".gitignore").write_text("/runs/\n")
    for folder in ("runs", "training/runs"):
        (tree / folder).mkdir()
        (tree / folder / "loop.py").write_text("")
    kept = {str(path.relative_to(tree)) for path in project_files(tree) if path.name == "loop.py"}
    assert kept == {"training/runs/loop.py"}


def test_top_level_check_catches_strays_and_gaps(tree: Path) -> None:
    (tree / "notes.txt").write_text("")
    (tree / "LICENSE").unlink()
    assert unexpected_top_level(tree) == {"notes.txt", "LICENSE"}


def test_length_check_catches_a_long_file(tree: Path) -> None:
    (tree / "envs" / "fits.py").write_text("x = 1\n" * MOST_LINES)
    (tree / "envs" / "long.py").write_text("x = 1\n" * (MOST_LINES + 1))
    assert long_files(tree) == ["envs/long.py"]


def test_folder_check_catches_a_crowded_folder(tree: Path) -> None:
    for folder, count in (("envs/fits", MOST_FILES), ("envs/crowded", MOST_FILES + 1), ("tests/many", MOST_FILES + 1)):
        (tree / folder).mkdir(exist_ok=True, parents=True)
        for number in range(count):
            (tree / folder / f"file_{number}.py").write_text("")
        (tree / folder / "notes.md").write_text("")
    assert crowded_folders(tree) == ["envs/crowded: 15 files"]


def test_package_check_catches_each_gap(tree: Path) -> None:
    (tree / "envs" / "game").mkdir()
    (tree / "envs" / "game" / "rules.py").write_text("")
    (tree / "agents" / "py.typed").unlink()
    (tree / "training" / "__init__.py").unlink()
    pyproject = tree / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace('protocols" = "protocols', 'protocols" = "elsewhere'))
    assert misplaced_packages(tree) == [
        "interlect.envs.game is not in pyproject.toml's packages",
        "interlect.training is in pyproject.toml's packages and has no Python files",
        "agents/py.typed is missing",
        "envs/game/__init__.py is missing",
        "envs/game/py.typed is missing",
        "package-dir does not map interlect.protocols",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "/".join(("", "home", "ann", "x")),
        "/".join(("", "work", "x")),
        "py" + "pi.org",
        "--ind" + "ex-url",
        "C:\\" + "Users\\ann",
    ],
)
def test_word_check_catches_a_foreign_word(tree: Path, text: str) -> None:
    (tree / "docs" / "page.md").write_text(f"see {text}\n")
    assert len(foreign_words(tree)) == 1


def test_word_check_catches_a_binary_and_lets_prose_through(tree: Path) -> None:
    (tree / "docs" / "page.md").write_text("train/work/loop and https://example.org/home/x\n")
    assert foreign_words(tree) == []
    (tree / "docs" / "picture.png").write_bytes(b"\x89PNG\r\n")
    assert foreign_words(tree) == ["docs/picture.png: is not text"]
