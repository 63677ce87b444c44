"""Training again into the same folder: an error, the same run continued, or the run replaced, and nothing else ever."""

import shutil

import pytest
from file_faults import images
from interlect.agents import save_team
from interlect.training import Dial, Rial, Run, resume, train
from interlect.training.command_line.main import main
from interlect.training.run_folders.locking import locked
from interlect.training.runs.seeds import train_seeds
from small_runs import contents, train_words

GAME = "switch_riddle_v0"
SMALL = {"agents": 2, "updates": 2, "batch": 2, "width": 4, "evaluate_every": 1, "checkpoint_every": 1}
SETTINGS = Dial(GAME, **SMALL)


class Stop(Exception):
    pass


def stop(*arguments):
    raise Stop


@pytest.fixture
def cut(tmp_path):
    """A run that stopped after its first update."""
    with pytest.raises(Stop):
        train(SETTINGS, tmp_path / "run", stop)
    return tmp_path / "run"


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    return contents(train(SETTINGS, tmp_path_factory.mktemp("whole") / "run").path)


def test_an_existing_run_is_an_error_by_default(cut):
    before = contents(cut)
    with pytest.raises(ValueError, match=r"empty or new folder; .* with `interlect resume .*existing=.resume.\."):
        train(SETTINGS, cut)
    assert contents(cut) == before


@pytest.mark.parametrize("existing", ["resume", "overwrite"])
def test_a_cell_that_runs_twice(tmp_path, cut, expected, existing):
    train(SETTINGS, cut, existing=existing)
    written = (cut / "result.json").stat().st_mtime_ns
    train(SETTINGS, cut, existing=existing)
    assert contents(cut) == expected
    assert ((cut / "result.json").stat().st_mtime_ns == written) == (existing == "resume")
    assert [entry.name for entry in tmp_path.iterdir()] == ["run"]
    new = train(SETTINGS, tmp_path / "new", existing=existing)
    assert contents(new.path) == expected


@pytest.mark.parametrize("existing", ["resume", "overwrite"])
def test_only_a_run_with_the_same_settings_and_start(tmp_path, cut, existing):
    before = contents(cut)
    with pytest.raises(ValueError, match=r"only a run with the same settings .*; received 'width=6 instead of 4'"):
        train(Dial(GAME, **SMALL | {"width": 6}), cut, existing=existing)
    with pytest.raises(ValueError, match="received 'rial instead of dial'"):
        train(Rial(GAME, **SMALL), cut, existing=existing)
    with pytest.raises(ValueError, match="only a run with the same starting team"):
        train(SETTINGS, cut, start=train(SETTINGS, tmp_path / "other").team, existing=existing)
    assert contents(cut) == before


def test_other_folders_are_never_overwritten(tmp_path, cut):
    (cut / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match=r"nothing but the files of a run.*received 'notes\.txt'. Move your own files"):
        train(SETTINGS, cut, existing="overwrite")
    assert resume(cut).result["updates"] == 2
    (cut / "notes.txt").unlink()
    with locked(cut), pytest.raises(ValueError, match="two processes at once"):
        train(SETTINGS, cut, existing="overwrite")
    (tmp_path / "link").symlink_to(cut)
    with pytest.raises(ValueError, match="received 'the link"):
        train(SETTINGS, tmp_path / "link", existing="overwrite")
    save_team(tmp_path / "team", Run.load(cut).team)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    for folder in ("team", "mine"):
        before = contents(tmp_path / folder)
        with pytest.raises(ValueError, match="empty or new folder"):
            train(SETTINGS, tmp_path / folder, existing="overwrite")
        assert contents(tmp_path / folder) == before


def test_the_old_run_is_kept_until_the_new_one_has_begun(tmp_path, cut, expected, monkeypatch):
    before = contents(cut)
    with monkeypatch.context() as patch:
        patch.setattr("interlect.training.run_folders.run_folder.check_readable", stop)
        with pytest.raises(Stop):
            train(SETTINGS, cut, existing="overwrite")
    assert contents(cut) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["run"]


def test_a_kill_while_a_run_is_overwritten_loses_nothing(tmp_path, expected):
    whole = tmp_path / "folder" / "run"
    train(SETTINGS, whole)
    (tmp_path / "images").mkdir()
    killed = images(lambda: train(SETTINGS, whole, existing="overwrite"), whole.parent, tmp_path / "images")
    for folder in list(killed.values())[::3]:
        for way in (resume, lambda path: train(SETTINGS, path, existing="resume")):
            copy = shutil.copytree(folder, tmp_path / "copy") / "run"
            way(copy)
            assert contents(copy) == expected, folder.name
            assert [entry.name for entry in copy.parent.iterdir()] == ["run"]
            shutil.rmtree(tmp_path / "copy")


def test_the_command_line_and_several_seeds(tmp_path, capsys):
    words = train_words("dial", tmp_path / "run")
    for more, status in ((), 0), ((), 1), (("--existing", "resume"), 0), (("--existing", "overwrite"), 0):
        assert main([*words, *more]) == status
    plan(tmp_path / "seeds", [0])
    with pytest.raises(ValueError, match=r"only a run with the same seeds .*; received .\[0, 1\] instead of \[0\]"):
        train_seeds(SETTINGS, [0, 1], tmp_path / "seeds", existing="resume")
    with pytest.raises(ValueError, match="received 'width=6 instead of 4'"):
        train_seeds(Dial(GAME, **SMALL | {"width": 6}), [0], tmp_path / "seeds", existing="overwrite")
    train(SETTINGS, tmp_path / "seeds" / "seed-0")
    summary = train_seeds(SETTINGS, [0], tmp_path / "seeds", existing="resume")
    assert summary["seeds"] == 1


def plan(folder, seeds):
    from interlect.protocols.common.files import write_json

    folder.mkdir()
    write_json(folder / "seeds.json", {"seeds": seeds, "settings": SETTINGS.to_json()})


def test_the_errors_of_python_name_arguments(cut):
    for settings, says in (SETTINGS, 'existing="resume"'), (Dial(GAME, **SMALL | {"width": 6}), "another folder"):
        with pytest.raises(ValueError, match=says) as raised:
            train(settings, cut)
        assert "--" not in str(raised.value)
