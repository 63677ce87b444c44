"""Every experiment and every scorecard, with a few updates of each thing that learns."""

import json
import sys
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from interlect.training import Classification, Dial, Rial, SenderReceiver, ValueRegression, train
from interlect.training.adaptation.optimization import Budget
from interlect.training.command_line.main import main
from interlect.training.learners.settings import Settings

MOST = 3
"""Updates of anything, in an experiment here."""
SMALL = {"updates": 2, "batch": 8, "evaluate_every": 2}
EXPERIMENTS: dict[str, Mapping[str, Any]] = {
    "credit_depth": {"EVERY": 1},
    "credit_latch": {"LONGEST": 10},
    "distilled_substitution": {},
    "forgetting": {},
    "joint_training": {},
    "order_study": {},
    "reuse": {},
    "reuse_in_pairs": {},
    "replaced_speech": {"EPISODES": 10, "RUNS": Path("runs")},
}
"""By module: constants that are made smaller, in addition to numbers of updates."""

MODULES = {
    "credit_depth": "credit.depth",
    "credit_latch": "credit.latch",
    "distilled_substitution": "digits.distilled_substitution",
    "forgetting": "digits.forgetting",
    "joint_training": "digits.joint_training",
    "order_study": "digits.order_study",
    "reuse": "digits.reuse",
    "reuse_in_pairs": "digits.reuse_in_pairs",
}
"""Where an experiment is that is not directly in its folder: names of cases stay."""
MEASURES = {"formation": "count_languages", "held_out_chains": "evaluate_held_out_chains"}
"""The function of a module that reads runs, where it has another name."""


def few_updates() -> None:
    """In this process, which is the case's own, budgets and settings ask for no more than a few updates."""
    for kind in (Budget, Settings):

        def checked(self: Any, check: Callable[[Any], None] = kind.__post_init__) -> None:
            object.__setattr__(self, "updates", min(self.updates, MOST))
            check(self)

        kind.__post_init__ = checked  # type: ignore[method-assign]


def experiment(name: str, changes: Mapping[str, Any], folder: Path) -> None:
    """The command line of an experiment, of one seed."""
    few_updates()
    module = import_module(f"interlect.training.experiments.{MODULES.get(name, name)}")
    for constant, value in changes.items():
        assert hasattr(module, constant), constant
        setattr(module, constant, value)
    if name == "replaced_speech":
        module.SETTINGS |= {"updates": 2, "batch": 4, "width": 8, "minibatches": 2, "evaluate_every": 2}
    experiments = import_module("interlect.training.experiments.experiment")
    sys.argv = [name, "--seeds", "0", "--out", str(folder / "found.json")]
    experiments.experiment(name, name, module.run, getattr(module, "plot", None))


def lock_step(folder: Path) -> None:
    """Two parts of a network in two processes that wait for each other."""
    few_updates()
    module = import_module("interlect.training.experiments.credit.processes")
    module.STEPS = 5
    (folder / "found.json").write_text(json.dumps(module.train_and_test(0, False, 0.0)[0]))


def credit(game: str, folder: Path) -> None:
    """A carrier of a game with every credit; the other carriers are trained in cases_training."""
    carriers = import_module("interlect.training.experiments.credit.pairs").CARRIERS
    carriers[game] = carriers[game][:1]
    words = ["credit", game, "--seeds", "0", "--updates", "2", "--out", str(folder / "credit")]
    assert main(words) == 0


def scorecard(settings: Callable[[], Settings], folder: Path) -> None:
    """All operators on what was trained."""
    import_module("interlect.training.scorecard.distilled_agent").BUDGET = Budget(2, 8)
    import_module("interlect.training.scorecard.digits").STUDENT_UPDATES = 2
    train(settings(), folder / "run")
    assert main(["operators", str(folder / "run"), "--updates", "2"]) == 0


def scorecards_of_seeds(folder: Path) -> None:
    """All operators on teams of two seeds, each with a newcomer from the other."""
    import_module("interlect.training.scorecard.distilled_agent").BUDGET = Budget(2, 8)
    small = ["--updates", "2", "--batch", "8", "--evaluate-every", "2", "--seeds", "0,1"]
    assert main(["train", "value_regression", "relay_v0", *small, "--out", str(folder / "runs")]) == 0
    assert main(["operators", str(folder / "runs"), "--updates", "1", "--out", str(folder / "cards")]) == 0


def over_runs(name: str, settings: Callable[[], Settings], folder: Path) -> None:
    """A script that reads the runs of several seeds."""
    from interlect.training.runs.seeds import train_seeds

    train_seeds(settings(), [0, 1], folder / "runs")
    module = import_module(f"interlect.training.experiments.{MODULES.get(name, name)}")
    module.main(folder / "runs")
    measure = getattr(module, MEASURES.get(name, name), None)
    if measure:
        (folder / "found.json").write_text(json.dumps(measure(folder / "runs")))


CASES: dict[str, Callable[[Path], None]] = {
    **{f"{name}": partial(experiment, name, changes) for name, changes in EXPERIMENTS.items()},
    "credit_apart_in_lock_step": lock_step,
    "credit": partial(credit, "switch_riddle_v0"),
    "scorecard/relay_private": partial(
        scorecard, lambda: ValueRegression("relay_v0", chains="private", logit_norm="batch", **SMALL)
    ),
    "scorecard/relay_shared": partial(scorecard, lambda: ValueRegression("relay_v0", shared=True, **SMALL)),
    "scorecard/riddle_dial": partial(scorecard, lambda: Dial("switch_riddle_v0", width=32, **SMALL)),
    "scorecard/riddle_rial": partial(scorecard, lambda: Rial("switch_riddle_v0", width=32, **SMALL)),
    "scorecard/riddle_own": partial(scorecard, lambda: Dial("switch_riddle_v0", shared=False, width=32, **SMALL)),
    "scorecard/digits": partial(scorecard, lambda: Classification("digits_v0", **SMALL)),
    "scorecard/relay_of_seeds": scorecards_of_seeds,
    "formation": partial(over_runs, "formation", lambda: Dial("switch_riddle_v0", width=8, **SMALL)),
    "held_out_chains": partial(
        over_runs,
        "held_out_chains",
        lambda: ValueRegression("relay_v0", chains="most", agents=3, longest=3, width=8, **SMALL),
    ),
    "referential_study": partial(
        over_runs,
        "referential_study",
        lambda: SenderReceiver("referential_v0", width=12, values=4, vocabulary=5, length=3, **SMALL),
    ),
}
