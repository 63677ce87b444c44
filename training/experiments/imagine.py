"""The receiver of the referential game imagines: from the message that it hears, it paints the picture that was seen.

A pair learns to play with ten candidates, one per digit, so that the receiver's choice names one of all digits. Its
parameters are then frozen, and a painter is added to the receiver (``augment``), trained against a critic, removed
(``exclude``), and carried to the receiver of another pair (``port``), where only the layer that reads messages is
trained. The control trains the same layer, with the same budget, before a painter that was never trained.

``python -m interlect.training.experiments.imagine --seeds 0-4``
"""

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Float32

from ...agents import Agent, Graph, Team, save_team
from ...agents.generators.imagination import (
    BORDER,
    add_imagination,
    exclude_imagination,
    imagine,
    picture_painter,
    port_imagination,
)
from ...agents.operators import knowledge_retained
from ...envs.core.play import play
from ...envs.core.registry import make_core
from ...envs.pictures.images import CLASSES
from ...envs.referential.rules import RECEIVER, SENDER
from ...protocols.common.files import write_bytes
from ..adversarial.descriptions import Descriptions, descriptions, imagination_measures
from ..adversarial.imagination import ImaginationSettings, learn_to_imagine
from ..learners.sender_receiver import SenderReceiver
from ..runs.loop import train
from .experiment import Rows, experiment

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RUNS = Path("runs/imagine")
"""Folder of pairs and drawings; the same command resumes interrupted runs of pairs."""
PAIR: dict[str, Any] = {
    "task": "discriminate",
    "objects": "digits",
    "candidates": CLASSES,
    "length": 1,
    "width": 256,
    "updates": 600,
}
"""Settings of the pairs, those of docs/results/referential.md with ten candidates."""
TRAINING_EPISODES, HELD_OUT_EPISODES, HELD_OUT_SEED = 8192, 4096, 1_000_000
IMAGINATION: dict[str, Any] = {"updates": 3000}
"""Settings of the imagination that differ from the defaults."""
PORTED: dict[str, Any] = {"updates": 500, "learning_rate": 1e-2, "average": 0.99}
"""Settings of a border before a frozen painter that differ from the defaults."""
OTHER = 1000
"""Difference between the seeds of the two pairs."""
COLUMNS = 8
"""Number of pictures per message in the drawing."""


def run(seed: int) -> Rows:
    """Train two pairs and the imagination of one, and measure play, imagination, and imagination after ``port``.

    The augmented team and the drawing are saved in ``RUNS``.

    Returns:
        The accuracy of play before and after the painter was added and after it was removed, in "play"; the measures of
        ``imagination_measures``, in "imagination" and, for the other receiver, in "ported, old border", "ported, new
        border" and "control, new border"; and in "port", the knowledge retained (0 if it is undefined, because the
        first receiver paints hardly better than the control) and the number of parameters of the border.

    Raises:
        RuntimeError: If the messages or actions of play differ.
    """
    team, other = (trained_pair(each) for each in (seed, seed + OTHER))
    data, held_out = episodes(team, seed)
    untrained = with_new_painter(team.agents[RECEIVER].graph, seed)
    learned = learn_to_imagine(Agent(untrained), data, ImaginationSettings(seed=seed, **IMAGINATION))
    imagining = Team([team.agents[SENDER], learned], team.channel)
    rows = {"play": accuracies_of_play(team, imagining, seed), "imagination": imagination_measures(learned, held_out)}
    data, held_out = episodes(other, seed)
    into, old_border = other.agents[RECEIVER].graph, learned.graph.modules[BORDER]
    carried = Agent(port_imagination(learned.graph, into, old_border).after)
    rows["ported, old border"] = imagination_measures(carried, held_out)
    for name, source in (("ported, new border", learned.graph), ("control, new border", untrained)):
        rows[name] = imagination_measures(with_new_border(source, into, data, seed), held_out)
    names = ("imagination", "ported, new border", "control, new border")
    retained = knowledge_retained(*(rows[name]["painted"] for name in names))
    parameters = sum(parameter.numel() for parameter in old_border.parameters())
    rows["port"] = {
        "knowledge_retained": retained or 0.0,
        "border_parameters": float(parameters),
    }
    save_team(RUNS / f"seed-{seed}" / "imagining", imagining)
    write_figure(draw(learned.graph, episodes(team, seed)[1]), RUNS / f"seed-{seed}" / "imagined.svg")
    return rows


