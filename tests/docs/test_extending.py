"""The package on the page about extending interlect is built, installed apart, and used by the command line."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "extending.md").read_text()
FILES = dict(re.findall(r"^```(?:py|toml)\n# (\S+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
MOST_LINES = 40


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the package is installed, from a wheel."""
    source = tmp_path_factory.mktemp("hint-game")
    for name, text in FILES.items():
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_text(text)
    (source / "hint_game" / "__init__.py").write_text("")
    target = tmp_path_factory.mktemp("site")
    install = ["pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--target", str(target), str(source)]
    subprocess.run([sys.executable, "-m", *install], check=True, capture_output=True)
    return target


def interlect(site: Path, folder: Path, *words: str) -> str:
    """What a command prints; it must succeed."""
    environment = os.environ | {"PYTHONPATH": str(site), "COLUMNS": "200"}
    command = [sys.executable, "-m", "interlect.training", *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_file_of_the_package_is_short() -> None:
    assert len(FILES) == 10
    assert {name: len(text.splitlines()) for name, text in FILES.items() if len(text.splitlines()) >= MOST_LINES} == {}


def test_the_commands_of_the_page_use_all_parts(site: Path, tmp_path: Path) -> None:
    (block,) = re.findall(r"^```console\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    printed = [
        interlect(site, tmp_path, *line.split()[1:]) for line in block.splitlines() if line.startswith("interlect")
    ]
    listed, *_, studied, played = printed
    for part in ("hint_v0", "quiet_dial", "NoisyNumbers", "Attenuation"):
        assert part in listed
    run = tmp_path / "runs" / "hint"
    graph = json.loads((run / "checkpoints" / "20" / "team" / "agent_0" / "graph.json").read_text())
    assert "Gain" in json.dumps(graph)
    assert (
        json.loads((run / "checkpoints" / "20" / "team" / "team.json").read_text())["channel"]["link"][0]
        == "Attenuation"
    )
    assert "received_share" in json.loads((run / "study.json").read_text())["metrics"]
    assert "received_share" in studied
    assert "An agent receives a message in" in (run / "report.html").read_text()
    assert "return_mean" in played


def test_without_the_package_its_run_is_refused_and_kept(site: Path, tmp_path: Path) -> None:
    words = ("train", "quiet_dial", "hint_v0", "--updates", "2", "--batch", "4", "--width", "8", "--out", "run")
    interlect(site, tmp_path, *words)
    command = [sys.executable, "-m", "interlect.training", "evaluate", "run"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert "There is no recipe 'quiet_dial'" in " ".join(done.stdout.split())
    assert "delete" not in done.stdout
    assert (tmp_path / "run" / "checkpoints" / "2" / "team" / "team.json").is_file()


def test_a_module_can_be_imported_by_the_path_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(FILES["hint_game/game.py"])
    listed = interlect(tmp_path, tmp_path, "list", "--import", str(tmp_path / "mine.py"))
    assert "hint_v0" in listed
    assert "hint_v0" not in interlect(tmp_path, tmp_path, "list")
