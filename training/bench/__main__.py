"""``python -m interlect.training.bench``: medians on one core, with other packages in the same run."""

import json
import os
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Literal, TypeAlias, get_args

from rich.console import Console
from rich.table import Table

Part: TypeAlias = Literal["games", "cores", "faces", "learners", "signaling", "learning", "graph"]
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
    """Measure, print a table, and print the same as one line of JSON.

    Args:
        only: the parts to measure.
    """
    rows: list[dict[str, Any]] = []
    parts: dict[Part, Callable[[], list[dict[str, Any]]]] = {
        "games": games,
        "cores": cores,
        "faces": adapters,
        "learners": learners,
        "signaling": signaling,
        "learning": learning,
        "graph": graph,
    }
    with Console(stderr=True).status("measuring") as status:
        for name in only:
            status.update(f"measuring {name}")
            rows += parts[name]()
    table = Table("what", "ours", "other", "ratio", "unit")
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
    """The batched switch riddle against JaxMARL's."""
    from .games import core_play, jaxmarl_play

    rows = []
    for lanes in LANES:
        steps = max(50, min(4000, 4_000_000 // lanes))
        works: dict[str, Callable[[], float]] = {"ours": core_play(lanes, steps)}
        if find_spec("jaxmarl"):
            works["other"] = jaxmarl_play(lanes, steps)
        rows.append(_compare(f"switch riddle, {lanes} lanes, against JaxMARL", works, "environment steps/s"))
    return rows


def cores() -> list[dict[str, Any]]:
    """The batched core of every game against its own one-lane PettingZoo environment, with the same channel."""
    from pettingzoo import make

    from ...envs import GAMES, make_core
    from ...protocols import Channel
    from .games import lanes_play, parallel_play

    rows = []
    for name in GAMES:
        works = {
            "ours": lanes_play(make_core(name, lanes=MANY, seed=0), Channel(), 200),
            "other": parallel_play(make("parallel", f"interlect/{name}", channel=Channel(), seed=0), 2000),
        }
        rows.append(_compare(f"{name}, {MANY} lanes, against its parallel_env", works, "environment steps/s"))
    return rows


def adapters() -> list[dict[str, Any]]:
    """The one-lane PettingZoo environment against mpe2's speaker-listener."""
    from ...envs.switch_riddle import env as switch_riddle_v0
    from ...protocols import Channel
    from .games import parallel_play

    works = {"ours": parallel_play(switch_riddle_v0.parallel_env(agents=3, channel=Channel()), 3000)}
    if find_spec(MPE[1]):
        from importlib import import_module

        works["other"] = parallel_play(import_module(f"{MPE[1]}.{MPE[0]}").parallel_env(), 3000)
    return [_compare("parallel_env with a channel, against mpe2 speaker-listener", works, "environment steps/s")]


def learners() -> list[dict[str, Any]]:
    """Complete updates: DIAL on the switch riddle; the relay from reward with a fixed chain and with random chains."""
    from ..learners.dial import Dial
    from ..learners.value_regression import ValueRegression
    from .learners import whole_updates
    from .timing import rate

    rows = []
    for batch in BATCHES:
        found = rate(whole_updates(Dial("switch_riddle_v0", batch=batch), max(4, 1600 // batch)), repeats=5)
        rows.append({"what": f"DIAL, 3 agents, batch {batch}", "ours": found, "unit": "episodes/s"})
    for settings in (
        ValueRegression("relay_v0", chains="private", logit_norm="batch"),
        ValueRegression("relay_v0", chains="public"),
    ):
        what = f"relay, 4 agents, {settings.chains} chains, batch {settings.batch}"
        rows.append({"what": what, "ours": rate(whole_updates(settings, 20), repeats=5), "unit": "episodes/s"})
    return rows


def signaling() -> list[dict[str, Any]]:
    """Complete updates of the referential game, by REINFORCE and Gumbel-softmax, at the two sizes of docs/results."""
    from ..learners.sender_receiver import SenderReceiver
    from .learners import whole_updates
    from .timing import rate

    rows = []
    for network, width in (("gru", 500), ("lstm", 50)):
        for carrier in ("sampled", "gumbel"):
            sizes = {"network": network, "width": width, "carrier": carrier, "batch": 5120}
            settings = SenderReceiver("referential_v0", vocabulary=50, length=6, **sizes)  # type: ignore[arg-type]
            what = f"signaling, {network} of {width}, {carrier}, batch {settings.batch}"
            rows.append({"what": what, "ours": rate(whole_updates(settings, 1), repeats=5), "unit": "objects/s"})
    return rows


def learning() -> list[dict[str, Any]]:
    """Time of DIAL to an exact normalized return of .99, three agents, five seeds."""
    from statistics import median

    from .learners import dial_to

    updates, seconds = zip(*(dial_to(0.99, seed) for seed in SEEDS), strict=True)
    what = f"DIAL, 3 agents, to a score of .99, median of {len(SEEDS)} seeds"
    found = {"updates": median(updates), "CPU seconds": median(seconds)}
    return [{"what": what, "ours": value, "unit": unit} for unit, value in found.items()]


def graph() -> list[dict[str, Any]]:
    """The C-Net compiled from its graph against the same network written by hand."""
    from .learners import networks

    works = networks(batch=32, episodes=20)
    named = {"ours": works["compiled"], "other": works["by hand"]}
    return [_compare("C-Net, compiled graph against by hand, batch 32", named, "episodes/s", repeats=21)]


def _compare(what: str, works: dict[str, Callable[[], float]], unit: str, repeats: int = 5) -> dict[str, Any]:
    from .timing import alternating

    rates = alternating(works, repeats)
    row: dict[str, Any] = {"what": what, "ours": rates["ours"], "unit": unit}
    if "other" in rates:
        row |= {"other": rates["other"], "ratio": rates["ours"] / rates["other"]}
    return row


def _stay_on_one_core() -> None:
    """Pin this process to one core and libraries to one thread, before they are imported."""
    os.environ.update(ONE_CORE)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


if __name__ == "__main__":
    _stay_on_one_core()

    import tyro

    tyro.cli(main)
