"""Scripted teams with known languages, and their play over all 729 orders of visits."""

from collections.abc import Callable

import numpy as np
import pytest
from interlect.envs.core.play import Transcript, play
from interlect.envs.switch_riddle.example_episodes import example_episodes
from interlect.envs.switch_riddle.knowledge import knowledge
from interlect.envs.switch_riddle.rules import SwitchRiddle
from interlect.protocols import Channel, Symbols
from interlect.protocols.analysis.knowledge import Knowledge
from interlect.training.reports.report import report
from interlect.training.reports.report_data import ReportData
from interlect.training.reports.study import study

ALL = np.stack(np.meshgrid(*[np.arange(3)] * 6, indexing="ij"), axis=-1).reshape(-1, 6)


class Counter:
    """Three agents: writes code[day][0] for one visitor and code[day][1] for two; who would be the third tells.

    With ``code=None`` it writes random symbols, and never tells.
    """

    def __init__(self, code, vocabulary: int = 2) -> None:
        self.code, self.vocabulary = code, vocabulary

    def initial_state(self, seats):
        return {"seen": np.zeros(len(seats), dtype=bool), "day": np.zeros(len(seats), dtype=np.int64)}

    def step(self, inputs, state, rng):
        here, day = inputs.observation == 1, state["day"]
        if self.code is None:
            word = rng.integers(self.vocabulary, size=len(day))
            told = np.zeros(len(day), dtype=np.int64)
        else:
            code = np.array(self.code)
            before = np.where(inputs.present.any(1), 1 + (inputs.heard.sum(1).argmax(-1) == code[day - 1, 1]), 0)
            count = before + (here & ~state["seen"])
            told = (here & (count == 3)).astype(np.int64)
            word = code[day, np.clip(count, 1, 2) - 1]
        sent = np.eye(self.vocabulary, dtype=np.float32)[word][:, None]
        return told, sent, {"seen": state["seen"] | here, "day": day + 1}


@pytest.fixture(scope="session")
def played() -> Callable[..., tuple[Transcript, Channel]]:
    def played(code, vocabulary: int = 2) -> tuple[Transcript, Channel]:
        channel = Channel(Symbols(vocabulary))
        core = SwitchRiddle(3, len(ALL), 0, visits=ALL)
        return play(core, Counter(code, vocabulary), channel), channel

    return played


@pytest.fixture(scope="session")
def known(played) -> Callable[..., Knowledge]:
    return lambda code, vocabulary=2: knowledge(*played(code, vocabulary))


@pytest.fixture
def plain() -> list[list[int]]:
    """1 means one, 0 means two, on every day."""
    return [[1, 0]] * 6


@pytest.fixture
def turning() -> list[list[int]]:
    """The meanings change places every day."""
    return [[day % 2, 1 - day % 2] for day in range(6)]


def metrics_of(seed: int, updates: int = 1000) -> list[dict]:
    """A curve that rises to 1, with a wiggle of its own."""
    rows = range(50, updates + 1, 50)
    curve = [(u, 1 - 1.3 * float(np.exp(-u / 150)) + 0.01 * ((u // 50 + seed) % 3)) for u in rows]
    return [
        {"updates": u, "episodes": 32 * u, "environment_steps": 150 * u, "normalized_return": normalized_return}
        for u, normalized_return in curve
    ]


@pytest.fixture(scope="session")
def inputs(played) -> dict:
    """The report's data for the team that counts."""
    transcript, channel = played([[1, 0]] * 6)
    oracle = {"name": "oracle", "value": 20 / 27, "kind": "exact", "how": "counted"}
    no_communication = {"name": "no_communication", "value": 390 / 729, "kind": "best_found", "how": "searched"}
    result = {
        "game": "switch_riddle_v0", "agents": 3, "recipe": "dial", "seed": 5, "updates": 1000, "episodes": 32000,
        "environment_steps": 150000, "cpu_seconds": 27.25, "return_mean": 0.7311, "standard_error": 0.0,
        "normalized_return": 0.98699, "communication_gain": 0.9532, "communication_gain_reason": None,
        "oracle": oracle, "no_communication": no_communication,
        "how": "exact: all 729 equally likely episodes",
    }  # fmt: skip
    return {
        "config": {
            "settings": {"recipe": "dial", "sigma": 2.0, "optimizer": {"learning_rate": 5e-4}},
            "versions": {"numpy": "2.1.7"},
        },
        "learning_curves": [metrics_of(0)],
        "result": result,
        "study": study(knowledge(transcript, channel), "all 729 orders of visits"),
        "interventions": {
            "normal": result,
            "silent": {"normalized_return": 0.1037, "how": "exact"},
            "shuffled": {"normalized_return": 0.32345, "how": "16 shuffles"},
        },
        "example_episodes": example_episodes(transcript, channel),
    }


@pytest.fixture(scope="session")
def several_runs() -> list[list[dict]]:
    return [metrics_of(seed) for seed in range(3)]


@pytest.fixture
def page(inputs, tmp_path) -> Callable[..., str]:
    """The page of these inputs, some of them changed."""
    return lambda **changed: report(tmp_path / "report.html", ReportData(**{**inputs, **changed})).read_text()
