"""Usage errors are one line that names the word, what may have been meant, and where to find help."""

import subprocess
import sys

import pytest
from interlect.training.command_line.main import main


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (
            "train dial switch_riddle_v0 --updates abc",
            ["--updates must be an integer; received 'abc'. Pass an integer."],
        ),
        ("train dial switch_riddle_v0 --sigma x", ["--sigma must be a number; received 'x'. Pass a number."]),
        ("train dial switch_riddle_v0 --updatess 3", ["does not accept --updatess 3. Did you mean --updates?"]),
        ("train dial switch_riddle_v0 --updates", ["--updates must be followed by a value. Pass --updates VALUE."]),
        (
            "train dial switch_riddle_v0 --carrier gumbl",
            ["--carrier must be one of 'bit', 'gumbel', ", "; received 'gumbl'. Did you mean 'gumbel'"],
        ),
        (
            "train dial referential_v0 --game-options a b c --seed 3",
            [
                "--game-options must be pairs of a name and a value; received 'a b c'. "
                "Pass, for example, --game-options task reconstruct."
            ],
        ),
        ("train dial", ["`interlect train dial` needs GAME: name of the game; `interlect list` prints all names."]),
        ("train", ["`interlect train` needs a recipe: dial, "]),
        ("trian dial", ["There is no command 'trian'. Did you mean 'train'? Known: check, "]),
        ("study", ["`interlect study` needs PATH: folder of the run."]),
        ("check", ["`interlect check` needs PATH: folder to check. For help"]),
        ("study run --channel silent", ["`interlect study` does not accept --channel silent. For help"]),
        ("evaluate run --game x", ["`interlect evaluate` does not accept --game x. For help"]),
    ],
)
def test_usage_errors_are_one_line(words, parts):
    done = subprocess.run([sys.executable, "-m", "interlect.training", *words.split()], capture_output=True, text=True)
    assert done.returncode == 2
    said = done.stdout + done.stderr
    assert said.startswith("Error: ")
    assert said.count("\n") == 1
    command = " ".join(words.split()[: 2 if words.startswith("train ") else 1])
    parts = [*parts, "For help, run `interlect --help`." if "trian" in words else f"`interlect {command} --help`."]
    assert [part for part in parts if part not in said] == []


def test_examples_and_remedies_of_options_work_when_followed(tmp_path, capsys):
    words = ["train", "dial", "referential_v0", "--updates=2", "--batch=4", "--out", str(tmp_path / "run")]
    assert main([*words, "--game-options", "values", "5"]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "held-out objects, of which there are 2; received '5 candidates'. Use at most 2 candidates, or more" in said
    for number, options in enumerate(("values 5 candidates 2", "values 8", "task reconstruct")):
        words[-1] = str(tmp_path / str(number))
        assert main([*words, "--game-options", *options.split()]) == 0


INTERRUPTED_IMPORT = """
import runpy, sys
class Interrupt:
    def find_spec(name, path=None, target=None):
        if name == "torch":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupt)
sys.argv = ["interlect", "list"]
runpy.run_module("interlect.training", run_name="__main__")
"""


def test_an_interrupt_during_imports_is_no_traceback():
    done = subprocess.run([sys.executable, "-c", INTERRUPTED_IMPORT], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Stopped. No files were being written.\n")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("evaluate run --agents -5", "--agents needs --player; received -5. Remove --agents, or pass --player NAME."),
        ("train dial switch_riddle_v0 --workers 0", "--workers needs --seeds; received 0. Remove --workers, or pass"),
        ("resume run --workers 0", "--workers needs the folder of several seeds; received 0. Remove --workers."),
    ],
)
def test_flags_without_effect_are_refused(words, says, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words.split()) == 1
    assert says in " ".join(capsys.readouterr().out.split())
    assert not any(tmp_path.iterdir())


def test_a_single_seed_is_singular(capsys, tmp_path):
    words = ["train", "dial", "switch_riddle_v0", "--seeds=3", "--updates=1", "--batch=2", "--width=4"]
    assert main([*words, "--out", str(tmp_path / "run")]) == 0
    assert "over 1 seed: mean" in " ".join(capsys.readouterr().out.split())


def test_a_seed_and_seeds(capsys):
    assert main(["train", "dial", "switch_riddle_v0", "--seeds=0-4", "--seed", "1"]) == 1
    said = capsys.readouterr().out
    assert "cannot be combined; received '--seed 1 --seeds 0-4'. Remove --seed." in said


def test_a_name_where_nothing_is_known(capsys):
    assert main(["evaluate", "switch_riddle_v0", "--player", "nosuch"]) == 1
    assert "There is no player 'nosuch'. To use a player from" in capsys.readouterr().out


def test_the_list_of_links_reads_as_sentences(capsys):
    assert main(["list"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Delays each message by a fixed number of steps." in said
    assert "steps steps" not in said
