"""Bad input: errors say the rule, the value received and the remedy; and nothing is lost."""

import shlex
import shutil
import subprocess
import sys

import pytest
from interlect.training import PPO, Dial, Optimizer, Rial, resume, train
from interlect.training.command_line.main import main
from interlect.training.recipes.table import recipe
from interlect.training.run_folders.run_folder import RunFolder
from interlect.training.runs.loop import Diverged

GAME = "switch_riddle_v0"
TINY = {"updates": 6, "batch": 4, "width": 8, "checkpoint_every": 2}


def tiny(**changes):
    return Dial(**({"game": GAME} | TINY | changes))


def test_an_unknown_game_or_recipe(tmp_path):
    with pytest.raises(ValueError, match=r"no game 'switch_ridle_v0'.*Did you mean 'switch_riddle_v0'"):
        train(tiny(game="switch_ridle_v0"), tmp_path / "a")
    with pytest.raises(ValueError, match=r"no recipe 'dail'.*Did you mean 'dial'"):
        recipe("dail")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"agents": 1}, "agents must be an integer, at least 2; received 1"),
        ({"updates": 0}, "updates must be an integer, at least 1; received 0. Set updates to an integer of 1 or more"),
        ({"threads": 0}, "threads must be an integer"),
        ({"seed": -1}, "seed must be an integer, at least 0; received -1"),
        ({"gamma": float("nan")}, "gamma must be a finite number from 0 to 1; received nan"),
        ({"sigma": float("inf")}, "sigma must be a finite number of 0 or more; received inf"),
        ({"device": "abacus"}, "device must be cpu or a GPU such as cuda or cuda:0; received 'abacus'"),
        ({"device": "cuda:77"}, "device must be available; received 'cuda:77'"),
        ({"epsilon": 1.5}, "epsilon must be a finite number from 0 to 1; received 1.5"),
    ],
)
def test_settings_out_of_range(tmp_path, changes, says):
    with pytest.raises(ValueError, match=says):
        train(tiny(**changes), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"learning_rate": float("nan")}, "learning_rate must be a finite number of 0 or more; received nan"),
        ({"clip_grad_value": -1.0}, "clip_grad_value must be a finite number of 0 or more; received -1"),
        ({"momentum": 2.0}, "momentum must be a finite number from 0 to 1; received 2.0"),
    ],
)
def test_an_optimizer_out_of_range(changes, says):
    with pytest.raises(ValueError, match=says):
        Optimizer(**changes)


