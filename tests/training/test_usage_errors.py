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
            ["--game-options must be pairs of a name and a value; received 'a b c'. Pass, for example, --game-options"],
        ),
        ("train dial", ["`interlect train dial` needs GAME: name of the game; `interlect list` prints all names."]),
        ("train", ["`interlect train` needs a recipe: dial, "]),
        ("trian dial", ["There is no command 'trian'. Did you mean 'train'? Known: check, "]),
        ("study", ["`interlect study` needs PATH: folder of the run."]),
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
