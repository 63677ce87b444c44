"""Parts that were learned elsewhere, frozen, as layers where labels are few: an autoencoder's encoder, a reader's body.

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
from ...adaptation.classifiers import asked, few_of, fresh, learned_on, right_by_class, taught
from ...adaptation.fitting import Budget, fit
from ...learners.classification import Classification
from ..experiment import Rows, experiment, less

EACH = 5
"""Labels a class."""
LOW = 5
"""A reader that is reused met the classes below."""
CODE, HIDDEN, NOISE = 128, 256, 0.5
"""Widths of the autoencoder, and the noise on what it is to clean."""
CODING = Budget(updates=2000, learning_rate=2e-3)
LABELING = Budget(updates=300, batch=50, learning_rate=3e-3)


def coder() -> Graph:
    """A denoising autoencoder (Vincent et al. 2008) of pictures: blur, encode, decode."""
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


def coded(graph: Graph, pictures: Pictures, budget: Budget) -> float:
    """Let an autoencoder learn to give pictures back; no label is looked at.

    Returns:
        The mean squared error a pixel at the end, of pictures without noise.
    """
    agent, image = Agent(graph).train(), torch.from_numpy(pictures.image)

    def loss(rng: np.random.Generator) -> Tensor:
        clean = image[torch.from_numpy(rng.integers(len(image), size=budget.batch))]
        given: Tensor = agent(clean, None)[0]["picture"]
        return ((given - clean) ** 2).sum(-1).mean()

    fit(agent.parameters(), loss, budget)
    with torch.no_grad():
        given = agent.eval()(image, None)[0]["picture"]
    return float(((given - image) ** 2).mean())


def part(graph: Graph, names: Sequence[str]) -> Subgraph:
    """Some modules of a graph, taken out, as one module."""
    return Subgraph(extract(graph, names).after)


def classifier(body: Module) -> Graph:
    """One layer of choices on a body with one input, a picture, and one output of features."""
    (x,), (out,) = body.inputs, body.outputs
    (width,) = body.outputs[out].shape
    # What a body says is standardized, so that strong and weak features are learned from at one rate.
    modules: dict[str, Module] = {"body": body, "label": Series([LayerNorm((width,)), Linear(width, (CLASSES,))])}
    wires = Wire("input.observation", f"body.{x}"), Wire(f"body.{out}", "label.x"), Wire("label.out", "output.act")
    return Graph({"observation": Port((PIXELS,))}, {"act": Port((CLASSES,))}, modules, wires)


def run(seed: int) -> Rows:
    """Accuracy on held-out pictures, with five labels a class, of bodies from elsewhere, random, or learned here."""
    train = digits("train")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        untrained, graph = coder(), coder()
        error = coded(graph, train, CODING)
        rows = {
            f"encoder of an autoencoder: {how}": named(classifier(body), range(CLASSES), seed)
            for how, body in bodies(graph, untrained, ["encode"]).items()
        }
        frozen, scratch = (rows[f"encoder of an autoencoder: {how}"] for how in ("frozen", "from scratch"))
        rows["encoder of an autoencoder: frozen less from scratch"] = less(frozen, scratch)
        rows["no body: raw pixels"] = named(classifier(Identity((PIXELS,))), range(CLASSES), seed)
        low = train.digit < LOW
        settings = Classification("digits_v0", seed=seed)
        reader, unread = taught(settings, train.image[low], train.digit[low]), fresh(settings)
        for what, names in (
            ("eye", ["observation_encoder"]),
            ("eye and blocks", ["observation_encoder", *settings.names]),
        ):
            rows |= {
                f"{what} of a reader of 0-4, on 5-9: {how}": named(classifier(body), range(LOW, CLASSES), seed)
                for how, body in bodies(reader.graph, unread.graph, names).items()
            }
    return rows | {"autoencoder": {"squared error a pixel": error}}


def bodies(graph: Graph, untrained: Graph, names: Sequence[str]) -> dict[str, Module]:
    """What a classifier stands on: a trained part, frozen or learning on; the same, never trained."""
    trained, new = part(graph, names), part(untrained, names)
    return {
        "frozen": Frozen(trained),
        "random, frozen": Frozen(new),
        "from scratch": part(untrained.clone(), names),
        "trained, learning on": part(graph.clone(), names),
    }


def named(graph: Graph, classes: Sequence[int], seed: int) -> dict[str, float]:
    """What a classifier is worth after a few labels of some classes: accuracy on their held-out pictures."""
    image, digit = few_of(digits("train"), EACH, seed)
    mine = np.isin(digit, classes)
    agent = learned_on(Agent(graph), image[mine], digit[mine], LABELING)
    held_out = digits("held_out")
    return {"accuracy": float(right_by_class(asked(agent, held_out.image), held_out.digit)[list(classes)].mean())}


if __name__ == "__main__":
    experiment("Parts reused where labels are few: accuracy on held-out pictures", "reuse", run)
