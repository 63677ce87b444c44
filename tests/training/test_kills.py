"""A run that is killed at any file operation ends, by the remedies that are printed, as if it had never been killed."""

import os
import random
import shutil
import signal
import time
from contextlib import suppress
from functools import partial

import pytest
from file_faults import images, killed_at, without_syncs_and_shapes
from interlect.training.command_line.main import main
from interlect.training.runs import seeds
from small_runs import GAMES, contents, follow, train_words


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    """Without checks of shapes, which other tests make, and without syncs, which only matter when the power fails."""
    with without_syncs_and_shapes(monkeypatch):
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The contents of the uninterrupted run of a recipe."""
    known = {}

    def find(recipe):
        if recipe not in known:
            out = tmp_path_factory.mktemp("whole") / recipe
            assert main(train_words(recipe, out)) == 0
            known[recipe] = contents(out)
        return known[recipe]

    return find


PAINTED = {"gap", "sgan", "stackgan"}
"""Recipes whose evaluation takes seconds, so that all of their operations are killed in the exhaustive tests only."""


def image_of_every_operation(recipe, tmp_path):
    (tmp_path / "images").mkdir()
    return images(lambda: main(train_words(recipe, tmp_path / "run")), tmp_path / "run", tmp_path / "images")


def end_exactly(recipe, killed, expected, capsys):
    for number, out in killed.items():
        train = train_words(recipe, out)
        said = follow(["resume", out] if number % 2 else train, train, capsys)
        assert contents(out) == expected, (out.name, said)


def test_a_run_killed_at_every_operation_ends_exactly(tmp_path, capsys, whole):
    killed = image_of_every_operation("dial", tmp_path)
    assert len(killed) > 80
    end_exactly("dial", killed, whole("dial"), capsys)


@pytest.mark.slow
@pytest.mark.parametrize(
    "recipe", [pytest.param(name, marks=pytest.mark.exhaustive if name in PAINTED else ()) for name in GAMES]
)
def test_every_recipe_killed_at_every_operation_ends_exactly(tmp_path, capsys, whole, recipe):
    end_exactly(recipe, image_of_every_operation(recipe, tmp_path), whole(recipe), capsys)


@pytest.mark.parametrize("recipe", GAMES)
def test_a_killed_process_leaves_the_image_and_ends_exactly(tmp_path, capsys, whole, recipe):
    kept = image_of_every_operation(recipe, tmp_path)
    numbers = list(kept)[len(kept) // 5 :: len(kept) // 2]
    for number in numbers:
        out = tmp_path / f"killed-{number}"
        assert killed_at(number, partial(main, train_words(recipe, out)))
        assert names(out) == names(kept[number])
    end_exactly(recipe, {number: tmp_path / f"killed-{number}" for number in numbers}, whole(recipe), capsys)


def names(folder):
    """The files of a folder, without what is random in the names of temporary ones."""
    parts = [path.relative_to(folder).as_posix().split(".") for path in folder.rglob("*")]
    return sorted([part for part in name if len(part.split("/")[0]) != 16] for name in parts)


@pytest.fixture
def in_this_process(monkeypatch):
    """Tasks of workers run in this process, so that their file operations are seen."""

    def run_here(function, tasks, workers, on_report=None, saves=False):
        for key, arguments in tasks.items():
            yield key, function(lambda report: None, *arguments)

    monkeypatch.setattr(seeds, "run_tasks", run_here)


def seeds_killed(tmp_path, capsys, every):
    words = partial(train_words, "dial")
    whole = tmp_path / "run"
    (tmp_path / "images").mkdir()
    killed = images(lambda: main([*words(whole), "--seeds", "3,5"]), whole, tmp_path / "images")
    expected = contents(whole)
    for number, out in list(killed.items())[::every]:
        train = [*words(out), "--seeds", "3,5"]
        said = follow(["resume", out] if number % 2 else train, train, capsys)
        assert contents(out) == expected, (out.name, said)
    return len(killed)


def test_several_seeds_killed_at_some_operations_end_exactly(tmp_path, capsys, in_this_process):
    assert seeds_killed(tmp_path, capsys, 12) > 150


@pytest.mark.slow
def test_several_seeds_killed_at_every_operation_end_exactly(tmp_path, capsys, in_this_process):
    seeds_killed(tmp_path, capsys, 1)


def test_a_study_killed_at_every_operation_is_repeated_exactly(tmp_path, capsys):
    out = tmp_path / "run"
    assert main(train_words("dial", out)) == 0
    (tmp_path / "images").mkdir()
    killed = images(lambda: main(["study", str(out)]), out, tmp_path / "images")
    assert len(killed) > 5
    for folder in killed.values():
        assert main(["study", str(folder)]) == 0
        assert contents(folder).items() >= contents(out).items(), folder.name


@pytest.mark.slow
def test_fifty_kills_at_random_times(tmp_path, capsys, whole):
    rng = random.Random(0)
    out, train = tmp_path / "run", train_words("dial", tmp_path / "run", "--updates", "40")
    assert main(train_words("dial", tmp_path / "whole", "--updates", "40")) == 0
    expected, kills = contents(tmp_path / "whole"), 0
    while kills < 50:
        child = os.fork()
        if child == 0:
            with suppress(BaseException):
                follow(["resume", out], train, capsys)
            os._exit(0)
        time.sleep(rng.uniform(0, 0.15))
        os.kill(child, signal.SIGKILL)
        kills += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        if (out / "result.json").is_file():
            follow(["resume", out], train, capsys)
            assert contents(out) == expected, kills
            shutil.rmtree(out)
    follow(["resume", out], train, capsys)
    assert contents(out) == expected
