"""Damaged rows in metrics.jsonl: ``check`` and ``resume`` name the line and a remedy, and no valid row is dropped."""

import json
import re
import shutil

import pytest
from interlect.training import Dial, Run, resume, train
from interlect.training.run_folders.run_folder import RunFolder
from interlect.training.runs.checking import check_folder
from small_runs import contents

SMALL = {"agents": 2, "updates": 6, "batch": 2, "width": 4, "evaluate_every": 2, "checkpoint_every": 2}
REMEDY = r"Restore the file from a copy, or remove the line, which loses only its row\."


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return train(Dial("switch_riddle_v0", **SMALL), tmp_path_factory.mktemp("trained") / "run").path


@pytest.fixture
def run(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "run")


@pytest.fixture
def cut(run):
    """A run that was killed after its checkpoint of update 4 and the row of update 6."""
    (run / "result.json").unlink()
    shutil.rmtree(run / "checkpoints" / "6")
    return run


def change(run, number, line):
    lines = (run / "metrics.jsonl").read_text().splitlines()
    lines[number - 1 : number] = [] if line is None else [line]
    (run / "metrics.jsonl").write_text("".join(f"{line}\n" for line in lines))


def problem(run):
    (found,) = [part.problem for part in check_folder(run) if part.name == "metrics.jsonl"]
    return found


def follow(run, number, expected):
    """Check and resume name the line; resume leaves the file as it is, and succeeds after either remedy."""
    says = rf"Line {number} of {re.escape(str(run))}/metrics\.jsonl must .*{REMEDY}"
    before = (run / "metrics.jsonl").read_bytes()
    assert re.search(says, problem(run))
    with pytest.raises(ValueError, match=says):
        resume(run)
    assert (run / "metrics.jsonl").read_bytes() == before
    copy = shutil.copytree(run, run.with_name("copy"))
    change(copy, number, None)
    kept = [row["updates"] for row in resume(copy).metrics]
    assert kept == [due for due in (2, 4, 6) if due != 2 * number]
    if number <= 3:
        assert re.search(rf"(have a|be the) row of update {2 * number}.*Restore the file from a copy", problem(copy))
    else:
        assert problem(copy) is None
    write_rows(run, expected)
    resume(run)
    assert problem(run) is None
    assert contents(run)["metrics.jsonl"] == contents(copy)["metrics.jsonl"] or number <= 3


def write_rows(run, rows):
    (run / "metrics.jsonl").write_bytes(rows)


@pytest.mark.parametrize("line", ["", "[]", '{"updates": 2}', '{"upda', "\x00"])
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_run_that_has_ended(run, trained, number, line):
    change(run, number, line)
    follow(run, number, (trained / "metrics.jsonl").read_bytes())


@pytest.mark.parametrize("line", ["", "[]", '{"upda'])
@pytest.mark.parametrize("number", [1, 2])
def test_a_run_that_was_killed(cut, trained, number, line):
    change(cut, number, line)
    follow(cut, number, (trained / "metrics.jsonl").read_bytes())


def test_a_last_row_that_is_cut(run, trained):
    path = run / "metrics.jsonl"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ValueError, match=rf"Line 3 of .* must be a complete JSON object.*{REMEDY}"):
        resume(run)


@pytest.mark.parametrize("tail", ["", '{"upda', "[]\n[]\n"])
def test_lines_after_the_checkpoint_are_written_again(cut, trained, tail):
    expected = contents(trained)
    path = cut / "metrics.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:2]) + tail)
    assert problem(cut) is None
    assert RunFolder.open(cut).metrics(4) == Run.load(trained).metrics[:2]
    resume(cut)
    assert contents(cut) == expected


def test_a_row_after_a_damaged_one_is_never_dropped(cut):
    change(cut, 2, "[]")
    with pytest.raises(ValueError, match="Line 2"):
        RunFolder.open(cut).metrics(4)
    assert [row["updates"] for row in RunFolder.open(cut).metrics(2)] == [2]
    assert [json.loads(line) != [] for line in (cut / "metrics.jsonl").read_text().splitlines()] == [True, False, True]
