"""Malformed settings and arguments by a generator, and what the package does with them. Run in a process of its own:

    python hostile_settings.py SEED FIRST-LAST

Each case passes one malformed value to a settings class, a channel, a game, ``train``, ``evaluate``, an operator or a
command. It must raise a ``ValueError`` of one line, or end with exit status 1 or 2 without a traceback. No learner may
take an update. Prints one line per fault; the last line is the number of cases.
"""

import dataclasses
import importlib
import inspect
import os
import random
import shutil
import sys
import tempfile
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from hostile_commands import WORDS, command_case
from hostile_values import MALFORMED, ODD, VALID_NONE, Case, kind_of, shown, value_for
from interlect.agents import Agent, Series, Team, relay_agent
from interlect.agents.operators import (
    augment,
    decouple,
    exclude,
    extract,
    join,
    lift,
    measure,
    port,
    predict_input,
    reorder,
    split,
    substitute,
)  # fmt: skip
from interlect.envs import GAMES, evaluate, game, make_core
from interlect.protocols import (
    DRU,
    Channel,
    Composed,
    Continuous,
    Delay,
    Erasure,
    Flip,
    Gaussian,
    Gumbel,
    Quantized,
    Sampled,
    Symbols,
)  # fmt: skip
from interlect.training import Optimizer, train
from interlect.training.learners.base import Learner
from interlect.training.recipes.table import RECIPES, games_of
from interlect.training.runs.seeds import parse_seeds, train_seeds
from small_graphs import chain, line
from watching import fault_of


class Trained(BaseException):
    """A learner took an update."""


def reached(*_: object) -> None:
    raise Trained


def forbid_updates() -> None:
    todo: list[type] = [Learner]
    while todo:
        kind = todo.pop()
        todo += kind.__subclasses__()
        if "update" in vars(kind):
            kind.update = reached  # type: ignore[attr-defined]


def settings_case(rng: random.Random) -> Case:
    recipe = rng.choice(sorted(RECIPES))
    kind = RECIPES[recipe][0]
    hints = typing.get_type_hints(kind, include_extras=True)
    field = rng.choice(dataclasses.fields(kind)).name
    played = rng.choice(games_of(kind))
    value = value_for(rng, field, kind_of(hints[field]))
    if field == "game_options":
        value = rng.choice(
            [*(v for v in ODD if not isinstance(v, dict)), {"nope": 1}, {"agents": 3}, {3: 3}, {"lanes": 2}]
        )
    values = {"game": played} | {field: value}
    return f"{kind.__name__}({field}={shown(value)}) on {played}", lambda: train(kind(**values), "out")


def optimizer_case(rng: random.Random) -> Case:
    field = rng.choice(dataclasses.fields(Optimizer)).name
    value = value_for(rng, field, "float")
    return f"Optimizer({field}={shown(value)})", lambda: Optimizer(**{field: value})


def channel_case(rng: random.Random) -> Case:
    kind = rng.choice(
        [DRU, Symbols, Sampled, Gumbel, Quantized, Continuous, Flip, Erasure, Gaussian, Delay, Composed, Channel]
    )
    hints = typing.get_type_hints(kind)
    field = rng.choice(dataclasses.fields(kind)).name
    value = value_for(rng, field, kind_of(hints[field]))
    if field == "cut":
        value = rng.choice(
            [
                *(v for v in ODD if not isinstance(v, tuple)),
                ((0,),),
                "ab",
                ((-1, 0),),
                ((0.5, 1),),
                [[0, 1]],
                ((0, 1, 2),),
                ((True, 1.0),),
            ]
        )
    return f"{kind.__name__}({field}={shown(value)})", lambda: kind(**{field: value})


