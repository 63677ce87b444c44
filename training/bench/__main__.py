"""``python -m interlect.training.bench``: medians on one core, compared with other packages in the same run."""

import json
import os
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Literal, TypeAlias, get_args

from rich.console import Console
from rich.table import Table

Part: TypeAlias = Literal["games", "cores", "adapters", "learners", "signaling", "learning", "graph", "adversarial"]
LANES = (1, 64, 1024, 16384)
BATCHES = (32, 128, 512)
MANY = 1024
SEEDS = range(5)
MPE = ("simple_speaker_listener_v4", "mpe2")
ONE_CORE = {
    "OMP_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
}


def main(only: tuple[Part, ...] = get_args(Part)) -> None:
    """Run the benchmarks, and print the results as a table and as JSON.

    Args:
        only: the benchmarks to run.
    """
    rows: list[dict[str, Any]] = []
    measurements: dict[Part, Callable[[], list[dict[str, Any]]]] = {
        "games": games,
        "cores": cores,
        "adapters": adapters,
        "learners": learners,
        "signaling": signaling,
        "learning": learning,
        "graph": graph,
        "adversarial": adversarial,
    }
    with Console(stderr=True).status("measuring") as status:
        for name in only:
            status.update(f"measuring {name}")
            rows += measurements[name]()
    table = Table("benchmark", "interlect", "other", "ratio", "unit")
    for row in rows:
        other, ratio = row.get("other"), row.get("ratio")
        cells = (
            row["what"],
            f"{row['ours']:,.0f}",
            f"{other:,.0f}" if other else "-",
            f"{ratio:.2f}" if ratio else "-",
        )
        table.add_row(*cells, row["unit"])
    console = Console()
    console.print(table)
    console.print_json(json.dumps(rows))


