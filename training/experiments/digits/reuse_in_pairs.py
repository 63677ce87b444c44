"""A classifier's frozen body, twice in a network that decides which of two images shows the greater digit.

``python -m interlect.training.experiments.digits.reuse_in_pairs --seeds 0-9``
"""

import numpy as np
import torch
from torch import Tensor, nn

from ....agents import Agent, Graph, Linear, Module, Port, Series, Wire
from ....agents.modules import LayerNorm
from ....envs.pictures.images import PIXELS, Pictures, digits
from ...adaptation.digit_classifiers import train_agent, untrained_agent
from ...adaptation.distilling import LabeledBatch, answers
from ...adaptation.optimization import Budget, class_balanced_rows, fit
from ...learners.classification import Classification
from ..experiment import Rows, difference, experiment
from .reuse import bodies

PAIRS, TESTED = 100, 5000
"""Numbers of training pairs and of held-out pairs."""
WIDTH = 32
COMPARING = Budget(updates=300, batch=50, learning_rate=3e-3)


def pair_classifier(body: Module) -> Graph:
    """One body for both images, a linear map per side, and an output: 1 if the right digit is greater."""
    (x,), (out,) = body.inputs, body.outputs
    (width,) = body.outputs[out].shape
    modules: dict[str, Module] = {"left": body, "right": body}
    for side in ("left", "right"):
        modules[f"from_{side}"] = Series([LayerNorm((width,)), Linear(width, (WIDTH,))])
    modules |= {"hidden": Linear(WIDTH, (WIDTH,), relu=True), "action_head": Linear(WIDTH, (2,))}
    wires = [
        wire
        for side in ("left", "right")
        for wire in (
            Wire(f"input.{side}", f"{side}.{x}"),
            Wire(f"{side}.{out}", f"from_{side}.x"),
            Wire(f"from_{side}.out", "hidden.x"),
        )
    ]
    wires += [Wire("hidden.out", "action_head.x"), Wire("action_head.out", "output.act")]
    inputs = {side: Port((PIXELS,)) for side in ("left", "right")}
    return Graph(inputs, {"act": Port((2,))}, modules, tuple(wires))


def pairs(pictures: Pictures, count: int, seed: int) -> LabeledBatch:
    """Pairs of images of different digits, and whether the right one shows the greater digit."""
    rng = np.random.default_rng([seed, count])
    left, right = (class_balanced_rows(pictures.digit, rng, 2 * count) for _ in range(2))
    differ = np.flatnonzero(pictures.digit[left] != pictures.digit[right])[:count]
    left, right = left[differ], right[differ]
    greater = torch.from_numpy((pictures.digit[right] > pictures.digit[left]).astype(np.int64))
    inputs = {"left": torch.from_numpy(pictures.image[left]), "right": torch.from_numpy(pictures.image[right])}
    return inputs, {"act": greater}


def train_and_test(graph: Graph, seed: int) -> dict[str, float]:
    """Accuracy on held-out pairs after training on a few pairs."""
    agent = Agent(graph).train()
    inputs, right = pairs(digits("train"), PAIRS, seed)

    def loss(rng: np.random.Generator) -> Tensor:
        rows = torch.from_numpy(rng.integers(PAIRS, size=COMPARING.batch))
        ours = answers(agent, {side: image[rows] for side, image in inputs.items()})
        return nn.functional.cross_entropy(ours["act"], right["act"][rows])

    fit(agent.parameters(), loss, COMPARING)
    unseen, truth = pairs(digits("held_out"), TESTED, seed)
    with torch.no_grad():
        judged = answers(agent.eval(), unseen)["act"].argmax(-1)
    return {"accuracy": float((judged == truth["act"]).double().mean())}


def run(seed: int) -> Rows:
    """Accuracy on held-out pairs, with a classifier's body, random ones, or new ones."""
    settings = Classification("digits_v0", seed=seed)
    reader, unread = train_agent(settings), untrained_agent(settings)
    rows: dict[str, dict[str, float]] = {}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for what, names in (
            ("encoder", ["observation_encoder"]),
            ("encoder and blocks", ["observation_encoder", *settings.names]),
        ):
            found = bodies(reader.graph, unread.graph, names)
            rows |= {f"{what}: {how}": train_and_test(pair_classifier(body), seed) for how, body in found.items()}
            rows[f"{what}: frozen minus from scratch"] = difference(
                rows[f"{what}: frozen"], rows[f"{what}: from scratch"]
            )
    return rows


if __name__ == "__main__":
    experiment(f"A reader's body in a network that compares pictures, after {PAIRS} pairs", "reuse_in_pairs", run)
