"""Unlearning a class: the goal is a classifier that never saw the class, not one that never predicts it.

The reference is a classifier retrained without the class (SISA, Bourtoule et al. 2021).
``python -m interlect.training.experiments.digits.forgetting --seeds 0-9``
"""

from dataclasses import replace
from typing import Literal, TypeAlias, get_args

import numpy as np
import torch
from jaxtyping import Float
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from ....agents import Agent, Graph
from ....envs.pictures.images import CLASSES, Pictures, digits
from ....protocols.common.errors import invalid, unknown
from ...adaptation.digit_classifiers import (
    class_accuracies,
    classification_loss,
    few_shot_sample,
    predict_logits,
    train_from_scratch,
    train_on,
)
from ...adaptation.optimization import Budget, class_balanced_rows, fit
from ...learners.classification import Classification
from ..experiment import Rows, experiment

How: TypeAlias = Literal["retained", "relabel", "redistribute", "ascent", "shrink"]
UPDATES = 200
"""Number of updates of each unlearning method and of its control; training takes 1,000."""
MAX_LOSS = 6.0
"""Loss on forgotten images in nats at which gradient ascent stops."""
SHRINKAGE = 0.4
"""Factor by which weights are shrunk."""


def forget(
    agent: Agent,
    digit: int,
    pictures: Pictures,
    how: How = "shrink",
    budget: Budget | None = None,
) -> Agent:
    """Unlearn a class of a classifier by further training.

    Args:
        agent: the classifier; it is not changed.
        digit: the class to forget.
        pictures: the training images; those of other classes are retained.
        how: the method, in addition to training on retained images. "retained": no addition. "relabel": images of the
            class get random labels of other classes. "redistribute": their targets are the classifier's own
            probabilities without the class, renormalized. "ascent": gradient ascent of their loss, up to ``MAX_LOSS``.
            "shrink": gradient ascent after interpolating weights with new ones (shrink and perturb, Ash and Adams
            2020).
        budget: the budget of training; each batch has ``batch`` retained images and, except with "retained", as many
            images of the class.

    Returns:
        A new classifier, in evaluation mode.

    Raises:
        ValueError: for an unknown class or method.
    """
    if how not in get_args(How):
        raise unknown("unlearning method", how, get_args(How))
    if digit not in range(CLASSES):
        raise invalid("The class to forget must be a digit from 0 to 9", digit, "Pass one of them.")
    budget = budget or Budget(updates=200, learning_rate=1e-3)
    forgotten = pictures.digit == digit
    image, label, forgotten_image = pictures.image[~forgotten], pictures.digit[~forgotten], pictures.image[forgotten]
    student = (shrink_and_perturb(agent, budget.seed) if how == "shrink" else agent.clone()).train()

    def loss(rng: np.random.Generator) -> Tensor:
        rows = class_balanced_rows(label, rng, budget.batch)
        total = classification_loss(student, image[rows], label[rows])
        if how == "retained":
            return total
        batch = forgotten_image[rng.integers(len(forgotten_image), size=budget.batch)]
        return total + _forgotten_loss(how, student, agent, batch, digit, rng)

    fit(student.parameters(), loss, budget)
    return student.eval()


def _forgotten_loss(
    how: How, student: Agent, agent: Agent, image: Float[np.ndarray, "B 64"], digit: int, rng: np.random.Generator
) -> Tensor:
    logits = student(torch.from_numpy(image), None)[0]["act"]
    if how == "relabel":
        others = (digit + rng.integers(1, CLASSES, size=len(image))) % CLASSES
        return nn.functional.cross_entropy(logits, torch.from_numpy(others))
    if how == "redistribute":
        return nn.functional.cross_entropy(logits, without_class(predict_logits(agent, image), digit))
    log_probability: Tensor = logits.log_softmax(-1)[:, digit]
    return log_probability.clamp(min=-MAX_LOSS).mean()


