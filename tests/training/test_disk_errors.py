"""A disk that fails at any file operation: one line with a remedy that fits, nothing lost, and an exact end."""

import errno
import re
from functools import partial

import pytest
from file_faults import failing, leftovers, operations, without_syncs_and_shapes
from interlect.training.command_line.main import main
from small_runs import GAMES, contents, follow, run, train_words

REMEDIES = {
    errno.ENOSPC: "Free some space on the disk, then",
    errno.EDQUOT: "Free some of your quota, then",
    errno.EROFS: "Make its file system writable, then .*; or (choose another --out|copy the folder to another disk)",
    errno.EACCES: "Get permission to write there, then .*; or (choose another --out|copy the folder to another disk)",
    errno.EIO: "Check the disk, then .*; or (choose another --out|copy the folder to another disk)",
}
REMOVING = ("unlink", "rmdir", "replace")
"""Operations that remove old checkpoints and temporary files; a run goes on without them."""


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    """Without checks of shapes, which other tests make, and without real syncs."""
    with without_syncs_and_shapes(monkeypatch):
        yield


def fails(recipe, tmp_path, capsys, error, numbers, lasting=False):
    """Let an operation of a run fail, follow the remedy, and compare with a run on a good disk."""
    whole = tmp_path / "whole"
    count = len(operations(partial(main, train_words(recipe, whole))))
    expected, failures = contents(whole), 0
    for number in range(count)[numbers]:
        out = tmp_path / f"failed-{number}"
        words = train_words(recipe, out)
        with failing(number, error, lasting) as failed:
            status, said = run(words, capsys)
        assert failed
        if status == 0:
            assert failed[0].split()[0] in REMOVING, (number, failed)
            assert contents(out).items() >= expected.items(), (number, failed)
            continue
        failures += 1
        message = said[said.index("Error: ") :]
        assert re.search(REMEDIES[error], message), (number, failed, said)
        assert message.count("Could not write") == 1, said
        assert not re.search(r"Errno|Traceback|\.tmp", message), said
        assert lasting or not leftovers(out), (number, failed)
        begun = "interlect resume" in message
        assert begun == (out / "config.json").exists()
        assert begun or not out.exists() or lasting
        follow(["resume", out] if begun else words, words, capsys)
        assert contents(out) == expected, (number, failed, said)
    return failures


@pytest.mark.parametrize("first", range(5))
def test_a_disk_that_fails_at_some_operations(tmp_path, capsys, first):
    error = list(REMEDIES)[first]
    assert fails("dial", tmp_path, capsys, error, slice(first, None, 13), lasting=first % 2 == 0)


@pytest.mark.exhaustive
@pytest.mark.parametrize("lasting", [False, True])
@pytest.mark.parametrize("error", REMEDIES)
def test_a_disk_that_fails_at_many_operations(tmp_path, capsys, error, lasting):
    every = error == (errno.EROFS if lasting else errno.ENOSPC)
    assert fails("dial", tmp_path, capsys, error, slice(None, None, 1 if every else 6), lasting) > (
        100 if every else 15
    )


@pytest.mark.exhaustive
@pytest.mark.parametrize("recipe", sorted(set(GAMES) - {"dial"}))
def test_other_recipes_on_a_full_disk(tmp_path, capsys, recipe):
    assert fails(recipe, tmp_path, capsys, errno.ENOSPC, slice(0, None, 5))
