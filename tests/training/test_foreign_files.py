"""Files that do not belong to a run: overwriting, resuming and cleaning up never remove or change them."""

import os
import shutil

import pytest
from interlect.training import Dial, resume, train
from interlect.training.run_folders.locking import locked
from interlect.training.run_folders.own_files import foreign_files
from interlect.training.run_folders.paths import is_unfinished
from interlect.training.run_folders.run_folder import RunFolder
from interlect.training.runs.seeds import train_seeds
from small_runs import contents

SMALL = {"agents": 2, "updates": 3, "batch": 2, "width": 4, "evaluate_every": 1, "checkpoint_every": 1}
SETTINGS = Dial("switch_riddle_v0", **SMALL)
ASIDE = ".run.0123456789abcdef.replaced"
PLACES = [
    "notes.txt",
    ".draft.tmp",
    "checkpoints/notes.txt",
    "checkpoints/2/notes.txt",
    "checkpoints/2/team/agent_0/notes.txt",
    "checkpoints/.notes.tmp/notes.txt",
    "checkpoints/best/team.json",
    "start/notes.txt",
    "start/team.json/notes.txt",
    "report.html/notes.txt",
]


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    folder = tmp_path_factory.mktemp("started")
    start = train(SETTINGS, folder / "first").team
    return train(SETTINGS, folder / "run", start=start).path, start


@pytest.fixture
def run(started, tmp_path):
    return shutil.copytree(started[0], tmp_path / "run")


def write(path, kind="file"):
    """Put a file, an empty folder or a link at a path, and remove a file that is in the place of its folder."""
    if path.parent.is_file():
        path.parent.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to("elsewhere")
    else:
        path.write_text("mine")


def tree(folder):
    return sorted((str(p), p.read_bytes() if p.is_file() else None) for p in folder.rglob("*"))


def test_a_run_and_what_a_kill_leaves_of_it_have_no_foreign_files(run, tmp_path):
    shutil.copytree(run / "checkpoints/2", run / "checkpoints/.4.0123456789abcdef.tmp")
    (run / "checkpoints/2").rename(run / "checkpoints/2.damaged-01234567")
    (run / ".result.json.0123456789abcdef.tmp").write_text("{")
    (run / "checkpoints/.5.0123456789abcdef.tmp").mkdir()
    assert foreign_files(run) == []
    train_seeds(SETTINGS, [0], tmp_path / "seeds")
    assert foreign_files(tmp_path / "seeds") == []


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
@pytest.mark.parametrize("place", PLACES)
def test_a_run_with_foreign_files_is_not_overwritten(run, started, place, kind):
    write(run / place, kind)
    before = tree(run)
    with pytest.raises(ValueError, match=r"must|Move your own files elsewhere"):
        train(SETTINGS, run, start=started[1], existing="overwrite")
    assert foreign_files(run) == [place]
    assert tree(run) == before
    assert [entry.name for entry in run.parent.iterdir()] == ["run"]


@pytest.mark.parametrize("place", ["checkpoints/notes.txt", "start/notes.txt", "checkpoints/0/team/notes.txt"])
def test_a_folder_with_foreign_files_is_not_one_that_has_only_begun(tmp_path, place):
    write(tmp_path / "run" / ".lock")
    assert is_unfinished(tmp_path / "run")
    write(tmp_path / "run" / place)
    assert not is_unfinished(tmp_path / "run")
    with pytest.raises(ValueError, match="A new run needs an empty or new folder"):
        train(SETTINGS, tmp_path / "run")
    assert (tmp_path / "run" / place).read_text() == "mine"


def test_a_run_that_was_set_aside_is_not_put_back_over_foreign_files(run):
    expected = contents(run)
    run.rename(run.with_name(ASIDE))
    write(run / ".lock")
    write(run / "checkpoints/notes.txt")
    with pytest.raises(ValueError, match=rf"put back .*{ASIDE}.* received '.*checkpoints/notes.txt'. Move your own"):
        resume(run)
    assert (run / "checkpoints/notes.txt").read_text() == "mine"
    run.rename(run.with_name("mine"))
    resume(run)
    assert contents(run) == expected