def shrink_and_perturb(agent: Agent, seed: int) -> Agent:
    """A copy of an agent with parameters interpolated between its own (weight ``SHRINKAGE``) and new ones."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        mixed = Agent(Graph.from_json(agent.graph.to_json()))
    with torch.no_grad():
        for new, old in zip(mixed.parameters(), agent.parameters(), strict=True):
            new.lerp_(old, SHRINKAGE)
    return mixed


def without_class(logits: Float[Tensor, "B A"], digit: int) -> Float[Tensor, "B A"]:
    """Probabilities of the other classes, renormalized; the probability of ``digit`` is zero."""
    exclusion = torch.zeros(logits.shape[-1]).index_fill(0, torch.tensor(digit), -torch.inf)
    return (logits + exclusion).softmax(-1)


def run(seed: int) -> Rows:
    """Forget class ``seed % 10``; ten seeds cover each class once."""
    settings, digit, train = Classification("digits_v0", seed=seed), seed % CLASSES, digits("train")
    kept = train.digit != digit
    original = train_from_scratch(settings, train.image, train.digit)
    retrained = train_from_scratch(settings, train.image[kept], train.digit[kept])
    other = replace(settings, seed=seed + 1000)
    agents = {"original": original, "retrained": retrained}
    agents["retrained, another seed"] = train_from_scratch(other, train.image[kept], train.digit[kept])
    agents[f"retrained for {UPDATES}"] = train_from_scratch(
        replace(other, updates=UPDATES), train.image[kept], train.digit[kept]
    )
    for how in get_args(How):
        rate = settings.learning_rate if how == "shrink" else 1e-3
        # Another seed, because the new weights must not be the reference's initial ones.
        budget = Budget(UPDATES, learning_rate=rate, seed=seed + 2000)
        agents[f"forgot: {how}"] = forget(original, digit, train, how, budget)
    return {name: compare_with_retrained(agent, retrained, digit, seed) for name, agent in agents.items()}


def compare_with_retrained(agent: Agent, retrained: Agent, digit: int, seed: int) -> dict[str, float]:
    """Compare a classifier with one retrained without the class, on held-out images.

    "forgotten" and "retained" are the accuracies on the class and on the other classes. "TV of predictions" is the
    total variation distance of the frequencies of predicted classes on images of the class; "TV per image" is the mean
    distance of probabilities over these images. "membership AUC" is the AUC of a membership inference attack by the
    loss on images of the class; "membership AUC by confidence" is that of an attack by the largest probability.
    "few-shot accuracy" is the accuracy on the class after a few updates on five images of each class.
    """
    train, held_out = digits("train"), digits("held_out")
    shares = class_accuracies(predict_logits(agent, held_out.image), held_out.digit)
    seen, unseen = (pictures.image[pictures.digit == digit] for pictures in (train, held_out))
    logits, reference = predict_logits(agent, unseen), predict_logits(retrained, unseen)
    counts = [torch.bincount(each.argmax(-1), minlength=CLASSES) / len(unseen) for each in (logits, reference)]
    losses = [-predict_logits(agent, image).log_softmax(-1)[:, digit].numpy() for image in (seen, unseen)]
    confidences = [-predict_logits(agent, image).softmax(-1).amax(-1).numpy() for image in (seen, unseen)]
    relearned = train_on_few(agent, seed)
    return {
        "forgotten": float(shares[digit]),
        "retained": float(np.delete(shares, digit).mean()),
        "TV of predictions": float((counts[0] - counts[1]).abs().sum() / 2),
        "TV per image": float((logits.softmax(-1) - reference.softmax(-1)).abs().sum(-1).mean() / 2),
        "membership AUC": membership_auc(losses[0], losses[1]),
        "membership AUC by confidence": membership_auc(confidences[0], confidences[1]),
        "few-shot accuracy": float(class_accuracies(predict_logits(relearned, held_out.image), held_out.digit)[digit]),
    }


def train_on_few(agent: Agent, seed: int) -> Agent:
    """A copy of a classifier after 20 updates on five images of each class."""
    image, digit = few_shot_sample(digits("train"), 5, seed)
    return train_on(agent, image, digit, Budget(updates=20, learning_rate=1e-3, seed=seed))


def membership_auc(members: Float[np.ndarray, "K"], others: Float[np.ndarray, "L"]) -> float:
    """Probability that a member's value is smaller than a non-member's; ties count half."""
    membership = np.repeat([1, 0], [len(members), len(others)])
    return float(roc_auc_score(membership, -np.concatenate([members, others])))


if __name__ == "__main__":
    experiment("Unlearning a class", "forgetting", run)
