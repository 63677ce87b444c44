"""Every `interlect train` line of the README and the guides communicates within five minutes of CPU time."""

import json
import resource
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
MEASURED = "operators.md"
"""Page whose runs are those of docs/results, with fewer seeds."""
CPU_SECONDS = 300
NOT_LEARNED = "# not learned"
"""How a page marks a command whose team stays at the no-communication optimum; the page says why."""
CONTINUED_OR_FOREIGN = ("--start", "NoisyNumbers", "quiet_dial", "RECIPE", "GAME", "...")


PAINTED = {"kind_accuracy": 0.9, "attribute_accuracy": 0.8, "modes_per_painter": 10, "high_quality": 0.9}
"""Measures of painted pictures, and the value from which on a painter has learned: digits, shapes, pairs, one pair."""


def first_commands() -> list[str]:
    """The lines that train a team from scratch with a recipe and a game of the package."""
    lines = [line.strip() for page in GUIDES if page.name != MEASURED for line in page.read_text().splitlines()]
    trained = dict.fromkeys(line for line in lines if line.startswith("interlect train "))
    return [line for line in trained if not any(word in line for word in CONTINUED_OR_FOREIGN)]


def learned(result: dict) -> bool:
    """Whether a team exceeds the no-communication optimum on held-out or on training instances.

    In a game without messages, this is the oracle's return, of which 90% count as learned. Painters in forgery have
    learned according to the first of ``PAINTED`` that is measured.
    """
    if "measures" in result:
        name = next(name for name in PAINTED if name in result["measures"])
        return bool(result["measures"][name] >= PAINTED[name])
    for split in (result, result.get("training_split") or result):
        optimum, oracle = split["no_communication"]["value"], split["oracle"]["value"]
        if split["return_mean"] > (0.9 * oracle if optimum == oracle else optimum + 1e-6):
            return True
    return False


def test_most_commands_are_expected_to_learn():
    commands = first_commands()
    assert len(commands) >= 15
    assert sum(NOT_LEARNED in line for line in commands) <= 3


def test_a_team_without_communication_is_recognized():
    references = {"no_communication": {"value": 0.25}, "oracle": {"value": 1.0}}
    assert not learned({"return_mean": 0.25, **references})
    assert learned({"return_mean": 0.26, **references})
    assert learned({"return_mean": 0.25, **references, "training_split": {"return_mean": 0.9, **references}})
    silent = {"no_communication": {"value": 1.0}, "oracle": {"value": 1.0}}
    assert [learned({"return_mean": value, **silent}) for value in (0.8, 0.95)] == [False, True]
    assert [learned({"measures": {"high_quality": value}}) for value in (0.8, 0.95)] == [False, True]


@pytest.mark.slow
@pytest.mark.parametrize("line", [line for line in first_commands() if NOT_LEARNED not in line])
def test_first_commands_learn(line, tmp_path):
    words = [word for word in shlex.split(line, comments=True)[1:] if word != "--operators"]
    if "--seeds" in words:
        place = words.index("--seeds")
        words[place : place + 2] = ["--seed", words[place + 1].split("-")[0]]
    if "--out" in words:
        place = words.index("--out")
        del words[place : place + 2]
    done = subprocess.run(
        [sys.executable, "-m", "interlect.training", *words, "--out", str(tmp_path / "run")],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS)),
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert learned(json.loads((tmp_path / "run" / "result.json").read_text()))