def game_case(rng: random.Random) -> Case:
    name = rng.choice(sorted(GAMES))
    made = rng.choice(["parallel_env", "env", "make_core", "reset", "game"])
    module = importlib.import_module(f"interlect.envs.{name}")
    function = {"parallel_env": module.parallel_env, "env": module.parallel_env, "reset": module.parallel_env}.get(made)
    if made == "reset":
        value = value_for(rng, "seed", "int")
        return f"{name}.reset({shown(value)})", lambda: module.parallel_env().reset(seed=value)
    if function is None:
        core = make_core(name)
        function = type(core).__init__
    parameters = {n: p for n, p in inspect.signature(function).parameters.items() if n not in ("self", "options")}
    if made == "game":
        parameters = {n: p for n, p in parameters.items() if n not in ("agents", "lanes", "seed", "shown", "visits")}
    if not parameters:
        return f"game({name})", lambda: game(name, nonsense=1)
    field = rng.choice(sorted(parameters))
    default = parameters[field].default
    kind = (
        "channel" if field == "channel" else type(default).__name__ if type(default).__name__ in MALFORMED else "object"
    )
    kind = {"longest": "int", "seed": "int", "mask": "str", "render_mode": "str"}.get(field, kind)
    value = value_for(rng, field, kind)
    if field == "values" and isinstance(value, tuple | list):
        value = ["a", "b"]
    if made in ("make_core", "game"):
        build: Callable[..., Any] = (
            make_core if made == "make_core" else lambda name, **o: game(name, **o).core(make_core(name).agents, 1, 0)
        )
        return f"{made}({name}, {field}={shown(value)})", lambda: build(name, **{field: value})
    return f"{name}.{made}({field}={shown(value)})", lambda: getattr(module, made)(**{field: value})


def train_case(rng: random.Random) -> Case:
    settings = RECIPES["dial"][0]("switch_riddle_v0", updates=2, batch=2, width=4)
    name = rng.choice(["settings", "out", "start", "seeds", "workers", "several"])
    value = rng.choice([v for v in [*ODD, 3, True, 2.5, "x"] if not (v is None and name in VALID_NONE)])
    if name == "settings":
        return f"train({shown(value)})", lambda: train(value, "out")
    if name == "out":
        value = rng.choice([3, True, b"x", 2.5, ["x"], "\0", "x" * 300, object(), 1j, {"a": 1}, "file", "file/x"])
        return f"train(out={shown(value)})", lambda: train(settings, value)
    if name == "start":
        value = rng.choice([v for v in [*ODD, 3, "x", DRU()] if v is not None])
        return f"train(start={shown(value)})", lambda: train(settings, "out", start=value)
    if name == "several":
        text = rng.choice(
            [*WORDS, "0-", "-3", "1-0", "0,0", "0-10000000000000", "0-3,2", ",", "0--1", "1.5", "9" * 5000, "0 1"]
        )
        text = text if text not in ("10000000000000", "1_0", "١") else "x"
        return f"parse_seeds({shown(text)})", lambda: parse_seeds(text)
    if name == "seeds":
        value = rng.choice(
            [
                *(v for v in ODD if not isinstance(v, list | tuple | range)),
                3,
                [1.5],
                ["a"],
                [],
                [0, 0],
                [-1],
                [2**64],
                [None],
            ]
        )
        return f"train_seeds(seeds={shown(value)})", lambda: train_seeds(settings, value, Path("out"))
    value = value_for(rng, "workers", "int")
    return f"train_seeds(workers={shown(value)})", lambda: train_seeds(settings, [0, 1], Path("out"), value)


def evaluate_case(rng: random.Random) -> Case:
    played = game("relay_v0")
    arguments: dict[str, Any] = {
        "game": played,
        "agents": 3,
        "player": team(),
        "channel": Channel(Symbols(5)),
        "intervention_name": "normal",
        "episodes": 2,
        "seed": 0,
    }
    field = rng.choice(sorted(arguments))
    kinds = {"agents": "int", "channel": "channel", "intervention_name": "str", "episodes": "int", "seed": "int"}
    value = value_for(rng, field, kinds.get(field, "object"))
    if field == "player":
        other = Team([Agent(relay_agent(9, 7, Symbols(5), width=8))], Channel(Symbols(5)))
        value = rng.choice([value, other, Team([*team().agents, *team().agents], Channel(Symbols(5)))])
    arguments[field] = value
    return f"evaluate({field}={shown(value)})", lambda: evaluate(**arguments, exact=False)