def trained_pair(seed: int) -> Team:
    """A sender and a receiver, trained, or resumed in their folder."""
    settings = SenderReceiver("referential_v0", seed=seed, **PAIR)
    return train(settings, RUNS / f"seed-{seed}" / "pair", existing="resume").team


def episodes(team: Team, seed: int) -> tuple[Descriptions, Descriptions]:
    """The descriptions of training pictures and of held-out pictures by a pair."""
    return (
        descriptions(team, core("train", TRAINING_EPISODES, seed)),
        descriptions(team, core("held_out", HELD_OUT_EPISODES, HELD_OUT_SEED + seed)),
    )


def core(split: str, lanes: int, seed: int) -> Any:
    """The game that pairs play, on the pictures of a split."""
    settings = SenderReceiver("referential_v0", **PAIR)
    return make_core("referential_v0", 2, lanes, seed, **settings.options() | {"split": split})


def with_new_painter(graph: Graph, seed: int) -> Graph:
    """The graph of an agent with a border and a painter that were never trained."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return add_imagination(graph, picture_painter()).after


def with_new_border(source: Graph, into: Graph, data: Descriptions, seed: int) -> Agent:
    """The agent ``into`` with the painter of ``source``, frozen, and a new border that is trained."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        ported = port_imagination(source, into).after
    return learn_to_imagine(Agent(ported), data, ImaginationSettings(seed=seed, **PORTED))


def accuracies_of_play(team: Team, imagining: Team, seed: int) -> dict[str, float]:
    """The accuracy on held-out pictures of a pair, with imagination, and after its removal.

    Raises:
        RuntimeError: If messages or actions differ.
    """
    bare = Agent(exclude_imagination(imagining.agents[RECEIVER].graph).after)
    teams = {
        "before": team,
        "with imagination": imagining,
        "after exclude": Team([team.agents[SENDER], bare], team.channel),
    }
    played = {
        name: play(core("held_out", HELD_OUT_EPISODES, HELD_OUT_SEED + seed), each, each.channel)
        for name, each in teams.items()
    }
    for name, transcript in played.items():
        for what in ("sent", "heard", "action"):
            if getattr(transcript, what).tobytes() != getattr(played["before"], what).tobytes():
                raise RuntimeError(f"{what} differs {name}: this is a bug in interlect.")
    return {name: float(transcript.returns[:, RECEIVER].mean()) for name, transcript in played.items()}


def draw(graph: Graph, data: Descriptions) -> "Figure":
    """Plot pictures per message: on the left those that the sender saw, on the right those that the receiver painted.

    Args:
        graph: A receiver with imagination.
        data: The pictures and messages. There is one row per message that occurs.
    """
    messages, message = np.unique(data.heard, axis=0, return_inverse=True)
    message = message.reshape(-1)
    rows = [
        np.concatenate(
            [
                _strip(data.picture[message == row][:COLUMNS]),
                _strip(imagine(graph, messages[row : row + 1].repeat(COLUMNS, axis=0), seed=row)),
            ],
            axis=1,
        )
        for row in range(len(messages))
    ]
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.6, 4.0), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(np.concatenate(rows), cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
    axes.set_title("seen by the sender (left), painted by the receiver (right); one row per message", fontsize=9)
    axes.set_axis_off()
    return figure


def write_figure(figure: "Figure", path: Path) -> None:
    """Write a figure as SVG."""
    file = BytesIO()
    figure.savefig(file, format="svg", bbox_inches="tight")
    write_bytes(path, file.getvalue())


def _strip(pictures: Float32[np.ndarray, "n D"]) -> Float32[np.ndarray, "height width"]:
    """Up to ``COLUMNS`` pictures in a row, with margins."""
    side = round(pictures.shape[1] ** 0.5)
    strip = np.full((side + 1, COLUMNS * (side + 1) + 4), np.nan, dtype=np.float32)
    for column, picture in enumerate(pictures):
        left = column * (side + 1)
        strip[:side, left : left + side] = picture.reshape(side, side)
    return strip


if __name__ == "__main__":
    experiment("Pictures that a receiver paints from messages, on held-out pictures", "imagine", run)
