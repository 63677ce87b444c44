"""Usage errors are one line that names the word, what may have been meant, and where to find help."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("train dial switch_riddle_v0 --updates abc", ["--updates", "'abc'"]),
        ("train dial switch_riddle_v0 --updatess 3", ["--updatess", "Perhaps you meant --updates."]),
        ("train dial switch_riddle_v0 --carrier foo", ["'foo'", "'gumbel'", "`interlect train dial --help`"]),
        ("train dial", ["Missing from interlect train dial: GAME", "`interlect train dial --help`"]),
        ("train", ["Missing subcommand: expected one of {dial"]),
        ("trian dial", ["trian", "Available subcommands: list, train"]),
        ("study", ["Missing from interlect study: PATH"]),
    ],
)
def test_usage_errors_are_one_line(words, parts):
    done = subprocess.run([sys.executable, "-m", "interlect.training", *words.split()], capture_output=True, text=True)
    assert done.returncode == 2
    said = done.stdout + done.stderr
    assert said.startswith("Error: ")
    assert said.count("\n") == 1
    assert [part for part in parts if part not in said] == []