def team() -> Team:
    return Team([Agent(relay_agent(64, 7, Symbols(5), width=8)) for _ in range(3)], Channel(Symbols(5)))


def _is_no_name(value: Any) -> bool:
    """Whether a value is neither a name nor an empty or iterable collection, which some arguments may be."""
    return not (
        value.isidentifier() if isinstance(value, str) else isinstance(value, list | tuple | dict | set | range)
    )


def operator_case(rng: random.Random) -> Case:
    graph = chain(Series([line(1), line(2), line(3)]), line(4))
    value = rng.choice([v for v in MALFORMED["str"] if _is_no_name(v)])
    wire = graph.wires[0]
    calls: dict[str, Callable[[], Any]] = {
        "split name": lambda: split(graph, value),
        "split at": lambda: split(graph, "a", at="x" if isinstance(value, int) else value),
        "split into": lambda: split(graph, "a", into=(value, value)),
        "join": lambda: join(graph, value, "b"),
        "join into": lambda: join(graph, "a", "b", into=3 if value is None else value),
        "exclude": lambda: exclude(graph, value),
        "extract": lambda: extract(graph, value),
        "extract names": lambda: extract(graph, [value]),
        "substitute": lambda: substitute(graph, value, line(1)),
        "substitute by": lambda: substitute(graph, "a", value),
        "reorder": lambda: reorder(graph, value, "b"),
        "augment name": lambda: augment(graph, value, line(1), value),
        "augment module": lambda: augment(graph, "new", value, wire),
        "lift": lambda: lift(graph, value, "x"),
        "port": lambda: port(graph, value, graph.inputs, graph.outputs, {}, ()),
        "port inputs": lambda: port(graph, ["a"], value, graph.outputs, {}, ()),
        "port borders": lambda: port(graph, ["a"], graph.inputs, graph.outputs, value, ()),
        "port wires": lambda: port(
            graph, ["a"], graph.inputs, graph.outputs, {}, 3 if isinstance(value, set) else value
        ),
        "team": lambda: Team(value, Channel()),
        "measure": lambda: measure(value, graph, graph),
        "decouple": lambda: decouple(graph, rng.choice([v for v in ODD if not isinstance(v, str)]), wire),
        "decouple on": lambda: decouple(graph, "new", value),
        "predict_input": lambda: predict_input(graph, "new", value, value),
        "structure": lambda: split(value, "a"),
        "team exclude": lambda: exclude(team(), value),
        "team split": lambda: split(team(), value),
        "team extract": lambda: extract(team(), [value]),
    }
    name = rng.choice(sorted(calls))
    return f"{name} with {shown(value)}", calls[name]


SHARES = {
    settings_case: 8,
    channel_case: 3,
    game_case: 4,
    train_case: 2,
    optimizer_case: 1,
    evaluate_case: 2,
    operator_case: 3,
    command_case: 4,
}


def run_case(seed: int, number: int) -> str | None:
    """Run one case, and describe its fault, if any."""
    rng = random.Random(f"{seed}/{number}")
    what, call = rng.choices(list(SHARES), list(SHARES.values()))[0](rng)
    length = 10**6 if what.startswith("interlect") else 3000
    fault = fault_of(call, (ValueError, FileNotFoundError), length, returns=False)
    if os.listdir() != ["file"] or Path("file").read_text() != "mine":
        fault += f" left files: {os.listdir()}"
        shutil.rmtree("out", ignore_errors=True)
    return f"seed {seed} case {number}: {what}: {fault}" if fault else None


def run_cases(seed: int, numbers: range) -> list[str]:
    """The faults of these cases."""
    torch.set_num_threads(1)
    forbid_updates()
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        Path("file").write_text("mine")
        faults = [fault for number in numbers if (fault := run_case(seed, number))]
        os.chdir(here)
    return faults


if __name__ == "__main__":
    first, last = (int(word) for word in sys.argv[2].split("-"))
    sys.stdout.write("".join(f"{line}\n" for line in [*run_cases(int(sys.argv[1]), range(first, last)), last - first]))
