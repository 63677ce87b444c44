"""The levels of a stacked painter: its two parts, the encoder that it inverts, and the losses of a level."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import cross_entropy, mse_loss

from ...agents import Agent, Graph, Wire
from ...agents.generators import stacked_encoder
from ...agents.graph import INPUT, OUTPUT
from ...envs.forgery.rules import FAKE, REAL
from ...envs.forgery.source import Source
from ...protocols.common.errors import invalid
from ..rollouts.schedules import cosine
from .objectives import Objective, painter_loss, penalized_critic_loss

Judge: TypeAlias = Callable[[Float[Tensor, "B D"]], tuple[Float[Tensor, "B"], Float[Tensor, "B Z"]]]
"""The critic of a level: returns logits of being genuine, and the noise that it recovers."""
ENCODER_UPDATES, ENCODER_BATCH, ENCODER_RATE = 500, 128, 3e-3
"""Updates of the encoder, pictures per update, and its learning rate at the first update."""


def train_encoder(source: Source, features: int, width: int, seed: int, updates: int = ENCODER_UPDATES) -> Agent:
    """An encoder that is trained to classify the pictures of a source, frozen and in evaluation mode.

    The loss is the cross-entropy of the kinds. The same arguments give the same encoder.

    Args:
        source: The pictures.
        features: Number of features (F).
        width: Width of the hidden layer.
        seed: Seed of the first parameters and of the batches.
        updates: Number of optimizer steps.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        encoder = Agent(stacked_encoder(source.size, source.kinds, features, width))
    optimizer = torch.optim.Adam(encoder.parameters(), foreach=True)
    rng = np.random.default_rng([seed, updates])
    for update in range(updates):
        kind = rng.integers(source.kinds, size=ENCODER_BATCH)
        picture = source.picture(kind, rng.integers(2**64, size=ENCODER_BATCH, dtype=np.uint64))
        logits = encoder(torch.from_numpy(picture), None)[0]["kind"]
        loss = cross_entropy(logits, torch.from_numpy(kind))
        optimizer.zero_grad()
        loss.backward()
        optimizer.param_groups[0]["lr"] = cosine(ENCODER_RATE, 0.0, update / updates)
        optimizer.step()
    encoder.zero_grad()
    return encoder.requires_grad_(False).eval()


def split_levels(graph: Graph) -> tuple[Agent, Agent]:
    """The levels of a painter, above and below the only module with an input ``features``, over the same parameters.

    The upper level has the inputs of the painter and the output ``features``. The lower level has the further input
    ``features``, and the outputs of the painter.

    Raises:
        ValueError: If the painter has no such module, or several.
    """
    places = [f"{name}.features" for name, module in graph.modules.items() if "features" in module.inputs]
    if len(places) != 1:
        rule = "A painter of two levels must have one module with an input called features"
        raise invalid(rule, places, "Start from a painter of this recipe, or substitute a module with this input.")
    (place,) = places
    features = {"features": graph.targets()[place]}
    into = graph.into(place)
    rest = tuple(wire for wire in graph.wires if wire.target != place)
    above = _before(rest, [wire.sender for wire in into])
    upper = Graph(
        graph.inputs,
        features,
        {name: module for name, module in graph.modules.items() if name in above},
        (*(w for w in rest if w.receiver in above), *(Wire(w.source, f"{OUTPUT}.features", w.delay) for w in into)),
    )
    below = _before(rest, [wire.sender for wire in rest if wire.receiver == OUTPUT])
    lower = Graph(
        graph.inputs | features,
        graph.outputs,
        {name: module for name, module in graph.modules.items() if name in below},
        (*(w for w in rest if w.receiver in {*below, OUTPUT}), Wire(f"{INPUT}.features", place)),
    )
    return Agent(upper), Agent(lower)


def _before(wires: tuple[Wire, ...], names: list[str]) -> set[str]:
    """These modules, and all modules that a path leads from to one of them."""
    found, left = set[str](), [name for name in names if name != INPUT]
    while left:
        name = left.pop()
        found.add(name)
        left += [w.sender for w in wires if w.receiver == name and w.sender not in found | {INPUT}]
    return found