def games() -> list[dict[str, Any]]:
    """The batched switch riddle, compared with JaxMARL's."""
    from .games import jaxmarl_workload, riddle_core_workload

    rows = []
    for lanes in LANES:
        steps = max(50, min(4000, 4_000_000 // lanes))
        works: dict[str, Callable[[], float]] = {"ours": riddle_core_workload(lanes, steps)}
        if find_spec("jaxmarl"):
            works["other"] = jaxmarl_workload(lanes, steps)
        rows.append(_compare(f"switch riddle, {lanes} lanes, against JaxMARL", works, "environment steps/s"))
    return rows


def cores() -> list[dict[str, Any]]:
    """The batched core of every game, compared with its one-lane PettingZoo environment with the same channel."""
    from pettingzoo import make

    from ...envs import GAMES, make_core
    from ...protocols import Channel
    from .games import core_workload, parallel_env_workload

    rows = []
    for name in GAMES:
        works = {
            "ours": core_workload(make_core(name, lanes=MANY, seed=0), Channel(), 200),
            "other": parallel_env_workload(make("parallel", f"interlect/{name}", channel=Channel(), seed=0), 2000),
        }
        rows.append(_compare(f"{name}, {MANY} lanes, against its parallel_env", works, "environment steps/s"))
    return rows


def adapters() -> list[dict[str, Any]]:
    """The switch riddle's ``parallel_env`` and ``vec_env``, compared with mpe2 and with ``Seats``."""
    from ...envs.switch_riddle import env as switch_riddle_v0
    from ...protocols import Channel
    from .games import parallel_env_workload, vec_env_workloads

    works = {"ours": parallel_env_workload(switch_riddle_v0.parallel_env(agents=3, channel=Channel()), 3000)}
    if find_spec(MPE[1]):
        from importlib import import_module

        works["other"] = parallel_env_workload(import_module(f"{MPE[1]}.{MPE[0]}").parallel_env(), 3000)
    rows = [_compare("parallel_env with a channel, against mpe2 speaker-listener", works, "environment steps/s")]
    for lanes in (64, 256):
        what = f"vec_env of the riddle with history 6, {lanes} lanes, against Seats"
        rows.append(_compare(what, vec_env_workloads(lanes, 200), "environment steps/s"))
    return rows


def learners() -> list[dict[str, Any]]:
    """Complete updates of DIAL on the switch riddle, and of value regression on the relay with both kinds of chains."""
    from ..learners.dial import Dial
    from ..learners.value_regression import ValueRegression
    from .learners import complete_updates
    from .timing import rate

    rows = []
    for batch in BATCHES:
        episodes_per_second = rate(
            complete_updates(Dial("switch_riddle_v0", batch=batch), max(4, 1600 // batch)), repeats=5
        )
        rows.append({"what": f"DIAL, 3 agents, batch {batch}", "ours": episodes_per_second, "unit": "episodes/s"})
    for settings in (
        ValueRegression("relay_v0", chains="private", logit_norm="batch"),
        ValueRegression("relay_v0", chains="public"),
    ):
        what = f"relay, 4 agents, {settings.chains} chains, batch {settings.batch}"
        rows.append({"what": what, "ours": rate(complete_updates(settings, 20), repeats=5), "unit": "episodes/s"})
    return rows


def signaling() -> list[dict[str, Any]]:
    """Complete updates on the referential game with REINFORCE and Gumbel-softmax, in the two sizes of docs/results."""
    from ..learners.sender_receiver import SenderReceiver
    from .learners import complete_updates
    from .timing import rate

    rows = []
    for network, width in (("gru", 500), ("lstm", 50)):
        for carrier in ("sampled", "gumbel"):
            sizes = {"network": network, "width": width, "carrier": carrier, "batch": 5120}
            settings = SenderReceiver("referential_v0", vocabulary=50, length=6, **sizes)  # type: ignore[arg-type]
            what = f"signaling, {network} of {width}, {carrier}, batch {settings.batch}"
            rows.append({"what": what, "ours": rate(complete_updates(settings, 1), repeats=5), "unit": "objects/s"})
    return rows


def learning() -> list[dict[str, Any]]:
    """Updates and time of DIAL until an exact normalized return of .99, with three agents and five seeds."""
    from statistics import median

    from .learners import train_dial_to

    updates, seconds = zip(*(train_dial_to(0.99, seed) for seed in SEEDS), strict=True)
    what = f"DIAL, 3 agents, to a normalized return of .99, median of {len(SEEDS)} seeds"
    medians = {"updates": median(updates), "CPU seconds": median(seconds)}
    return [{"what": what, "ours": value, "unit": unit} for unit, value in medians.items()]


def graph() -> list[dict[str, Any]]:
    """The C-Net compiled from its graph, compared with a hand-written C-Net."""
    from .learners import networks

    works = networks(batch=32, episodes=20)
    compared = {"ours": works["compiled"], "other": works["hand-written"]}
    return [
        _compare("C-Net, compiled graph against hand-written network, batch 32", compared, "episodes/s", repeats=21)
    ]


def adversarial() -> list[dict[str, Any]]:
    """Four pairs of a painter and a critic as one stack, compared with four loops, and a GAN with plain PyTorch."""
    from .adversarial import gan_updates, stacked_pairs

    rows = []
    for batch, width in ((64, 64), (256, 128)):
        works = stacked_pairs(4, batch, width, 40)
        compared = {"ours": works["stacked"], "other": works["separate"]}
        what = f"gap, 4 pairs, batch {batch}, width {width}, against 4 loops of gan"
        rows.append(_compare(what, compared, "updates/s", repeats=9))
    works = gan_updates(40)
    compared = {"ours": works["learner"], "other": works["hand-written"]}
    return [*rows, _compare("gan, batch 256, against a hand-written loop", compared, "updates/s", repeats=21)]


def _compare(what: str, works: dict[str, Callable[[], float]], unit: str, repeats: int = 5) -> dict[str, Any]:
    from .timing import alternating_rates

    rates = alternating_rates(works, repeats)
    row: dict[str, Any] = {"what": what, "ours": rates["ours"], "unit": unit}
    if "other" in rates:
        row |= {"other": rates["other"], "ratio": rates["ours"] / rates["other"]}
    return row


def _stay_on_one_core() -> None:
    """Pin this process to one core, and libraries to one thread before they are imported."""
    os.environ.update(ONE_CORE)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


if __name__ == "__main__":
    _stay_on_one_core()

    import tyro

    tyro.cli(main)
