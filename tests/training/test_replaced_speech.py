"""The study of mpe2's speaker and listener: what is taken away, what comes in its place, and what there is to gain."""

from typing import Any

import numpy as np
import pytest
from interlect.envs import GAMES, conformance, make_core, play
from interlect.protocols import Channel, Sampled
from interlect.training.experiments import replaced_speech as study
from interlect.training.experiments.replaced_speech import (
    ORIGINAL,
    WITHOUT_SPEECH,
    ScriptedTeam,
    WithoutSpeech,
    original_env,
    register,
    run,
    scripted_return,
)
from mpe2 import simple_speaker_listener_v4

TINY = {"updates": 2, "batch": 4, "width": 8, "minibatches": 2, "evaluate_every": 2}


@pytest.fixture(autouse=True)
def games(monkeypatch: pytest.MonkeyPatch) -> None:
    known = dict(GAMES)
    monkeypatch.setattr("interlect.envs.core.registry.GAMES", known)
    monkeypatch.setattr(study, "GAMES", known)
    register()


def test_without_checks_it_is_the_same_game_and_without_speech_the_same_but_for_that() -> None:
    public, fast, unspoken = simple_speaker_listener_v4.parallel_env(), original_env(), WithoutSpeech()
    seen = [env.reset(seed=3)[0] for env in (public, fast, unspoken)]
    rng = np.random.default_rng(0)
    steps = 0
    while public.agents:
        assert [a.tobytes() for a in seen[0].values()] == [a.tobytes() for a in seen[1].values()]
        assert seen[2]["speaker_0"].tobytes() == seen[0]["speaker_0"].tobytes()
        assert seen[2]["listener_0"].tobytes() == seen[0]["listener_0"][:-3].tobytes()
        actions = {"speaker_0": int(rng.integers(3)), "listener_0": int(rng.integers(5))}
        told = [public.step(actions), fast.step(actions), unspoken.step(actions | {"speaker_0": 0})]
        assert told[0][1:] == told[1][1:] == told[2][1:]
        seen, steps = [each[0] for each in told], steps + 1
    assert (steps, fast.agents, unspoken.agents) == (25, [], [])


def test_the_game_without_speech_keeps_the_rules() -> None:
    conformance.check(WithoutSpeech, time_limit=25)


class Words(ScriptedTeam):
    """Says random words, in its actions and over the channel."""

    def step(self, inputs: Any, state: Any, rng: Any) -> Any:
        action, sent, state = super().step(inputs, state, rng)
        word = rng.integers(3, size=len(sent))
        spoken = np.where((state["seat"] == 0) & inputs.legal[:, 1], word, action)
        return spoken, np.eye(3, dtype=np.float32)[word][:, None], state


def test_the_channel_carries_as_much_as_the_games_own_speech_and_as_late() -> None:
    channel = Channel(Sampled(3))
    own = play(make_core(ORIGINAL, lanes=5, seed=0), Words(), channel)
    word = np.eye(3)[own.action[:, :, 0]]
    assert not own.observation[0, :, 1, -3:].any()
    assert (own.observation[1:, :, 1, -3:] == word[:-1]).all()
    assert not own.present.any()

    learned = play(make_core(WITHOUT_SPEECH, lanes=5, seed=0), Words(), channel)
    assert not learned.present[0].any()
    assert (learned.heard[1:, :, 1, 0] == learned.sent[:-1, :, 0, 0]).all()
    assert (learned.present[1:] == study.LISTENS).all()
    assert not learned.action[:, :, 0].any()


def test_the_scripted_team_gains_from_what_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "EPISODES", 300)
    scripted_return.cache_clear()
    heard, silent = scripted_return("normal")["return"], scripted_return("silent")["return"]
    scripted_return.cache_clear()
    assert heard == pytest.approx(-7.4, abs=1.5)
    assert silent == pytest.approx(-15.3, abs=2.5)


def test_a_seed_is_run_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name, value in {"EPISODES": 10, "RUNS": tmp_path, "SETTINGS": study.SETTINGS | TINY}.items():
        monkeypatch.setattr(study, name, value)
    scripted_return.cache_clear()
    rows = run(7)
    assert list(rows) == [
        *("scripted", "scripted, silenced", "original speech", "learned channel", "learned channel, shuffled"),
        *("learned channel, silent", "silenced", "vocabulary of one symbol"),
    ]
    assert (rows["scripted"]["normalized"], rows["scripted, silenced"]["normalized"]) == (1.0, 0.0)
    assert all(np.isfinite([*row.values()]).all() for row in rows.values())
    monkeypatch.setattr(study, "train", None)
    assert run(7) == rows
    monkeypatch.setitem(study.SETTINGS, "width", 9)
    with pytest.raises(ValueError, match="resumed study must keep its settings"):
        run(7)
    scripted_return.cache_clear()