WRONG_TYPES = {
    "Dial('switch_riddle_v0', batch=2.5)": "batch must be an integer, at least 1; received 2.5",
    "Dial('switch_riddle_v0', agents='3')": "agents must be an integer, at least 0; received '3'",
    "Dial('switch_riddle_v0', updates=20.0)": "received 20.0. Set updates to an integer of 1 or more.",
    "Dial('switch_riddle_v0', updates='20')": "received '20'. Set updates to an integer of 1 or more.",
    "Dial('switch_riddle_v0', updates=True)": "received True. Set updates to an integer of 1 or more.",
    "Dial('switch_riddle_v0', batch=np.int64(0))": "received 0. Set batch to an integer of 1 or more.",
    "train(Dial('switch_riddle_v0'), existing='skip')": (
        "existing must be one of 'error', 'resume', 'overwrite'; received 'skip'. Pass one of them."
    ),
    "Dial('switch_riddle_v0', gamma='x')": "gamma must be a finite number from 0 to 1; received 'x'",
    "Dial('switch_riddle_v0', bootstrap='tem')": "; received 'tem'. Did you mean 'team'",
    "ValueRegression('relay_v0', chains='publik')": "; received 'publik'. Did you mean 'public'",
    "Classification('digits_v0', order='fixt')": "; received 'fixt'. Did you mean 'fixed'",
    "Channel(credit='thru')": "no credit 'thru'. Did you mean 'through'",
    "Channel(Symbols(), credit='through')": "differentiable carrier; received Symbols(vocabulary=2, length=1, end=F",
    "Channel(4)": "carrier must be a Carrier; received 4",
    "Channel(DRU(), 0.1)": "link must be a Link; received 0.1",
    "switch_riddle_v0.parallel_env(channel='DRU')": "Channel or None; received 'DRU'",
    "switch_riddle_v0.parallel_env(agents=2.5)": "agents must be an integer, at least 2; received 2.5",
    "switch_riddle_v0.parallel_env(agents='3')": "agents must be an integer, at least 2; received '3'",
    "make_core('relay_v0', agents='3')": "agents must be an integer, at least 1; received '3'",
    "switch_riddle_v0.parallel_env(history='2')": "history must be an integer, at least 0; received '2'",
    "switch_riddle_v0.parallel_env(history=1.5)": "history must be an integer, at least 0; received 1.5",
    "switch_riddle_v0.parallel_env(mask_in_observation='no')": "must be True or False; received 'no'",
    "switch_riddle_v0.parallel_env(render_mode=1)": "render_mode must be one of 'ansi', 'rgb_array', 'human'",
    "switch_riddle_v0.parallel_env(illegal=None)": "illegal must be one of 'replace', 'error'; received None",
    "switch_riddle_v0.parallel_env(seed='x')": "seed must be an integer from 0 to 18446744073709551615; received 'x'",
    "switch_riddle_v0.parallel_env(seed=1.5)": "seed must be an integer from 0",
    "switch_riddle_v0.parallel_env(seed=-1)": "seed must be an integer from 0",
    "switch_riddle_v0.parallel_env(seed=True)": "seed must be an integer from 0",
    "switch_riddle_v0.parallel_env().reset(seed=-1)": "seed must be an integer from 0",
    "switch_riddle_v0.parallel_env(visits=np.full((1, 6), 1.9))": (
        "[1, 6] with values from 0 to 2; received 'an array of float64'"
    ),
    "switch_riddle_v0.parallel_env(visits=[[0] * 6])": "visits must be an integer array of shape [1, 6]",
    "switch_riddle_v0.parallel_env(visits=np.array([[0, 1, 7, 0, 0, 0]]))": "from 0 to 2; received '7 at [0, 2]'",
    "switch_riddle_v0.parallel_env(visits=np.zeros((2, 6), int))": (
        "received 'the shape [2, 6]'. Pass an array of shape [1, 6]"
    ),
    "make_core([])": "There is no game []. Known: color_digit_v0",
    "make_core('relay_v0', lanes=1.5)": "lanes must be an integer, at least 1; received 1.5",
    "DRU(bits=1.5)": "bits of DRU must be an integer, at least 1; received 1.5",
    "DRU(sigma='a')": "sigma of DRU must be a finite number of 0 or more; received 'a'",
    "Symbols('4')": "vocabulary of Symbols must be an integer, at least 1; received '4'",
    "Gumbel(straight_through='no')": "straight_through of Gumbel must be True or False; received 'no'",
    "Gumbel(temperature=0)": "temperature of Gumbel must be positive; received 0",
    "Flip(rate='a')": "rate of Flip must be a finite number from 0 to 1; received 'a'",
    "Erasure(rate=True)": "rate of Erasure must be a finite number from 0 to 1; received True",
    "Delay(steps=1.5)": "steps of Delay must be an integer, at least 1; received 1.5",
    "Composed((Flip(), 3))": "The parts of Composed must be links; received (Flip(rate=0.1), 3). Pass a tuple such as",
    "Composed(Flip())": "The parts of Composed must be links; received Flip(rate=0.1). Pass a tuple such as",
    "Gaussian(std=None)": "std of Gaussian must be a finite number of 0 or more; received None",
    "Quantize((1, 2), 4, 'los')": "no update rule of a codebook 'los'. Did you mean 'loss'",
    "Dial('switch_riddle_v0', silent='no')": "silent must be True or False; received 'no'",
    "PPO('referential_v0', game_options={'values': (4, 5)})": "must be a number, True, False or a word; received (4",
    "PPO('referential_v0', game_options='task')": "game_options must be a dict of options by name; received 'task'",
    "Dial('switch_riddle_v0', optimizer=3)": "optimizer must be an Optimizer; received 3",
    "train(Dial(3))": "There is no game 3. Known: color_digit_v0",
    "train('dial')": "train needs the settings of a recipe; received 'dial'",
}


