"""A classifier's frozen body, used twice in a network that decides which of two images shows the greater digit.

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

PAIRS, TEST_PAIRS = 100, 5000
"""Numbers of training pairs and of held-out pairs."""
WIDTH = 32
"""Width of the layers on top of the bodies."""
BUDGET = Budget(updates=300, batch=50, learning_rate=3e-3)


def pair_classifier(body: Module) -> Graph:
    """A network with one body for both images and a linear map per side; it answers 1 if the right digit is greater."""
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


def sample_pairs(pictures: Pictures, count: int, seed: int) -> LabeledBatch:
    """Sample pairs of images of different digits, with labels: 1 if the right image shows the greater digit."""
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
    inputs, labels = sample_pairs(digits("train"), PAIRS, seed)

    def loss(rng: np.random.Generator) -> Tensor:
        rows = torch.from_numpy(rng.integers(PAIRS, size=BUDGET.batch))
        outputs = answers(agent, {side: image[rows] for side, image in inputs.items()})
        return nn.functional.cross_entropy(outputs["act"], labels["act"][rows])

    fit(agent.parameters(), loss, BUDGET)
    test_inputs, test_labels = sample_pairs(digits("held_out"), TEST_PAIRS, seed)
    with torch.no_grad():
        predicted = answers(agent.eval(), test_inputs)["act"].argmax(-1)
    return {"accuracy": float((predicted == test_labels["act"]).double().mean())}


def run(seed: int) -> Rows:
    """Accuracy on held-out pairs, with a classifier's body, random bodies and newly trained bodies."""
    settings = Classification("digits_v0", seed=seed)
    original, untrained = train_agent(settings), untrained_agent(settings)
    rows: dict[str, dict[str, float]] = {}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for what, names in (
            ("encoder", ["observation_encoder"]),
            ("encoder and blocks", ["observation_encoder", *settings.names]),
        ):
            by_kind = bodies(original.graph, untrained.graph, names)
            rows |= {f"{what}: {how}": train_and_test(pair_classifier(body), seed) for how, body in by_kind.items()}
            rows[f"{what}: frozen minus from scratch"] = difference(
                rows[f"{what}: frozen"], rows[f"{what}: from scratch"]
            )
    return rows


if __name__ == "__main__":
    experiment(f"A classifier's body in a network that compares images, after {PAIRS} pairs", "reuse_in_pairs", run)
