"""The command line: defaults per game, presets, registered recipes, and the output of each command."""

import json
import re
import subprocess
import sys

import pytest
import tyro
from interlect.envs import GAMES
from interlect.training import Dial, settings_for, train
from interlect.training.command_line.main import _commands, main
from interlect.training.recipes.game_defaults import GAME_DEFAULTS
from interlect.training.recipes.table import recipes
from interlect.training.reports.run_report import study_run

GAME = "switch_riddle_v0"
TINY = ["--updates", "2", "--batch", "2", "--width", "8"]


def command(*words):
    """Run in a separate process, as tyro's marker for a missing value does not have the type of the field."""
    return subprocess.run([sys.executable, "-m", "interlect.training", *words], capture_output=True, text=True)


def trained(tmp_path, *extra):
    assert main(["train", "dial", GAME, *TINY, *extra, "--out", str(tmp_path / "run")]) == 0
    return tmp_path / "run"


@pytest.mark.parametrize("words", [["--preset", "paper"], ["--preset=paper"]])
def test_flags_override_the_values_of_a_preset(tmp_path, words):
    done = command("train", "dial", GAME, *TINY, *words, "--clip-grad-value", "3.5", "--out", str(tmp_path / "run"))
    assert done.returncode == 0, done.stdout
    optimizer = json.loads((tmp_path / "run" / "config.json").read_text())["settings"]["optimizer"]
    assert (optimizer["momentum"], optimizer["clip_grad_value"]) == (0.95, 3.5)


def test_an_unknown_preset():
    done = command("train", "dial", GAME, "--preset=papr")
    assert done.returncode == 1
    assert "Did you mean 'paper'" in done.stdout


def test_the_result_of_a_run_is_complete(tmp_path):
    result = json.loads((trained(tmp_path) / "result.json").read_text())
    want = "game agents recipe seed updates episodes environment_steps cpu_seconds wall_seconds return_mean oracle"
    assert (
        set(want.split()) | {"no_communication", "normalized_return", "communication_gain", "how", "standard_error"}
        <= result.keys()
    )
    assert result["oracle"]["kind"] == "exact"
    assert (result["updates"], result["episodes"]) == (2, 4)
    assert 4 <= result["environment_steps"] <= 24


def test_evaluate_and_study_read_a_run(tmp_path, capsys):
    run = trained(tmp_path)
    for channel in ("normal", "silent", "constant", "shuffled"):
        assert main(["evaluate", str(run), "--channel", channel]) == 0
        assert "normalized_return" in capsys.readouterr().out
    assert main(["study", str(run)]) == 0
    assert "Decision tree for the action" in capsys.readouterr().out
    assert (run / "report.html").stat().st_size > 10_000
    assert main(["evaluate", str(run), "--channel", "shufled"]) == 1
    assert "Did you mean 'shuffled'" in capsys.readouterr().out


def test_a_team_trained_in_silence_is_said_to_hear_nothing(tmp_path, capsys):
    run = trained(tmp_path, "--silent")
    capsys.readouterr()
    assert main(["evaluate", str(run), "--channel", "shuffled"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "its agents receive no messages under any intervention" in said
    assert re.search(r"channel +silent", said)
    assert "shuffled" not in said
    page = study_run(run)[1].read_text()
    assert "its agents receive no messages under any intervention" in page
    assert "messages are exchanged" not in page


def test_the_report_of_a_stopped_run_says_where_it_stopped(tmp_path):
    def stop(updates, row):
        if updates == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(Dial(GAME, updates=9, batch=2, width=8, checkpoint_every=2), tmp_path / "run", stop)
    page = study_run(tmp_path / "run")[1].read_text()
    assert "stopped at update 2" in page
    assert "The team earns" in page


def test_an_error_about_a_value_is_one_line_without_a_progress_bar(tmp_path, capsys):
    assert main(["train", "dial", GAME, "--updates", "0"]) == 1
    said = capsys.readouterr()
    assert (
        said.out
        == "Error: updates must be an integer, at least 1; received 0. Set --updates to an integer of 1 or more.\n"
    )
    assert said.err == ""
    assert main(["train", "dial", GAME, "--agents", "1", "--out", str(tmp_path / "run")]) == 1
    assert capsys.readouterr().out.startswith("Error: agents must be an integer, at least 2")


def test_errors_and_help_of_tyro_are_printed(capsys):
    with pytest.raises(SystemExit):
        main(["train", "dial", "--help"])
    assert "--learning-rate" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["train", "dial", GAME, "--updates", "many"])
    said = capsys.readouterr()
    assert "--updates must be an integer" in said.out + said.err


def test_an_exact_result_prints_no_empty_rows(tmp_path, capsys):
    trained(tmp_path)
    said = capsys.readouterr().out
    assert "standard_error" not in said
    assert "None" not in said


def test_silent_runs_have_another_default_folder():
    assert Dial(GAME).name == "dial-switch_riddle_v0-n3"
    assert Dial(GAME, silent=True).name == "dial-switch_riddle_v0-n3-silent"


def test_the_version(capsys):
    assert main(["--version"]) == 0
    assert re.fullmatch(r"interlect \d+\.\d+\.\d+\S*\n", capsys.readouterr().out)


def test_resuming_a_run_that_ended_changes_nothing(tmp_path):
    run = trained(tmp_path)
    before = (run / "checkpoints" / "2" / "learner.safetensors").read_bytes()
    assert main(["resume", str(run)]) == 0
    assert (run / "checkpoints" / "2" / "learner.safetensors").read_bytes() == before


@pytest.mark.parametrize("recipe", ["dial", "rial"])
def test_a_recipe_runs_by_itself(tmp_path, recipe):
    words = [sys.executable, "-m", "interlect.training", "train", recipe, GAME, *TINY, "--out", str(tmp_path / "run")]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "run" / "result.json").read_text())["recipe"] == recipe


