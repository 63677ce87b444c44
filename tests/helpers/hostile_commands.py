"""Malformed arguments of the command line, by a seeded generator."""

import dataclasses
import random
import sys
import typing
from typing import Any

from hostile_values import Case, kind_of, shown
from interlect.training.command_line.main import main
from interlect.training.recipes.table import RECIPES, games_of

NUMBERS = ["10000000000000", "1_0", "١", "1e3", "2.5", "0x10"]
"""Words that are valid for some numbers on the command line."""
WORDS = [
    *("", " ", "\n", "\ud800", "9" * 400),
    *["nan", "inf", "-inf", "-1", "-0.5", "1e999", "abc", "1,2", "[1]", "None", "True", "--", "-", "'", "{}"],
    *NUMBERS,
]


def command_case(rng: random.Random) -> Case:
    command = rng.choice(["train"] * 6 + ["study", "evaluate", "resume", "operators", "credit", "list", "check"])
    word = rng.choice(WORDS)
    arguments = [command]
    if command == "train":
        recipe = rng.choice(sorted(RECIPES))
        kind = RECIPES[recipe][0]
        hints = typing.get_type_hints(kind, include_extras=True)
        field = rng.choice([f.name for f in dataclasses.fields(kind) if f.name != "game_options"])
        if hints[field] is bool or field in ("seed", "split_seed"):
            field = "width"
        if kind_of(hints[field]) in ("int", "float") and word in NUMBERS:
            word = "abc"
        if field == "longest" and word == "None":
            word = "nan"
        flag = f"--{field.replace('_', '-')}"
        if field == "optimizer":
            flag, word = "--optimizer.learning-rate", rng.choice(["nan", "-1", "x", "inf"])
        played = word if field == "game" else rng.choice(games_of(kind))
        arguments += [recipe, played, "--out", "out"] + ([] if field == "game" else [flag, word])
    elif command == "credit":
        more = rng.choice(
            [
                [],
                ["--seeds", word.replace("10000000000000", "x").replace("1_0", "x").replace("١", "x")],
                ["--updates", "-1"],
                ["--workers", "0"],
            ]
        )
        arguments += [
            rng.choice(["switch_riddle_v0", "relay_v0", "nonsense", word]) if more else word,
            *more,
            "--out",
            "out",
        ]
        if more[:1] == ["--workers"]:
            arguments[1] = "switch_riddle_v0"
    elif command == "list":
        arguments += [rng.choice([w for w in WORDS if w not in ("", "--")])]
    else:
        flags = {
            "evaluate": ["--channel", "--agents", "--player"],
            "resume": ["--workers"],
            "operators": ["--updates", "--workers", "--new-agent-from"],
        }
        more = flags.get(command, [])
        arguments += [rng.choice([word, "out", "file", "/dev/null", "/proc/self/mem", "x" * 300])]
        arguments += [rng.choice(more), rng.choice(WORDS)] if more and rng.random() < 0.7 else []

    def run() -> None:
        status: Any
        try:
            status = main(arguments)
        except SystemExit as leaving:
            status = leaving.code
        text = sys.stdout.getvalue()  # type: ignore[attr-defined]
        assert "Traceback" not in text, text[-300:]
        assert status in (1, 2), f"exit status {status}"
        if status == 1:
            assert len(text.splitlines()) == 1, f"several lines: {text[-500:]!r}"
        raise ValueError(text.replace("\n", " "))

    return f"interlect {shown(arguments)}", run
