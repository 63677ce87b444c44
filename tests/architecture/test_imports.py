"""Imports run one way, are silent, change nothing, and are fast where users wait for them."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from interlect.envs import GAMES
from module_graph import circles, misordered, module_graph

ROOT = Path(__file__).parents[2]
MAY_IMPORT = {
    "protocols": {"protocols"},
    "envs": {"envs", "protocols"},
    "agents": {"agents", "protocols"},
    "training": {"training", "envs", "agents", "protocols"},
}
TRAINING_ORDER = (
    "rollouts",
    "learners",
    "adversarial",
    "recipes",
    "run_folders",
    "runs",
    "adaptation",
    "reports",
    "bench",
    "experiments",
    "scorecard",
    "command_line",
    "scripts",
)
"""The folders of training: each imports only those before it, and no module imports a script."""
SCRIPTS = ("training", "scripts")
"""Scripts import absolutely, so that a copy of one runs outside the package."""
NAME_OF_OURS = re.compile(r"interlect\.(\w+)[\w.]*(:\w+)?")
"""A string that is a module's name, as in an entry point."""


def forbidden_imports(root: Path) -> list[str]:
    """Imports, and names of modules in strings, that run against the rooms' order or are not relative."""
    return [
        f"{path.relative_to(root)}:{line} {what}"
        for room in MAY_IMPORT
        for path in sorted((root / room).rglob("*.py"))
        for line, what in _forbidden(ast.parse(path.read_text()), path.relative_to(root))
    ]


def _forbidden(tree: ast.Module, path: Path) -> Iterator[tuple[int, str]]:
    allowed = MAY_IMPORT[path.parts[0]]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = path.parent.parts[: len(path.parent.parts) - node.level + 1]
            inside = [*base, *(node.module.split(".") if node.module else [])]
            rooms = {inside[0]} if inside else {alias.name for alias in node.names}
            if node.level > len(path.parent.parts) + 1:
                yield node.lineno, "leaves the package"
            elif not rooms <= allowed:
                yield node.lineno, f"imports {', '.join(sorted(rooms - allowed))}"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
            ours = set(MAY_IMPORT) if path.parts[:2] == SCRIPTS else {"interlect", *MAY_IMPORT}
            for name in names:
                if name.split(".")[0] in ours or name.startswith(".".join(("interlect", *SCRIPTS))):
                    yield node.lineno, f"imports {name} absolutely"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            match = NAME_OF_OURS.fullmatch(node.value)
            if match and match[1] in MAY_IMPORT.keys() - allowed:
                yield node.lineno, f"names {node.value}"