def feature_judge(critic: Agent) -> Judge:
    """The critic of features as a function of features."""

    def judge(features: Float[Tensor, "B F"]) -> tuple[Float[Tensor, "B"], Float[Tensor, "B Z"]]:
        outputs, _ = critic(features, None)
        return outputs["genuine"][:, 0], outputs["noise"]

    return judge


def picture_judge(critic: Agent, observed: Float[Tensor, "B O"]) -> Judge:
    """The critic of pictures as a function of pictures, which it hears; see ``genuine_logits`` in ``gan.py``."""

    def judge(pictures: Float[Tensor, "B D"]) -> tuple[Float[Tensor, "B"], Float[Tensor, "B Z"]]:
        outputs, _ = critic(observed, pictures[:, None], None)
        return outputs["act"][:, REAL] - outputs["act"][:, FAKE], outputs["noise"]

    return judge


class LevelBatch(NamedTuple):
    """A batch of one level.

    Attributes:
        judge: The critic of the level.
        real: Genuine pictures or features.
        fake: Painted ones.
        noise: The noise that they are made from.
        condition: The conditional loss.
    """

    judge: Judge
    real: Float[Tensor, "B D"]
    fake: Float[Tensor, "B D"]
    noise: Float[Tensor, "B Z"]
    condition: Float[Tensor, ""]


def conditional_losses(
    encoder: Agent,
    kind: Int64[Tensor, "B"],
    features: Float[Tensor, "B F"],
    received: Float[Tensor, "B F"],
    painted: Float[Tensor, "B D"],
) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
    """The conditional losses of both levels: what the encoder does not recover (Huang et al. 2016, eq. 5).

    Args:
        encoder: The encoder.
        kind: The kinds that the upper level received.
        features: The features that it generated; their loss is the cross-entropy of the kinds.
        received: The features that the lower level received.
        painted: The pictures that it painted; their loss is the mean squared error of the features.
    """
    recover, encode = encoder.graph.modules["kind_head"], encoder.graph.modules["picture_encoder"]
    return cross_entropy(recover(features), kind), mse_loss(encode(painted), received)


def level_critic_loss(
    objective: Objective, level: LevelBatch, r1: float, r2: float, entropy_weight: float
) -> Float[Tensor, ""]:
    """The loss of the critic of a level: its adversarial loss with gradient penalties, and the error of the noise.

    The error of the recovered noise is the negative log-likelihood of a normal distribution with fixed variance, up to
    constants (Huang et al. 2016, eq. 7). No gradient reaches the painter.

    Args:
        objective: Name of the objective; see ``critic_loss``.
        level: The batch.
        r1: Weight of the gradient penalty at genuine pictures or features.
        r2: Weight of the gradient penalty at painted ones.
        entropy_weight: Weight of the error of the recovered noise.
    """
    loss = penalized_critic_loss(objective, lambda shown: level.judge(shown)[0], level.real, level.fake, r1, r2)
    if entropy_weight:
        loss = loss + entropy_weight * mse_loss(level.judge(level.fake.detach())[1], level.noise)
    return loss


def level_painter_loss(
    objective: Objective, level: LevelBatch, condition_weight: float, entropy_weight: float
) -> Float[Tensor, ""]:
    """The loss of one level of a painter: adversarial, conditional and entropy loss (Huang et al. 2016, eq. 8).

    Args:
        objective: Name of the objective; see ``painter_loss``.
        level: The batch, with a critic whose parameters require no gradient.
        condition_weight: Weight of the conditional loss.
        entropy_weight: Weight of the error of the recovered noise.
    """
    logits, recovered = level.judge(level.fake)
    with torch.no_grad():
        compared = level.judge(level.real)[0] if objective == "relativistic" else logits
    loss = painter_loss(objective, compared, logits)
    return loss + condition_weight * level.condition + entropy_weight * mse_loss(recovered, level.noise)