def test_a_run_that_was_replaced_is_kept_if_it_holds_foreign_files(run):
    aside = shutil.copytree(run, run.with_name(ASIDE))
    write(aside / "checkpoints/3/notes.txt")
    resume(run)
    assert (aside / "checkpoints/3/notes.txt").read_text() == "mine"


def test_folders_of_others_with_the_name_of_a_run_that_was_set_aside_are_left_alone(run, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / ASIDE).symlink_to(outside)
    write(tmp_path / ".run.mine.replaced" / "config.json")
    before = contents(run)
    resume(run)
    assert contents(run) == before
    assert not list(outside.iterdir())
    assert (tmp_path / ".run.mine.replaced" / "config.json").read_text() == "mine"


def test_old_checkpoints_with_foreign_files_are_kept(tmp_path):
    def callback(updates, row):
        if updates == 1:
            write(tmp_path / "run/checkpoints/1/notes.txt")
            write(tmp_path / "run/.draft.tmp")

    train(SETTINGS, tmp_path / "run", callback)
    (tmp_path / "run/result.json").unlink()
    resume(tmp_path / "run")
    assert (tmp_path / "run/checkpoints/1/notes.txt").read_text() == "mine"
    assert (tmp_path / "run/.draft.tmp").read_text() == "mine"


class Moved(Exception):
    """The folder was moved."""


@pytest.mark.parametrize("moved", ["run", "."])
def test_a_folder_that_replaced_that_of_a_run_is_kept(tmp_path, moved):
    parent = tmp_path / "runs"

    def callback(updates, row):
        (parent / moved).resolve().rename(tmp_path / "moved")
        (parent / "run").mkdir(parents=True)
        raise Moved

    with pytest.raises(Moved):
        train(SETTINGS, parent / "run", callback)
    assert (parent / "run").is_dir()


def test_a_folder_that_replaced_that_of_a_run_while_it_was_created_is_kept(tmp_path, monkeypatch):
    def check_plays(*_):
        (tmp_path / "run").rename(tmp_path / "moved")
        write(tmp_path / "run" / "start" / "notes.txt")
        (tmp_path / "run" / "config.json").write_text("{}")
        raise ValueError("no")

    monkeypatch.setattr("interlect.training.run_folders.run_folder.RunFolder._check", check_plays)
    with pytest.raises(ValueError, match="no"):
        train(SETTINGS, tmp_path / "run")
    assert contents(tmp_path / "run").keys() == {"start", "start/notes.txt", "config.json"}


@pytest.mark.parametrize("name", [".lock", "metrics.jsonl"])
def test_a_hard_link_to_a_file_outside_is_not_written(run, tmp_path, name):
    (tmp_path / "outside").write_text("")
    (run / name).unlink()
    os.link(tmp_path / "outside", run / name)
    (run / "result.json").unlink()
    if name == ".lock":
        with pytest.raises(
            ValueError, match=rf"{name} must be a regular file .*received '.*a hard link.*Move it elsewhere"
        ):
            resume(run)
    else:
        resume(run)
    assert (tmp_path / "outside").read_text() == ""


def test_a_row_is_not_appended_to_a_hard_link(run, tmp_path):
    os.link(run / "metrics.jsonl", tmp_path / "outside")
    before = (tmp_path / "outside").read_text()
    with pytest.raises(ValueError, match=r"metrics\.jsonl must be a regular file .*received '.*a hard link"):
        RunFolder.open(run).log({"updates": 9})
    assert (tmp_path / "outside").read_text() == before


@pytest.mark.parametrize("kind", ["pipe", "folder", "link"])
def test_a_lock_that_is_not_a_file(tmp_path, kind):
    make = {"pipe": os.mkfifo, "folder": os.mkdir, "link": lambda path: os.symlink("elsewhere", path)}
    (tmp_path / "run").mkdir()
    make[kind](tmp_path / "run" / ".lock")
    with (
        pytest.raises(ValueError, match=r"\.lock must be a regular file .*Move it elsewhere"),
        locked(tmp_path / "run"),
    ):
        pass
    assert not (tmp_path / "run" / "elsewhere").exists()