def python(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter, outside the repository."""
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)


EFFECTS = """
import json, os, random, sys, threading
import numpy, gymnasium, pettingzoo, torch, matplotlib, rich.progress, sklearn, tyro
others = dict(os.environ)
draws = random.getstate(), numpy.random.get_state()[1].tolist(), torch.initial_seed()
threads = torch.get_num_threads(), threading.active_count()
{code}
print("end of output", file=sys.stderr)
print("end of output")
print(json.dumps(dict(
    variables=sorted(set(os.environ.items()) ^ set(others.items())),
    draws=draws == (random.getstate(), numpy.random.get_state()[1].tolist(), torch.initial_seed()),
    threads=threads == (torch.get_num_threads(), threading.active_count()),
)))
"""


def side_effects(code: str, folder: Path) -> list[str]:
    """What running ``code`` does besides: what it prints, sets, draws, starts or writes.

    The libraries we depend on are imported before: that PettingZoo sets SDL_AUDIODRIVER, and that Rich draws a random
    number, is their own affair.
    """
    done = python(EFFECTS.format(code=code), folder)
    out, _, report = done.stdout.partition("end of output\n")
    err = done.stderr.partition("end of output\n")[0]
    found = json.loads(report)
    wrong = [f"prints {text.strip()!r}" for text in (out, err) if text]
    wrong += [f"sets the environment variable {name}" for name, _ in found["variables"]]
    wrong += [] if found["draws"] else ["touches global random numbers"]
    wrong += [] if found["threads"] else ["changes threads"]
    return wrong + [f"writes {path.name}" for path in folder.iterdir()]


def loaded(package: str, module: str, folder: Path) -> bool:
    """Whether importing ``package`` loads ``module``."""
    code = f"import sys, {package}; print(sys.modules.get({module!r}) is not None)"
    return python(code, folder).stdout.strip() == "True"


def imported_within(seconds: float, package: str, folder: Path, tries: int = 3) -> bool:
    """Whether one of several fresh processes imports a package in this CPU time, in seconds, its start included."""
    code = f"import time; import {package}; print(time.process_time())"
    return any(float(python(code, folder).stdout) < seconds for _ in range(tries))


EXPORTS = """
import importlib
for name in {packages}:
    package = importlib.import_module(name)
    for public in package.__all__:
        print(name, public, type(getattr(package, public)).__name__)
"""


def changed_exports(packages: list[str], modules: list[str], folder: Path) -> set[str]:
    """Public names that mean something else once all modules were imported: a module of the same name hides them."""
    code = EXPORTS.format(packages=packages)
    fresh = python(code, folder).stdout.splitlines()
    later = python(f"import {', '.join(modules)}\n{code}", folder).stdout.splitlines()
    return set(fresh) ^ set(later)


def modules() -> list[str]:
    """The package's modules by their installed names, its scripts apart."""
    files = (path.relative_to(ROOT) for room in MAY_IMPORT for path in sorted((ROOT / room).rglob("*.py")))
    return [".".join(("interlect", *path.with_suffix("").parts)) for path in files if not path.stem.startswith("__")]


def test_imports_run_one_way() -> None:
    assert forbidden_imports(ROOT) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles(module_graph(ROOT, MAY_IMPORT)) == []


def test_the_folders_of_training_import_in_order() -> None:
    assert misordered(module_graph(ROOT, MAY_IMPORT), "training", TRAINING_ORDER) == []


def test_imports_do_nothing_besides(tmp_path: Path) -> None:
    assert side_effects(f"import {', '.join(modules())}", tmp_path) == []


def test_exports_stay_the_same_whatever_was_imported(tmp_path: Path) -> None:
    packages = [f"interlect.{room}" for room in MAY_IMPORT]
    assert changed_exports(packages, modules(), tmp_path) == set()


def test_export_check_catches_a_module_that_hides_a_function(tmp_path: Path) -> None:
    (tmp_path / "planted").mkdir()
    lazy = "__all__ = ['play']\ndef __getattr__(name):\n    from .impl import play\n    return play\n"
    (tmp_path / "planted" / "__init__.py").write_text(lazy)
    (tmp_path / "planted" / "impl.py").write_text("def play(): ...\n")
    (tmp_path / "planted" / "play.py").write_text("")
    assert changed_exports(["planted"], ["planted.impl"], tmp_path) == set()
    assert changed_exports(["planted"], ["planted.play"], tmp_path) == {"planted play function", "planted play module"}


@pytest.mark.parametrize("package", ["interlect.envs", "interlect.protocols"])
def test_torch_stays_out(package: str, tmp_path: Path) -> None:
    assert not loaded(package, "torch", tmp_path)


@pytest.mark.parametrize("game", GAMES)
def test_envs_import_in_under_a_second(game: str, tmp_path: Path) -> None:
    assert imported_within(1.0, f"interlect.envs, interlect.envs.{game}", tmp_path)
    assert not loaded(f"interlect.envs.{game}", "sklearn", tmp_path)


@pytest.mark.parametrize(
    ("room", "line", "found"),
    [
        ("protocols", "from ..envs import core", "imports envs"),
        ("protocols", "from ..envs.core import Core", "imports envs"),
        ("protocols", "from .. import training", "imports training"),
        ("envs", "from ..agents.graph import Graph", "imports agents"),
        ("agents", "def later():\n    from ..training import train", "imports training"),
        ("training", "from interlect.envs import core", "imports interlect.envs absolutely"),
        ("training", "import interlect.envs.core.core", "imports interlect.envs.core.core absolutely"),
        ("training", "from envs import core", "imports envs absolutely"),
        ("envs", "from ...interlect import agents", "leaves the package"),
        (
            "envs",
            "register('interlect.training.command_line.main:main')",
            "names interlect.training.command_line.main:main",
        ),
    ],
)
def test_direction_check_catches(tmp_path: Path, room: str, line: str, found: str) -> None:
    (tmp_path / room).mkdir()
    (tmp_path / room / "planted.py").write_text(line + "\n")
    assert [wrong.split(" ", 1)[1] for wrong in forbidden_imports(tmp_path)] == [found]


def test_direction_check_lets_scripts_alone_import_absolutely_and_nobody_import_them(tmp_path: Path) -> None:
    folder = tmp_path / "training" / "scripts"
    folder.mkdir(parents=True)
    (folder / "one.py").write_text("from interlect.agents import Agent\n")
    assert forbidden_imports(tmp_path) == []
    (folder / "two.py").write_text("import interlect.training.scripts.one\nfrom agents import Agent\n")
    found = ["imports interlect.training.scripts.one absolutely", "imports agents absolutely"]
    assert [wrong.split(" ", 1)[1] for wrong in forbidden_imports(tmp_path)] == found


def test_direction_check_reads_subfolders_and_lets_good_imports_through(tmp_path: Path) -> None:
    folder = tmp_path / "envs" / "game"
    folder.mkdir(parents=True)
    good = "from ...protocols.errors import bad\nfrom ..core import Core\nfrom . import rules\nimport numpy\n"
    (folder / "game.py").write_text(good + "register('interlect.envs.core.game:env')\n")
    assert forbidden_imports(tmp_path) == []
    (folder / "game.py").write_text("from ...agents.graph import Graph\n")
    assert forbidden_imports(tmp_path) == ["envs/game/game.py:1 imports agents"]


def planted(root: Path, files: dict[str, str]) -> dict[str, set[str]]:
    """The graph of a tree with these files."""
    for name, code in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(code)
    return module_graph(root, MAY_IMPORT)


LAZY = "def later():\n    from .two import x\n"
FOR_TYPES = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .two import X\n"


@pytest.mark.parametrize("one", ["from .two import x\n", "from . import two\n", LAZY, FOR_TYPES])
def test_circle_check_catches_a_circle_in_a_folder(tmp_path: Path, one: str) -> None:
    graph = planted(tmp_path, {"envs/game/one.py": one, "envs/game/two.py": "from .three import y\n"})
    assert circles(graph) == []
    graph = planted(tmp_path, {"envs/game/three.py": "from ..game.one import z\n"})
    assert circles(graph) == [["envs.game.one", "envs.game.three", "envs.game.two"]]


def test_circle_check_catches_a_package_in_a_circle_and_lets_its_modules_import_each_other(tmp_path: Path) -> None:
    files = {"agents/__init__.py": "from .graph import Graph\n", "agents/graph.py": "from . import wires\n"}
    assert circles(planted(tmp_path, files | {"agents/wires.py": "import numpy\n"})) == []
    assert circles(planted(tmp_path, {"agents/wires.py": "from . import Graph\n"})) == [
        ["agents", "agents.graph", "agents.wires"]
    ]


@pytest.mark.parametrize(
    ("file", "line", "wrong"),
    [
        ("runs/planted.py", "from ..reports.page import x", "training.runs.planted imports training.reports.page"),
        ("rollouts/planted.py", LAZY.replace(".two", "..runs"), "training.rollouts.planted imports training.runs"),
        ("reports/planted.py", "from .. import train", "training.reports.planted imports training"),
        ("command_line/planted.py", "from ..scripts.page import x", "training.command_line.planted imports training.s"),
        ("scripts/planted.py", "from .page import x", "training.scripts.planted imports training.scripts.page"),
        ("__main__.py", "from .scripts import page", "training.__main__ imports training.scripts.page"),
        ("runs/planted.py", "from ..extras.page import x", "training.runs.planted imports training.extras.page"),
    ],
)
def test_order_check_catches(tmp_path: Path, file: str, line: str, wrong: str) -> None:
    folders = (*TRAINING_ORDER, "extras")
    files = {f"training/{folder}/{name}.py": "" for folder in folders for name in ("__init__", "page")}
    good = {
        "training/__init__.py": "from .runs.page import x\n",
        "training/__main__.py": "from .command_line import page\n",
        "training/runs/loop.py": "from ..learners.page import x\nfrom .page import y\nfrom ...agents import Team\n",
        "training/scripts/good.py": "from .. import train\nfrom ..command_line.page import x\n",
        "agents/__init__.py": "",
    }
    assert misordered(planted(tmp_path, files | good), "training", TRAINING_ORDER) == []
    (found,) = misordered(planted(tmp_path, {f"training/{file}": f"{line}\n"}), "training", TRAINING_ORDER)
    assert found.startswith(wrong)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("print('hello')", "prints 'hello'"),
        ("print('hello', file=sys.stderr)", "prints 'hello'"),
        ("os.environ['PLANTED'] = '1'", "sets the environment variable PLANTED"),
        ("torch.manual_seed(7)", "touches global random numbers"),
        ("numpy.random.seed(7)", "touches global random numbers"),
        ("torch.set_num_threads(torch.get_num_threads() + 1)", "changes threads"),
        ("open('planted.txt', 'w').close()", "writes planted.txt"),
    ],
)
def test_side_effect_check_catches(tmp_path: Path, code: str, found: str) -> None:
    assert side_effects(code, tmp_path) == [found]


def test_load_and_speed_checks_can_fail(tmp_path: Path) -> None:
    (tmp_path / "planted.py").write_text("import time, colorsys\nwhile time.process_time() < 0.3: pass\n")
    assert loaded("planted", "colorsys", tmp_path)
    assert not imported_within(0.2, "planted", tmp_path, tries=2)
