"""A small run of each recipe as a command, the remedies that messages print, and what a run left in its folder."""

import json
import re
import shlex
from pathlib import Path

from interlect.training import Settings
from interlect.training.command_line.main import main
from interlect.training.recipes.table import recipes
from safetensors import numpy as safetensors

GAMES = {
    "dial": ("switch_riddle_v0", "--agents", "2"),
    "rial": ("switch_riddle_v0", "--agents", "2"),
    "ppo": ("switch_riddle_v0", "--agents", "2"),
    "value_regression": ("relay_v0",),
    "supervised": ("relay_v0",),
    "sender_receiver": ("referential_v0",),
    "classification": ("digits_v0",),
    "gan": ("forgery_v0",),
    "gap": ("forgery_v0", "--agents", "4"),
    "sgan": ("forgery_v0",),
    "stackgan": ("forgery_v0",),
}
"""The game of each recipe's small run, with its options."""
SMALL = ("--updates", "2", "--batch", "2", "--width", "4", "--evaluate-every", "1", "--checkpoint-every", "1")


def first_recipe(game: str) -> type[Settings]:
    """The settings of a recipe that runs on this game."""
    return next(recipe for recipe in recipes().values() if recipe.runs_on(game))


def train_words(recipe: str, out: Path, *more: str) -> list[str]:
    """The words of the command that trains a small run."""
    return ["train", recipe, *GAMES[recipe], *SMALL, *more, "--out", str(out)]


def run(words, capsys) -> tuple[int, str]:
    """Run a command: its status, and its output on one line."""
    capsys.readouterr()
    status = main([str(word) for word in words])
    return status, " ".join(capsys.readouterr().out.split())


def follow(words, train, capsys, most: int = 4) -> list[str]:
    """Run a command, and what each error's remedy says, literally, until one succeeds. Returns all messages.

    Args:
        words: The words of the first command.
        train: The words of the command that began the run, which a remedy can refer to.
        capsys: Pytest's capture of the output.
        most: The largest number of commands.
    """
    said = []
    for _ in range(most):
        status, output = run(words, capsys)
        said.append(output)
        if status == 0:
            return said
        named = re.findall(r"`interlect (resume [^`]+)`", output)
        if named:
            words = shlex.split(named[-1])
        elif re.search(r"[Uu]se the same `interlect train` again|There is no such folder", output):
            words = train
        else:
            break
    raise AssertionError(f"no remedy leads on: {said}")


def contents(folder: Path) -> dict[str, object]:
    """What the files of a folder contain, by path, without times and the hashes of times."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir():
            found[name] = "folder"
        elif path.suffix == ".safetensors":
            found[name] = {key: array.tobytes() for key, array in safetensors.load_file(path).items()}
        elif path.suffix == ".jsonl":
            found[name] = [_timeless(json.loads(line)) for line in path.read_text().splitlines()]
        elif path.suffix == ".json":
            found[name] = _timeless(json.loads(path.read_text()))
        elif path.suffix == ".html":
            found[name] = "a page"
        elif path.name != ".lock":
            found[name] = path.read_bytes()
    return found


def _timeless(value):
    if isinstance(value, dict):
        return {key: _timeless(part) for key, part in value.items() if not re.search(r"seconds|counters\.json", key)}
    return [_timeless(part) for part in value] if isinstance(value, list) else value