def test_wrong_types_without_runtime_type_checks():
    """In a separate process, without the runtime type checks of the tests."""
    script = f"""
import numpy as np
from interlect.agents import Quantize
from interlect.envs import make_core, switch_riddle_v0
from interlect.protocols import DRU, Channel, Composed, Delay, Erasure, Flip, Gaussian, Gumbel, Symbols
from interlect.training import PPO, Classification, Dial, ValueRegression, train
for wrong in {list(WRONG_TYPES)}:
    try:
        eval(wrong)
    except ValueError as error:
        print(error)
    else:
        print("accepted:", wrong)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    said = done.stdout.splitlines()
    assert len(said) == len(WRONG_TYPES), done.stderr
    for line, expected in zip(said, WRONG_TYPES.values(), strict=True):
        assert expected in line


def test_folders_with_brackets_in_their_names(tmp_path, capsys):
    out = tmp_path / "my[/test]run"
    words = [word for name, value in TINY.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    assert main(["train", "dial", GAME, *words, "--out", str(out)]) == 0
    assert f"interlect study {shlex.quote(str(out))}" in capsys.readouterr().out
    assert main(["study", str(out)]) == 0
    assert str(out / "report.html") in capsys.readouterr().out
    assert main(["evaluate", str(tmp_path / "no[pe]where")]) == 1
    assert "no[pe]where" in capsys.readouterr().out
    assert main(["train", "[/foo]", GAME, "--out", str(tmp_path / "x")]) == 1


def test_a_folder_of_several_runs_where_one_is_expected(tmp_path):
    train(tiny(), tmp_path / "seed-0")
    with pytest.raises(ValueError, match=r"one run; received .*Pass one of its seeds, such as .*seed-0"):
        RunFolder.open(tmp_path)


def test_a_damaged_checkpoint_is_passed_over_and_kept(tmp_path):
    whole = train(tiny(), tmp_path / "whole").result["normalized_return"]
    train(tiny(), tmp_path / "run")
    newest = tmp_path / "run" / "checkpoints" / "6"
    (newest / "learner.safetensors").write_bytes(b"cut")
    with pytest.warns(UserWarning, match=r"other contents of learner\.safetensors.*The checkpoint of update 4 is used"):
        assert resume(tmp_path / "run").result["normalized_return"] == whole
    (kept,) = (tmp_path / "run" / "checkpoints").glob("6.damaged-*")
    assert (kept / "learner.safetensors").read_bytes() == b"cut"


def test_a_folder_that_holds_another_run(tmp_path):
    train(tiny(), tmp_path / "run")
    before = (tmp_path / "run" / "result.json").read_bytes()
    with pytest.raises(ValueError, match=r"same settings.*received .seed=1 instead of 0."):
        train(tiny(seed=1), tmp_path / "run")
    assert (tmp_path / "run" / "result.json").read_bytes() == before


def test_resuming_a_folder_without_a_run(tmp_path):
    with pytest.raises(ValueError, match=r"must contain config\.json; received"):
        resume(tmp_path)


@pytest.mark.parametrize("file", ["learner.safetensors", "counters.json", "manifest.json", "team/team.json"])
def test_only_damaged_checkpoints(tmp_path, file):
    train(tiny(), tmp_path / "run")
    for number in ("4", "6"):
        damaged = tmp_path / "run" / "checkpoints" / number / file
        damaged.write_bytes(damaged.read_bytes()[:20])
    with pytest.raises(ValueError, match=f"must have a complete checkpoint; received .*{file}.*Restore it from a copy"):
        resume(tmp_path / "run")


def test_a_checkpoint_of_another_run(tmp_path):
    train(tiny(), tmp_path / "mine")
    train(tiny(width=12), tmp_path / "other")
    theirs = tmp_path / "other" / "checkpoints" / "6" / "learner.safetensors"
    (tmp_path / "mine" / "checkpoints" / "6" / "learner.safetensors").write_bytes(theirs.read_bytes())
    with pytest.warns(UserWarning, match=r"other contents of learner\.safetensors"):
        resume(tmp_path / "mine")
    shutil.rmtree(tmp_path / "mine" / "checkpoints")
    shutil.copytree(tmp_path / "other" / "checkpoints", tmp_path / "mine" / "checkpoints")
    with pytest.raises(ValueError, match="must belong to this run; received 'a checkpoint of another run'"):
        resume(tmp_path / "mine")


FULL = """
import resource, signal, sys
from interlect.training.command_line.main import main
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
    assert "Nothing was learned yet. Raise the limit on the size of files, then use the same" in said
    assert "Traceback" not in said
    assert not list((tmp_path / "full").rglob("*.tmp"))


def test_the_command_line_prints_no_traceback(tmp_path, capsys):
    assert main(["train", "dial", "nonsense", "--out", str(tmp_path / "x")]) == 1
    said = capsys.readouterr().out
    assert "There is no game 'nonsense'" in said
    assert "Traceback" not in said


UNTYPED = """
import numpy as np
from interlect.envs import GAMES, make_core, switch_riddle_v0
from interlect.protocols import Channel
from interlect.training import Dial

made = Dial("switch_riddle_v0", batch=np.int64(4), width=np.int32(8), shared=np.bool_(True))
assert made == Dial("switch_riddle_v0", batch=4, width=8, shared=True)
assert type(made.batch) is int, type(made.batch)
env = switch_riddle_v0.parallel_env(channel=Channel())
one, other = env.reset(seed=np.int64(2))[0], env.reset(seed=2)[0]
assert all((one[agent] == other[agent]).all() for agent in env.possible_agents)
for name in GAMES:
    core = make_core(name, lanes=2, seed=0)
    step = core.reset()
    try:
        core.step(step.legal.argmax(-1).astype(np.float64))
    except ValueError as error:
        assert "Actions must be an array of integers; received 'an array of float64'" in str(error), error
    else:
        raise AssertionError(name)
"""


def test_numpy_scalars_are_numbers_like_others_and_actions_are_integers():
    """In a process of its own, where types are not checked."""
    done = subprocess.run([sys.executable, "-c", UNTYPED], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("device", ["meta", "cuda:-1", "nonsense", ""])
def test_devices_that_cannot_train_are_rejected_at_first(device):
    with pytest.raises(ValueError, match="device must be cpu or a GPU such as cuda or cuda:0; received"):
        tiny(device=device)


@pytest.mark.parametrize("make", [PPO, Rial, Dial], ids=lambda kind: kind.__name__)
def test_a_learning_rate_that_explodes_is_reported_as_divergence(tmp_path, make):
    rate = {"learning_rate": 1e38} if make is PPO else {"optimizer": Optimizer(learning_rate=1e38)}
    settings = make(GAME, updates=30, batch=4, width=8, evaluate_every=30, **rate)
    with pytest.raises(Diverged, match="The last good checkpoint is kept"):
        train(settings, tmp_path / "run")
