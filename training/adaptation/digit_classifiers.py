"""Training and evaluation of single agents that classify digits, for experiments and scorecards."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor, nn

from ...agents import Agent
from ...envs.pictures.images import CLASSES, Pictures
from ..learners.classification import Classification
from ..recipes.table import make_learner
from .distilling import LabeledBatch
from .optimization import Budget, class_balanced_rows, fit, parameters_of


def train_agent(settings: Classification) -> Agent:
    """Train the agent of a run with these settings, without a run folder."""
    learner = make_learner(settings)
    while learner.updates < settings.updates:
        learner.update()
    agent: Agent = learner.team().agents[0]
    return agent


def untrained_agent(settings: Classification) -> Agent:
    """The agent of a run with these settings, before training."""
    agent: Agent = make_learner(settings).team().agents[0]
    return agent


def train_on(
    agent: Agent,
    image: Float[np.ndarray, "P 64"],
    digit: Int64[np.ndarray, "P"],
    budget: Budget,
    trainable: Sequence[str] | None = None,
) -> Agent:
    """A copy of an agent, in evaluation mode, with ``trainable`` modules (None: all) trained on these images."""
    trained = agent.clone().train()

    def loss(rng: np.random.Generator) -> Tensor:
        rows = class_balanced_rows(digit, rng, budget.batch)
        return classification_loss(trained, image[rows], digit[rows])

    fit(parameters_of(trained.graph, trainable).values(), loss, budget)
    return trained.eval()


def train_from_scratch(
    settings: Classification, image: Float[np.ndarray, "P 64"], digit: Int64[np.ndarray, "P"]
) -> Agent:
    """Train the agent of a run with these settings on these images only, with blocks in fixed order."""
    budget = Budget(settings.updates, settings.batch, settings.learning_rate, settings.max_grad_norm, settings.seed)
    return train_on(untrained_agent(settings), image, digit, budget)


def predict_logits(agent: Agent, image: Float[np.ndarray, "P 64"]) -> Float[Tensor, "P A"]:
    """An agent's logits for images, in evaluation mode."""
    with torch.inference_mode():
        logits: Tensor = agent.eval()(torch.from_numpy(image), None)[0]["act"]
    return logits.clone()


def class_accuracies(logits: Float[Tensor, "P A"], digit: Int64[np.ndarray, "P"]) -> Float64[np.ndarray, "10"]:
    """Accuracy per class; NaN for a class without images."""
    correct = (logits.argmax(-1).numpy() == digit).astype(np.float64)
    count = np.bincount(digit, minlength=CLASSES)
    with np.errstate(invalid="ignore"):
        shares: np.ndarray = np.bincount(digit, correct, minlength=CLASSES) / count
    return shares


def accuracy(agent: Agent, pictures: Pictures) -> float:
    """Mean accuracy over classes, which is the return of a run."""
    return float(class_accuracies(predict_logits(agent, pictures.image), pictures.digit).mean())


def accuracy_by_class(agent: Agent, pictures: Pictures) -> dict[str, float]:
    """Accuracy by name of the class."""
    shares = class_accuracies(predict_logits(agent, pictures.image), pictures.digit)
    return {f"class {digit}": float(share) for digit, share in enumerate(shares)}


def few_shot_sample(
    pictures: Pictures, per_class: int, seed: int
) -> tuple[Float[np.ndarray, "K 64"], Int64[np.ndarray, "K"]]:
    """The same number of images of each class, drawn without replacement, and their digits."""
    rng = np.random.default_rng([seed, per_class])
    drawn = [
        first + rng.permutation(count)[:per_class] for first, count in zip(pictures.first, pictures.count, strict=True)
    ]
    rows = np.concatenate(drawn)
    return pictures.image[rows], pictures.digit[rows]


def batch_sampler(image: Float[np.ndarray, "P 64"], digit: Int64[np.ndarray, "P"]) -> Callable[..., LabeledBatch]:
    """Make a function that draws a batch of images, with equally frequent classes, and their labels."""

    def draw(rng: np.random.Generator, rows: int) -> LabeledBatch:
        chosen = class_balanced_rows(digit, rng, rows)
        return {"observation": torch.from_numpy(image[chosen])}, {"act": torch.from_numpy(digit[chosen])}

    return draw


def classification_loss(
    agent: Agent, image: Float[np.ndarray, "B 64"], digit: Int64[np.ndarray, "B"]
) -> Float[Tensor, ""]:
    """Cross-entropy of the labels, in the agent's current mode."""
    logits = agent(torch.from_numpy(image), None)[0]["act"]
    return nn.functional.cross_entropy(logits, torch.from_numpy(digit))
