"""Remedies of errors about runs, followed literally: each error, its remedy, and the command that then succeeds."""

import errno
import json
import re
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from file_faults import failing
from interlect.agents import load_agent, load_team, save_agent, save_team
from interlect.protocols.common.files import write_json
from interlect.training import Run
from interlect.training.command_line import commands
from interlect.training.command_line.main import main
from interlect.training.recipes.table import recipe
from interlect.training.run_folders.locking import locked
from interlect.training.run_folders.run_folder import RunFolder
from interlect.training.runs import seeds
from small_runs import contents, run, train_words


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    assert main(train_words("dial", folder / "run")) == 0
    return folder / "run"


@pytest.fixture
def folder(tmp_path, trained):
    """A folder with spaces in its name that holds a finished run called "run" and a saved team called "team"."""
    place = tmp_path / "my runs"
    shutil.copytree(trained, place / "run")
    save_team(place / "team", Run.load(trained).team)
    return place


def again(recipe="dial", *more, out="run"):
    """The command that trains a small run in a folder."""
    return lambda folder: train_words(recipe, folder / out, *more)


def on(name, *places):
    """A command on places in the folder; other words are kept."""
    return lambda folder: [name, *(str(folder / p) if not p.startswith("--") and p != "0" else p for p in places)]


def named(folder, said):
    """The last command that a message names."""
    return shlex.split(re.findall(r"`interlect ([^`]+)`", said)[-1])


@dataclass(frozen=True)
class Case:
    """An error and how its remedy is followed.

    Attributes:
        name: Its name.
        words: The command that fails.
        remedy: A pattern of the remedy.
        then: The command that follows it, from the folder and the message.
        cause: What is done to the folder before.
        act: What the remedy tells to do with files.
    """

    name: str
    words: Callable
    remedy: str
    then: Callable
    cause: Callable = lambda folder: None
    act: Callable = lambda folder: None


def change(name, function):
    """Change the content of a file of the run; its old content is kept."""

    def apply(folder):
        shutil.copy(folder / "run" / name, folder / "kept")
        function(folder / "run" / name)

    return apply


def put_back(name):
    return lambda folder: shutil.copy(folder / "kept", folder / "run" / name)


def another_structure(path):
    path.write_text(json.dumps(json.loads(path.read_text()) | {"structure": "another"}))


def same(words):
    return lambda folder, said: words(folder)


def several(folder, finished):
    """The folder of two seeds, of which some have ended."""
    out = folder / "seeds"
    out.mkdir()
    settings = RunFolder.open(folder / "run").settings()
    write_json(out / "seeds.json", {"seeds": [0, 1], "settings": settings.to_json()})
    if finished:
        shutil.copytree(folder / "run", out / "seed-0")


def mark(folder):
    (folder / "mark").write_text("a file")


