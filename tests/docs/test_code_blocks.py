"""Every Python block of the documents runs; every command of theirs is one that the command line takes."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import tyro
from interlect.training.command_line import main as cli

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)
ACTIVATE = ["source", ".venv/bin/activate"]


def blocks(text: str, language: str) -> list[tuple[int, str]]:
    """The fenced blocks in a language: the line each begins at, and its text."""
    found = re.finditer(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [(text[: match.start(1)].count("\n") + 1, match[1]) for match in found]


def run_blocks(page: Path) -> None:
    """Run the Python blocks of a page in order, as one program: its classes can be pickled."""
    program = ModuleType("__main__")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "__main__", program)
        for line, code in blocks(page.read_text(), "python"):
            exec(compile("\n" * (line - 1) + code, str(page), "exec"), vars(program))


def commands(text: str) -> list[list[str]]:
    """The words of every command in the bash blocks."""
    lines = [line for _, block in blocks(text, "bash") for line in block.replace("\\\n", " ").splitlines()]
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def refused(words: list[str]) -> bool:
    """Whether a documented command would not be taken: by the command line, by make, or by a module's own."""
    if words[0] == "make":
        return not set(words[1:]) <= set(TARGET.findall((ROOT / "Makefile").read_text()))
    if words[:2] == ["python", "-m"]:
        done = subprocess.run([sys.executable, "-m", words[2], "--help"], capture_output=True, text=True)
        return done.returncode != 0 or any(word not in done.stdout for word in words[3:] if word.startswith("--"))
    if words[0] != "interlect":
        return words != ACTIVATE
    try:
        tyro.cli(cli._commands(words[1:]), args=words[1:], prog="interlect")
    except SystemExit:
        return True
    return False


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_blocks(page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist(page: Path) -> None:
    assert [words for words in commands(page.read_text()) if refused(words)] == []


def test_the_readme_has_code_a_script_and_exactly_two_commands_to_set_up() -> None:
    text = (ROOT / "README.md").read_text()
    assert len(blocks(text, "python")) >= 3
    assert {words[1] for words in commands(text) if words[0] == "interlect"} == {
        "list",
        "credit",
        "train",
        "resume",
        "evaluate",
        "study",
        "check",
    }
    others = [words for words in commands(text) if words[0] != "interlect" and words != ACTIVATE]
    assert others[:2] == [["make", "demo"], ["make", "test"]]
    assert [words[:3] for words in others[2:]] == [["python", "-m", "interlect.training.scripts.train_dial"]]


def test_blocks_run_in_order_and_fail_at_their_line(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Page\n\n```python\nx = 2\n```\n\ntext\n\n```python\nassert x == 2\nassert x == 3\n```\n")
    with pytest.raises(AssertionError) as caught:
        run_blocks(page)
    assert caught.traceback[-1].lineno + 1 == 11


@pytest.mark.parametrize(
    "line",
    [
        "interlect train dial",
        "interlect tarin dial switch_riddle_v0",
        "interlect train dial switch_riddle_v0 --upddates 3",
        "interlect train dial switch_riddle_v0 --updates many",
        "make dmeo",
        "source venv/bin/activate",
        "pip install interlect-envs",
        "python -m interlect.training.fromation runs/x",
        "python -m interlect.envs.switch_riddle.no_communication --agnets 3",
    ],
)
def test_command_check_catches_drift(line: str) -> None:
    assert [refused(words) for words in commands(f"```bash\n{line}  # comment\n```\n")] == [True]
