"""Signals interrupt long exact calculations at once, and the run then ends as if it had not been stopped."""

import os
import signal
import time
from contextlib import nullcontext

import pytest
from interlect.training import Dial, Stopped, resume, train
from interlect.training.runs import loop
from interlect.training.runs.interrupts import catch_signals
from small_runs import contents

SETTINGS = Dial("switch_riddle_v0", agents=2, updates=2, batch=2, width=4, evaluate_every=1, checkpoint_every=1)


@pytest.mark.parametrize("within", [False, True])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_interrupts_the_final_evaluation(tmp_path, monkeypatch, number, within):
    train(SETTINGS, tmp_path / "whole")

    def endless(*arguments):
        os.kill(os.getpid(), number)
        end = time.monotonic() + 5
        while time.monotonic() < end:
            pass
        raise AssertionError("the signal did not interrupt the evaluation")

    monkeypatch.setattr(loop, "evaluate_team", endless)
    expected = r"Stopped by .*, and saved\. Continue with: interlect resume"
    with catch_signals() if within else nullcontext(), pytest.raises(Stopped, match=expected):
        train(SETTINGS, tmp_path / "run")
    monkeypatch.undo()
    resume(tmp_path / "run")
    assert contents(tmp_path / "run") == contents(tmp_path / "whole")
