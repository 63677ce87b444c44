"""Damaged and hostile folders, in a process of its own without the runtime type checks of the tests."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[1] / "helpers" / "hostile_files.py"


def faults(seed, first, last):
    command = [sys.executable, str(PROGRAM), str(seed), f"{first}-{last}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    *found, cases = done.stdout.splitlines()
    assert int(cases) == last - first
    return found


def test_damaged_folders_end_with_an_error_of_one_line_or_a_right_result():
    assert faults(0, 0, 150) == []


@pytest.mark.slow
def test_a_thousand_damaged_folders():
    assert faults(1, 0, 1000) == []