def test_list_prints_games_recipes_and_channels(capsys):
    assert main(["list"]) == 0
    said = capsys.readouterr().out
    for name in (GAME, "dial", "rial", "DRU", "Symbols", "Continuous", "Flip", "Erasure", "Gaussian"):
        assert name in said
    assert "`" not in said
    assert "interlect train RECIPE --help" in said
    table = said.partition("Which recipe runs on which game")[2].splitlines()
    runs = {row.split()[0]: set(row.replace(",", "").split()[1:]) for row in table[2 : 2 + len(GAMES)]}
    assert set().union(*runs.values()) == set(recipes())
    assert "rial" in runs["relay_v0"]
    assert "sender_receiver" not in runs["relay_v0"]
    assert runs["digits_v0"] == {"classification"}


def test_game_options_are_parsed_as_numbers_booleans_and_strings(tmp_path):
    options = ["--game-options", "task", "reconstruct", "values", "4", "holdout_share", "0.25", "partial", "True"]
    assert main(["train", "rial", "referential_v0", *TINY, *options, "--out", str(tmp_path / "run")]) == 0
    found = json.loads((tmp_path / "run" / "config.json").read_text())["settings"]["game_options"]
    assert found == {"task": "reconstruct", "values": 4, "holdout_share": 0.25, "partial": True}
    assert [type(value) for value in found.values()] == [str, int, float, bool]


@pytest.mark.parametrize(
    ("words", "want"),
    [
        (("color_digit_v0",), {"batch": 128, "updates": 1500, "evaluate_every": 75}),
        (("color_digit_v0", "--updates", "30"), {"batch": 128, "updates": 30, "evaluate_every": 1}),
        (("multistep_digit_v0", "--carrier", "gumbel"), {"sigma": 2.0, "carrier": "gumbel", "updates": 3000}),
        (("referential_v0", "--game-options", "values", "4"), {"game_options": {"values": 4}, "bootstrap": "return"}),
        (("color_digit_v0", "--preset", "paper"), {"batch": 32, "updates": 1000}),
        (("relay_v0",), {"batch": 32, "updates": 1000, "evaluate_every": 50}),
    ],
)
def test_defaults_are_those_of_the_game(words, want):
    arguments = ["train", "dial", *words]
    settings = tyro.cli(_commands(arguments), args=arguments, prog="interlect").recipe.settings
    assert {name: getattr(settings, name) for name in want} == want
    if len(words) == 1:
        assert settings_for("dial", *words) == settings


@pytest.mark.parametrize(
    ("recipe", "first", "second", "remedy"),
    [
        (
            "rial",
            ["--length", "2", "--vocabulary", "3"],
            ["--length", "3"],
            "Pass --vocabulary 3 and --length 2, as in",
        ),
        ("dial", ["--length", "2"], [], "Pass the --length with which messages are DRU"),
        (
            "dial",
            ["--agents", "3"],
            ["--agents", "4"],
            "Pass the settings of the game that the team plays, such as --ag",
        ),
    ],
)
def test_a_start_with_other_ports(tmp_path, capsys, recipe, first, second, remedy):
    words = ["train", recipe, GAME, *TINY]
    assert main([*words, *first, "--out", str(tmp_path / "run")]) == 0
    capsys.readouterr()
    start = ["--start", str(tmp_path / "run"), "--out", str(tmp_path / "more")]
    assert main([*words, *second, *start]) == 1
    said = capsys.readouterr().out
    assert remedy in said
    assert "action int" not in said  # the same in both
    assert main([*words, *first, *start]) == 0


def test_a_team_without_messages_is_not_evaluated_with_others(tmp_path, capsys):
    run = str(tmp_path / "run")
    assert main(["train", "classification", "digits_v0", *TINY, "--out", run]) == 0
    said = capsys.readouterr().out
    assert "To study the run, run: interlect study" in said
    assert "evaluation_episodes" not in said  # the value is exact
    for channel in "silent", "constant", "shuffled":
        assert main(["evaluate", run, "--channel", channel]) == 1
        said = capsys.readouterr().out
        assert f"digits_v0 has no messages to change; received '{channel}'. Remove --channel." in " ".join(said.split())
    assert main(["evaluate", run]) == 0
    assert "channel" not in capsys.readouterr().out


def test_settings_for_an_unknown_name():
    with pytest.raises(ValueError, match=r"There is no game 'switch_ridle_v0'. Did you mean 'switch_riddle_v0'\?"):
        settings_for("dial", "switch_ridle_v0")
    with pytest.raises(ValueError, match=r"dial has no preset 'papper'. Did you mean 'paper'\?"):
        settings_for("dial", GAME, preset="papper")


def test_every_default_of_a_game_is_a_setting():
    for recipe, games in GAME_DEFAULTS.items():
        for game, values in games.items():
            assert recipe.runs_on(game)
            settings = settings_for(recipe.recipe, game)
            assert {name: getattr(settings, name) for name in values} == values