CUT = ("checkpoints/2/manifest.json", "checkpoints/1/manifest.json")
CASES = [
    Case("a file", again(out="mark"), r"Choose another --out\.$", lambda f, s: again(out="new")(f), mark),
    Case("a used folder", again(), r"Choose another --out,", lambda f, s: again(out="new")(f)),
    Case("a run", again(), r"continue with `interlect resume '.*'`,", named),
    Case("a run, existing", again(), r"or pass --existing resume\.$", same(again("dial", "--existing", "resume"))),
    Case(
        "other settings",
        again("dial", "--seed", "3", "--existing", "overwrite"),
        r"Choose another --out, or pass the settings of the run that exists\.",
        same(again("dial", "--seed", "0", "--existing", "overwrite")),
    ),
    Case(
        "own files",
        again("dial", "--existing", "overwrite"),
        r"Move your own files elsewhere",
        same(again("dial", "--existing", "overwrite")),
        lambda folder: (folder / "run" / "notes").write_text("mine"),
        lambda folder: (folder / "run" / "notes").rename(folder / "notes"),
    ),
    Case("no run", on("resume", "other"), r"There is no such folder\. Pass the --out of", same(on("resume", "run"))),
    Case(
        "a game",
        lambda folder: ["study", "switch_riddle_v0"],
        r"This is a game, not a folder\. Train a run with `interlect train RECIPE switch_riddle_v0`",
        same(again(out="new")),
    ),
    Case(
        "a run for seeds",
        again("dial", "--seeds", "0,1", "--existing", "resume"),
        r"Choose another --out, or continue that run with `interlect resume",
        named,
    ),
    Case(
        "seeds for a run",
        again("dial", "--existing", "resume", out="seeds"),
        r"Choose another --out, or continue those runs with `interlect resume",
        named,
        lambda f: several(f, True),
    ),
    Case(
        "other settings by default",
        again("dial", "--seed", "3"),
        r"received 'seed=3 instead of 0'\. Choose another --out, or pass the settings of the run that exists\.$",
        lambda f, s: again("dial", "--seed", "3", out="new")(f),
    ),
    Case("not a run", on("study", "."), r"Pass the --out of `interlect train`\.$", same(on("study", "run"))),
    Case(
        "a team",
        on("resume", "team"),
        r"or continue training with `interlect train \.\.\. --start`",
        lambda f, s: again("dial", "--start", str(f / "team"), out="new")(f),
    ),
    Case(
        "several seeds",
        on("study", "seeds"),
        r"Pass one of its seeds, such as (.*)\.$",
        lambda f, s: ["study", re.search(r"such as (.*seed-0)\.$", s)[1]],
        lambda f: several(f, True),
    ),
    Case("seeds to train", on("operators", "seeds"), "Train the remaining", named, lambda f: several(f, True)),
    Case("seeds not begun", on("study", "seeds"), "Train its seeds with", named, lambda f: several(f, False)),
    Case(
        "no checkpoint",
        on("resume", "run"),
        r"Train it again in another folder\.$",
        same(again(out="new")),
        lambda folder: shutil.rmtree(folder / "run" / "checkpoints"),
    ),
    Case(
        "no complete checkpoint",
        on("resume", "run"),
        r"Restore it from a copy\.$",
        same(on("resume", "run")),
        lambda folder: [
            shutil.copytree(folder / "run", folder / "copy"),
            *((folder / "run" / name).unlink() for name in CUT),
        ],
        lambda folder: shutil.copy(folder / "copy" / CUT[0], folder / "run" / CUT[0]),
    ),
    Case(
        "another config",
        on("study", "run"),
        r"Put back the files that were there\.",
        same(on("study", "run")),
        change("config.json", another_structure),
        put_back("config.json"),
    ),
    Case("seeds", again("dial", "--seeds", "3-1"), "Use a form such as 0-4 or 0,3,7", same(again(out="x"))),
    Case(
        "seed and seeds",
        again("dial", "--seeds", "1", "--seed", "1", out="x"),
        r"Remove --seed\.$",
        same(again("dial", "--seeds", "1", out="x")),
    ),
    Case(
        "import", lambda f: ["list", "--import"], r"Pass --import MODULE\.$", lambda f, s: ["list", "--import", "json"]
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_remedy_of_a_command_works(folder, capsys, monkeypatch, case):
    def run_here(function, tasks, workers, on_report=None, saves=False):
        for key, arguments in tasks.items():
            yield key, function(lambda report: None, *arguments)

    monkeypatch.setattr(seeds, "run_tasks", run_here)
    case.cause(folder)
    status, said = run(case.words(folder), capsys)
    assert status == 1
    message = said[said.rindex("Error: ") :]
    assert re.search(case.remedy, message), message
    case.act(folder)
    status, said = run(case.then(folder, message), capsys)
    assert status == 0, said


SAVED = {
    "model.safetensors": "Use a complete copy of",
    "graph.json": "Use a complete copy|Load the files that were saved",
}


@pytest.mark.parametrize("name", SAVED)
def test_a_saved_agent_is_loaded_after_its_files_are_put_back(folder, name):
    save_agent(folder / "agent", load_team(folder / "team").agents[0])
    shutil.copytree(folder / "agent", folder / "copy")
    file = folder / "agent" / name
    file.write_bytes(file.read_bytes()[:9])
    with pytest.raises(ValueError, match=SAVED[name]):
        load_agent(folder / "agent")
    shutil.copy(folder / "copy" / name, file)
    load_agent(folder / "agent")


def test_a_damaged_team_is_loaded_after_a_complete_copy_is_put_back(folder):
    team = load_team(folder / "team")
    save_team(folder / "copy", team)
    (folder / "team" / "team.json").write_text("{}")
    with pytest.raises(ValueError, match=r"Use a complete copy of"):
        load_team(folder / "team")
    shutil.copy(folder / "copy" / "team.json", folder / "team")
    assert len(load_team(folder / "team").agents) == len(team.agents)


def test_a_locked_run_is_continued_when_the_other_process_has_ended(folder, capsys):
    (folder / "run" / "result.json").unlink()
    with locked(folder / "run"):
        status, said = run(["resume", folder / "run"], capsys)
        assert status == 1
        assert "Wait until it ends, or stop it; its progress is saved." in said
    assert main(["resume", str(folder / "run")]) == 0


def test_a_run_on_a_read_only_disk_is_copied_and_the_copy_resumed(folder, trained, capsys):
    out = folder / "cut"
    words = train_words("dial", out)
    with failing(70, errno.EROFS, lasting=True):
        status, said = run(words, capsys)
    assert status == 1
    assert "or copy the folder to another disk and resume the copy." in said
    shutil.copytree(out, folder / "copy")
    assert main(["resume", str(folder / "copy")]) == 0
    assert contents(folder / "copy") == contents(trained)


def test_a_new_run_on_a_read_only_disk_is_trained_elsewhere(folder, trained, capsys):
    with failing(0, errno.EROFS, lasting=True):
        status, said = run(train_words("dial", folder / "cut"), capsys)
    assert status == 1
    assert "or choose another --out." in said
    assert main(train_words("dial", folder / "new")) == 0
    assert contents(folder / "new") == contents(trained)


def test_a_run_that_diverged_is_trained_with_a_lower_learning_rate(folder, capsys):
    wild = ["--learning-rate", "1e30", "--clip-grad-value", "0"]
    status, said = run(train_words("dial", folder / "wild", *wild), capsys)
    assert status == 1
    assert "Lower the learning rate, and choose another --out." in said
    assert main(train_words("dial", folder / "tame", *wild[2:], "--learning-rate", "1e-3")) == 0


SCORECARDS = [
    (("value_regression", "relay_v0", {"agents": 3}), r"Use agents=4 in training\.", {"agents": 4}),
    (("dial", "switch_riddle_v0", {"silent": True}), r"Remove silent=True from training\.", {"silent": False}),
    (("classification", "digits_v0", {"agents": 2, "shared": False}), r"Use agents=1 in training", {"agents": 1}),
]


@pytest.mark.parametrize(("settings", "remedy", "change"), SCORECARDS)
def test_settings_for_a_scorecard(settings, remedy, change):
    name, game, options = settings
    with pytest.raises(ValueError, match=remedy):
        commands.check_operators(recipe(name)(game, **options), None, False)
    commands.check_operators(recipe(name)(game, **(options | change)), None, False)
