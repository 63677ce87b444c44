"""Bad input: the rule, the value received, the remedy; and nothing is lost."""

import subprocess
import sys

import pytest
from interlect.training import Settings, resume, train
from interlect.training.cli import main

GAME = "switch_riddle_v0"
TINY = {"updates": 6, "batch": 4, "width": 8, "checkpoint_every": 2}


def tiny(**changes):
    return Settings(**({"recipe": "dial", "game": GAME} | TINY | changes))


def test_an_unknown_game_or_recipe(tmp_path):
    with pytest.raises(ValueError, match=r"no game 'switch_ridle_v0'.*Did you mean 'switch_riddle_v0'"):
        train(tiny(game="switch_ridle_v0"), tmp_path / "a")
    with pytest.raises(ValueError, match=r"no recipe 'dail'.*Did you mean 'dial'"):
        train(tiny(recipe="dail"), tmp_path / "b")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"agents": 1}, "at least two agents; received 1"),
        ({"updates": 0}, "updates must be at least 1; received 0"),
        ({"device": "abacus"}, "device must be there; received 'abacus'"),
        ({"device": "cuda:77"}, "device must be there; received 'cuda:77'"),
        ({"epsilon": 1.5}, "epsilon is a share; received 1.5"),
    ],
)
def test_settings_out_of_range(tmp_path, changes, says):
    with pytest.raises(ValueError, match=says):
        train(tiny(**changes), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_an_out_that_holds_another_run(tmp_path):
    train(tiny(), tmp_path / "run")
    before = (tmp_path / "run" / "result.json").read_bytes()
    with pytest.raises(ValueError, match=r"empty or new folder; received .*interlect resume"):
        train(tiny(seed=1), tmp_path / "run")
    assert (tmp_path / "run" / "result.json").read_bytes() == before


def test_resuming_what_is_no_run(tmp_path):
    with pytest.raises(ValueError, match=r"holds config\.json; received"):
        resume(tmp_path)


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("learner.safetensors", r"learner\.safetensors must be a whole safetensors file"),
        ("counters.json", r"counters\.json must be a whole JSON file"),
    ],
)
def test_a_truncated_checkpoint(tmp_path, file, says):
    train(tiny(), tmp_path / "run")
    damaged = tmp_path / "run" / "checkpoints" / "6" / file
    damaged.write_bytes(damaged.read_bytes()[:20])
    with pytest.raises(ValueError, match=says):
        resume(tmp_path / "run")


def test_a_foreign_checkpoint(tmp_path):
    train(tiny(), tmp_path / "mine")
    train(tiny(width=12), tmp_path / "other")
    theirs = tmp_path / "other" / "checkpoints" / "6" / "learner.safetensors"
    (tmp_path / "mine" / "checkpoints" / "6" / "learner.safetensors").write_bytes(theirs.read_bytes())
    with pytest.raises(ValueError, match="tensors of its run's settings"):
        resume(tmp_path / "mine")


FULL = """
import resource, signal, sys
from interlect.training.cli import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
sys.exit(main(sys.argv[2:]))
"""


def test_a_full_disk_keeps_the_last_good_checkpoint(tmp_path):
    out = tmp_path / "run"
    train(tiny(), out)
    size = (out / "checkpoints" / "6" / "learner.safetensors").stat().st_size
    assert size > 20_000
    command = ["train", "dial", GAME, "--updates", "4", "--batch", "2", "--width", "8", "--out", str(tmp_path / "full")]
    done = subprocess.run([sys.executable, "-c", FULL, "20000", *command], capture_output=True, text=True)
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 1
    assert "No checkpoint was written" in said
    assert "last good one is kept" in said
    assert "Traceback" not in said
    assert not list((tmp_path / "full").rglob("*.tmp"))


def test_the_command_line_prints_no_traceback(tmp_path, capsys):
    assert main(["train", "dial", "nonsense", "--out", str(tmp_path / "x")]) == 1
    said = capsys.readouterr().out
    assert "There is no game 'nonsense'" in said
    assert "Traceback" not in said
