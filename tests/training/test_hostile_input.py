"""Hostile folders and malformed settings, in processes of their own without the runtime type checks of the tests."""

import subprocess
import sys
from pathlib import Path

import pytest

HELPERS = Path(__file__).parents[1] / "helpers"
PROGRAMS = ["hostile_files", "hostile_settings"]


def faults(program, seed, last):
    command = [sys.executable, str(HELPERS / f"{program}.py"), str(seed), f"0-{last}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    *found, cases = done.stdout.splitlines()
    assert int(cases) == last
    return found


@pytest.mark.parametrize("program", PROGRAMS)
def test_each_case_ends_with_an_error_of_one_line_or_a_right_result(program):
    assert faults(program, 0, 150) == []


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_thousand_cases(program):
    assert faults(program, 1, 1000) == []
