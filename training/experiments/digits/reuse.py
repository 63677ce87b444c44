"""Frozen parts of trained networks (an encoder, or a classifier's body), reused in classifiers with few labels.

``python -m interlect.training.experiments.digits.reuse --seeds 0-9``
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ....agents import Agent, Frozen, Graph, Identity, Linear, Module, Port, Series, Subgraph, Wire
from ....agents.modules import LayerNorm, Noise
from ....agents.operators import extract
from ....envs.pictures.images import CLASSES, PIXELS, Pictures, digits
from ...adaptation.digit_classifiers import (
    class_accuracies,
    few_shot_sample,
    predict_logits,
    train_from_scratch,
    train_on,
    untrained_agent,
)
from ...adaptation.optimization import Budget, fit
from ...learners.classification import Classification
from ..experiment import Rows, difference, experiment

PER_CLASS = 5
"""Number of labels per class."""
LOW = 5
"""The reused classifier is trained on classes below this, and reused on the others."""
CODE, HIDDEN, NOISE = 128, 256, 0.5
"""Widths of the autoencoder's code and hidden layers, and standard deviation of the noise that it removes."""
AUTOENCODER_BUDGET = Budget(updates=2000, learning_rate=2e-3)
CLASSIFIER_BUDGET = Budget(updates=300, batch=50, learning_rate=3e-3)


def autoencoder() -> Graph:
    """A denoising autoencoder (Vincent et al. 2008) of images: it adds noise, encodes and decodes."""
    modules: dict[str, Module] = {
        "observation_noise": Noise((PIXELS,), NOISE),
        "encode": Series([Linear(PIXELS, (HIDDEN,), relu=True), Linear(HIDDEN, (CODE,), relu=True)]),
        "decode": Series([Linear(CODE, (HIDDEN,), relu=True), Linear(HIDDEN, (PIXELS,))]),
    }
    ends = (
        ("input.observation", "observation_noise.x"),
        ("observation_noise.out", "encode.x"),
        ("encode.out", "decode.x"),
    )
    wires = [Wire(*pair) for pair in (*ends, ("decode.out", "output.picture"))]
    return Graph({"observation": Port((PIXELS,))}, {"picture": Port((PIXELS,))}, modules, tuple(wires))


def train_autoencoder(graph: Graph, pictures: Pictures, budget: Budget) -> float:
    """Train an autoencoder to reconstruct images, without labels.

    Returns:
        The final mean squared error per pixel, on images without noise.
    """
    agent, image = Agent(graph).train(), torch.from_numpy(pictures.image)

    def loss(rng: np.random.Generator) -> Tensor:
        clean = image[torch.from_numpy(rng.integers(len(image), size=budget.batch))]
        reconstruction: Tensor = agent(clean, None)[0]["picture"]
        return ((reconstruction - clean) ** 2).sum(-1).mean()

    fit(agent.parameters(), loss, budget)
    with torch.no_grad():
        reconstruction = agent.eval()(image, None)[0]["picture"]
    return float(((reconstruction - image) ** 2).mean())


def extract_as_module(graph: Graph, names: Sequence[str]) -> Subgraph:
    """Extract these modules of a graph as one module."""
    return Subgraph(extract(graph, names).after)


def classifier(body: Module) -> Graph:
    """A classifier with one layer on top of a body that maps an image to features."""
    (x,), (out,) = body.inputs, body.outputs
    (width,) = body.outputs[out].shape
    # Features are standardized, so that one learning rate suits bodies of any scale.
    modules: dict[str, Module] = {"body": body, "label": Series([LayerNorm((width,)), Linear(width, (CLASSES,))])}
    wires = Wire("input.observation", f"body.{x}"), Wire(f"body.{out}", "label.x"), Wire("label.out", "output.act")
    return Graph({"observation": Port((PIXELS,))}, {"act": Port((CLASSES,))}, modules, wires)


def run(seed: int) -> Rows:
    """Accuracy on held-out images with five labels per class, of pretrained, random and newly trained bodies."""
    train = digits("train")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        untrained, graph = autoencoder(), autoencoder()
        error = train_autoencoder(graph, train, AUTOENCODER_BUDGET)
        rows = {
            f"encoder of an autoencoder: {how}": train_and_test(classifier(body), range(CLASSES), seed)
            for how, body in bodies(graph, untrained, ["encode"]).items()
        }
        frozen, from_scratch = (rows[f"encoder of an autoencoder: {how}"] for how in ("frozen", "from scratch"))
        rows["encoder of an autoencoder: frozen minus from scratch"] = difference(frozen, from_scratch)
        rows["no body: raw pixels"] = train_and_test(classifier(Identity((PIXELS,))), range(CLASSES), seed)
        low = train.digit < LOW
        settings = Classification("digits_v0", seed=seed)
        original, untrained_original = (
            train_from_scratch(settings, train.image[low], train.digit[low]),
            untrained_agent(settings),
        )
        for what, names in (
            ("encoder", ["observation_encoder"]),
            ("encoder and blocks", ["observation_encoder", *settings.names]),
        ):
            rows |= {
                f"{what} of a classifier of 0-4, on 5-9: {how}": train_and_test(
                    classifier(body), range(LOW, CLASSES), seed
                )
                for how, body in bodies(original.graph, untrained_original.graph, names).items()
            }
    return rows | {"autoencoder": {"squared error per pixel": error}}


def bodies(graph: Graph, untrained: Graph, names: Sequence[str]) -> dict[str, Module]:
    """Bodies of a classifier: a trained part, frozen or fine-tuned, and the same part with new parameters."""
    trained, new = extract_as_module(graph, names), extract_as_module(untrained, names)
    return {
        "frozen": Frozen(trained),
        "random, frozen": Frozen(new),
        "from scratch": extract_as_module(untrained.clone(), names),
        "fine-tuned": extract_as_module(graph.clone(), names),
    }


def train_and_test(graph: Graph, classes: Sequence[int], seed: int) -> dict[str, float]:
    """Accuracy on held-out images of these classes after training with a few labels of each."""
    image, digit = few_shot_sample(digits("train"), PER_CLASS, seed)
    chosen = np.isin(digit, classes)
    agent = train_on(Agent(graph), image[chosen], digit[chosen], CLASSIFIER_BUDGET)
    held_out = digits("held_out")
    return {
        "accuracy": float(class_accuracies(predict_logits(agent, held_out.image), held_out.digit)[list(classes)].mean())
    }


if __name__ == "__main__":
    experiment("Reused parts with few labels: accuracy on held-out images", "reuse", run)
