"""Every recipe on each of its games: trained, evaluated under every intervention, studied; and a run that goes on."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

from interlect.training import Run, evaluate_team, resume, train
from interlect.training.command_line.main import main
from interlect.training.recipes.table import games_of, recipes

SMALL = {"updates": 20, "batch": 4, "width": 8, "evaluate_every": 10, "checkpoint_every": 10}
INTERVENTIONS = ("normal", "silent", "constant", "shuffled")
CHANGED = {
    "dial_own_parameters": ("dial", "switch_riddle_v0", {"shared": False}),
    "dial_gumbel": ("dial", "switch_riddle_v0", {"carrier": "gumbel"}),
    "dial_quantized": ("dial", "switch_riddle_v0", {"carrier": "quantized"}),
    "dial_number": ("dial", "switch_riddle_v0", {"carrier": "number"}),
    "dial_synthetic": ("dial", "switch_riddle_v0", {"credit": "synthetic"}),
    "dial_blocked": ("dial", "switch_riddle_v0", {"credit": "blocked"}),
    "dial_late": ("dial", "switch_riddle_v0", {"credit": "synthetic", "gradient_delay": 3}),
    "dial_silent": ("dial", "switch_riddle_v0", {"silent": True}),
    "rial_own_parameters": ("rial", "switch_riddle_v0", {"shared": False}),
    "rial_silent": ("rial", "switch_riddle_v0", {"silent": True}),
    "ppo_own_parameters": ("ppo", "switch_riddle_v0", {"shared": False}),
    "ppo_central": ("ppo", "switch_riddle_v0", {"critic": "central"}),
    "reward_private": ("value_regression", "relay_v0", {"chains": "private", "logit_norm": "batch"}),
    "reward_spell": ("value_regression", "relay_v0", {"task": "spell"}),
    "reward_bits": ("value_regression", "relay_v0", {"carrier": "bits"}),
    "reward_quantized": ("value_regression", "relay_v0", {"carrier": "quantized"}),
    "reward_numbers": ("value_regression", "relay_v0", {"carrier": "numbers"}),
    "reward_sampled": ("value_regression", "relay_v0", {"carrier": "sampled", "credit": "blocked"}),
    "reward_synthetic": ("value_regression", "relay_v0", {"credit": "synthetic"}),
    "reward_shared": ("value_regression", "relay_v0", {"shared": True}),
    "supervised_spell": ("supervised", "relay_v0", {"task": "spell"}),
    "signaling_apart": ("sender_receiver", "referential_v0", {"task": "discriminate", "candidates": 3, "values": 6}),
    "signaling_gru": ("sender_receiver", "referential_v0", {"network": "gru", "values": 4}),
    "signaling_lengths": ("sender_receiver", "referential_v0", {"end": True, "length": 3, "values": 4}),
    "digits_random_order": ("classification", "digits_v0", {"order": "random"}),
    "digits_plain": ("classification", "digits_v0", {"residual": False}),
}
"""Settings beside the defaults, by the name of the case: recipe, game, changes."""

STEM = {"value_regression": "reward", "classification": "digits", "sender_receiver": "signaling"}
"""What cases call a recipe whose name has changed since they were written: names of cases stay."""


def trained(recipe: str, game: str, changes: dict[str, object], folder: Path) -> None:
    """Train, evaluate and study one run."""
    settings = recipes()[recipe](game, **SMALL | changes)
    run = train(settings, folder / "run")
    found = {name: evaluate_team(settings, run.team, name) for name in INTERVENTIONS}
    (folder / "evaluations.json").write_text(json.dumps(found))
    if recipe == "sender_receiver" or changes.keys() <= {"game_options"}:
        assert main(["study", str(run.path)]) == 0


def few_objects(recipe: str, game: str) -> dict[str, object]:
    """So few objects that evaluation, which plays all episodes, takes seconds."""
    several = game == "referential_v0" and recipe != "sender_receiver"
    return {"game_options": {"values": 5, "candidates": 2}} if several else {}


def gone_on(recipe: str, game: str, folder: Path) -> None:
    """A run that is stopped half way, and then goes on."""

    class Stop(Exception):
        pass

    def stop(updates: int, row: object) -> None:
        if updates == 14:
            raise Stop

    try:
        train(recipes()[recipe](game, **SMALL), folder / "run", stop)
    except Stop:
        resume(folder / "run")
    assert Run.load(folder / "run").result["updates"] == SMALL["updates"]


def from_a_team(folder: Path) -> None:
    """A run that goes on from the team of another one, by the command line."""
    words = ["switch_riddle_v0", "--updates", "10", "--batch", "4", "--width", "8", "--evaluate-every", "10"]
    assert main(["train", "dial", *words, "--out", str(folder / "first")]) == 0
    more = ["--seed", "1", "--start", str(folder / "first"), "--out", str(folder / "second")]
    assert main(["train", "dial", *words, *more]) == 0
    assert main(["evaluate", str(folder / "second"), "--channel", "shuffled"]) == 0


def several(folder: Path) -> None:
    """Several seeds, and what is counted over them."""
    words = ["switch_riddle_v0", "--updates", "10", "--batch", "4", "--width", "8", "--evaluate-every", "10"]
    assert main(["train", "dial", *words, "--seeds", "0,3", "--workers", "1", "--out", str(folder / "runs")]) == 0
    assert main(["resume", str(folder / "runs")]) == 0


def preset(name: str, recipe: str, folder: Path) -> None:
    """The settings of a source, by the command line."""
    words = ["--preset", name, "--updates", "10", "--batch", "4", "--evaluate-every", "10"]
    assert main(["train", recipe, "switch_riddle_v0", *words, "--out", str(folder / "run")]) == 0


CASES: dict[str, Callable[[Path], None]] = {
    **{
        f"trained/{STEM.get(name, name)}-{game}": partial(trained, name, game, few_objects(name, game))
        for name, recipe in recipes().items()
        for game in games_of(recipe)
    },
    **{f"trained/{name}": partial(trained, *parts) for name, parts in CHANGED.items()},
    **{
        f"gone_on/{STEM.get(name, name)}": partial(gone_on, name, (recipe.games or ("relay_v0",))[-1])
        for name, recipe in recipes().items()
    },
    "from_a_team": from_a_team,
    "several_seeds": several,
    **{
        f"preset/{name}-{recipe}": partial(preset, name, recipe)
        for name in ("paper", "authors")
        for recipe in ("dial", "rial")
    },
}
