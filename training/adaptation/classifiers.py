"""What the studies of one agent on digits share: training it, asking it, scoring what it says."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor, nn

from ...agents import Agent
from ...envs.pictures.images import CLASSES, Pictures
from ..learners.classification import Classification
from ..learners.table import make_learner
from .distilling import BatchLoss
from .fitting import Budget, balanced, fit, parameters_of


def trained(settings: Classification) -> Agent:
    """The one agent of a run with these settings, at its end, without the run's folder."""
    learner = make_learner(settings)
    while learner.updates < settings.updates:
        learner.update()
    agent: Agent = learner.team().agents[0]
    return agent


def fresh(settings: Classification) -> Agent:
    """The one agent of a run with these settings, before it learns."""
    agent: Agent = make_learner(settings).team().agents[0]
    return agent


def learned_on(
    agent: Agent,
    image: Float[np.ndarray, "P 64"],
    digit: Int64[np.ndarray, "P"],
    budget: Budget,
    learned: Sequence[str] | None = None,
) -> Agent:
    """A copy of an agent that learned to name these pictures right, in evaluation mode; or these modules of it did."""
    pupil = agent.clone().train()

    def loss(rng: np.random.Generator) -> Tensor:
        rows = balanced(digit, rng, budget.batch)
        return name_right(pupil, image[rows], digit[rows])

    fit(parameters_of(pupil.graph, learned).values(), loss, budget)
    return pupil.eval()


def taught(settings: Classification, image: Float[np.ndarray, "P 64"], digit: Int64[np.ndarray, "P"]) -> Agent:
    """The one agent of a run with these settings, had it met these pictures alone; its order is fixed."""
    budget = Budget(settings.updates, settings.batch, settings.learning_rate, settings.max_grad_norm, settings.seed)
    return learned_on(fresh(settings), image, digit, budget)


def asked(agent: Agent, image: Float[np.ndarray, "P 64"]) -> Float[Tensor, "P A"]:
    """An agent's logits for pictures, as in evaluation."""
    with torch.inference_mode():
        logits: Tensor = agent.eval()(torch.from_numpy(image), None)[0]["act"]
    return logits.clone()


def right_by_class(logits: Float[Tensor, "P A"], digit: Int64[np.ndarray, "P"]) -> Float64[np.ndarray, "10"]:
    """The share of each class's pictures that is named right; NaN for a class without pictures."""
    right = (logits.argmax(-1).numpy() == digit).astype(np.float64)
    count = np.bincount(digit, minlength=CLASSES)
    with np.errstate(invalid="ignore"):
        shares: np.ndarray = np.bincount(digit, right, minlength=CLASSES) / count
    return shares


def accuracy(agent: Agent, pictures: Pictures) -> float:
    """The share of pictures named right, with classes equally weighted: the run's return."""
    return float(right_by_class(asked(agent, pictures.image), pictures.digit).mean())


def by_class(agent: Agent, pictures: Pictures) -> dict[str, float]:
    """The share of each class's pictures that is named right, by its name."""
    shares = right_by_class(asked(agent, pictures.image), pictures.digit)
    return {f"class {digit}": float(share) for digit, share in enumerate(shares)}


def few_of(pictures: Pictures, each: int, seed: int) -> tuple[Float[np.ndarray, "K 64"], Int64[np.ndarray, "K"]]:
    """So many pictures of each class, drawn without repetition, and their digits."""
    rng = np.random.default_rng([seed, each])
    drawn = [first + rng.permutation(count)[:each] for first, count in zip(pictures.first, pictures.count, strict=True)]
    rows = np.concatenate(drawn)
    return pictures.image[rows], pictures.digit[rows]


def batch_loss(image: Float[np.ndarray, "P 64"], digit: Int64[np.ndarray, "P"]) -> Callable[..., BatchLoss]:
    """Draws pictures, classes first, and what is right."""

    def draw(rng: np.random.Generator, rows: int) -> BatchLoss:
        chosen = balanced(digit, rng, rows)
        return {"observation": torch.from_numpy(image[chosen])}, {"act": torch.from_numpy(digit[chosen])}

    return draw


def name_right(agent: Agent, image: Float[np.ndarray, "B 64"], digit: Int64[np.ndarray, "B"]) -> Float[Tensor, ""]:
    """Cross-entropy of the right names, in the mode that the agent is in."""
    logits = agent(torch.from_numpy(image), None)[0]["act"]
    return nn.functional.cross_entropy(logits, torch.from_numpy(digit))
