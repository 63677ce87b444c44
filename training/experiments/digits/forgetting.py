"""Unlearning a class: a reader is to be as one that never met it, which is not one that never names it by accident.

The yardstick is a reader retrained without the class (SISA, Bourtoule et al. 2021), in all it says about it.
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
from ....protocols.common.errors import bad, unknown
from ...adaptation.classifiers import asked, few_of, learned_on, name_right, right_by_class, taught
from ...adaptation.fitting import Budget, balanced, fit
from ...learners.classification import Classification
from ..experiment import Rows, experiment

How: TypeAlias = Literal["retained", "relabel", "redistribute", "ascent", "shrink"]
UPDATES = 200
"""Of each way to forget in the study, and of its control; a reader takes 1,000."""
FLOOR = 6.0
"""Nats: the loss up to which that of a forgotten picture is ascended."""
KEPT = 0.4
"""How much of each weight is kept where weights are shrunk."""


def forget(
    agent: Agent,
    digit: int,
    pictures: Pictures,
    how: How = "shrink",
    budget: Budget | None = None,
) -> Agent:
    """Take a class out of a reader by learning on.

    Args:
        agent: the reader, which stays as it is.
        digit: the class to forget.
        pictures: which it learned from; those of other classes are retained.
        how: what is done besides learning the retained pictures. "retained": nothing. "relabel": pictures of the class
            get names drawn among the others. "redistribute": they get the reader's own probabilities, without the class
            and renormalized. "ascent": the loss on them is ascended, up to ``FLOOR``. "shrink": that too, after weights
            have moved most of the way to new ones (shrink and perturb, Ash and Adams 2020).
        budget: how much is learned: so many retained pictures in a batch, and as many of the class.

    Returns:
        A reader with parameters of its own, in evaluation mode.

    Raises:
        ValueError: for an unknown class or way.
    """
    if how not in get_args(How):
        raise unknown("way to forget", how, get_args(How))
    if digit not in range(CLASSES):
        raise bad("A class to forget is a digit, 0 to 9", digit, "Give one of these.")
    budget = budget or Budget(updates=200, learning_rate=1e-3)
    gone = pictures.digit == digit
    kept, out = (pictures.image[~gone], pictures.digit[~gone]), pictures.image[gone]
    pupil = (shrunk(agent, budget.seed) if how == "shrink" else agent.clone()).train()

    def loss(rng: np.random.Generator) -> Tensor:
        rows = balanced(kept[1], rng, budget.batch)
        total = name_right(pupil, kept[0][rows], kept[1][rows])
        if how == "retained":
            return total
        forgotten = out[rng.integers(len(out), size=budget.batch)]
        return total + _on_forgotten(how, pupil, agent, forgotten, digit, rng)

    fit(pupil.parameters(), loss, budget)
    return pupil.eval()


def _on_forgotten(
    how: How, pupil: Agent, agent: Agent, image: Float[np.ndarray, "B 64"], digit: int, rng: np.random.Generator
) -> Tensor:
    logits = pupil(torch.from_numpy(image), None)[0]["act"]
    if how == "relabel":
        others = (digit + rng.integers(1, CLASSES, size=len(image))) % CLASSES
        return nn.functional.cross_entropy(logits, torch.from_numpy(others))
    if how == "redistribute":
        return nn.functional.cross_entropy(logits, without(asked(agent, image), digit))
    named: Tensor = logits.log_softmax(-1)[:, digit]
    return named.clamp(min=-FLOOR).mean()


def shrunk(agent: Agent, seed: int) -> Agent:
    """A copy of an agent whose parameters are ``KEPT`` of what they were, and for the rest what they begin as."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = Agent(Graph.from_json(agent.graph.to_json()))
    with torch.no_grad():
        for new, old in zip(made.parameters(), agent.parameters(), strict=True):
            new.lerp_(old, KEPT)
    return made


def without(logits: Float[Tensor, "B A"], digit: int) -> Float[Tensor, "B A"]:
    """Probabilities of the other classes alone, renormalized; that of ``digit`` is zero."""
    ruled_out = torch.zeros(logits.shape[-1]).index_fill(0, torch.tensor(digit), -torch.inf)
    return (logits + ruled_out).softmax(-1)


def run(seed: int) -> Rows:
    """A class of each seed's own is forgotten: every class once in ten seeds."""
    settings, digit, train = Classification("digits_v0", seed=seed), seed % CLASSES, digits("train")
    kept = train.digit != digit
    original = taught(settings, train.image, train.digit)
    retrained = taught(settings, train.image[kept], train.digit[kept])
    other = replace(settings, seed=seed + 1000)
    found = {"the original": original, "retrained": retrained}
    found["retrained, another seed"] = taught(other, train.image[kept], train.digit[kept])
    found[f"retrained for {UPDATES}"] = taught(replace(other, updates=UPDATES), train.image[kept], train.digit[kept])
    for how in get_args(How):
        rate = settings.learning_rate if how == "shrink" else 1e-3
        # Of a seed of its own: new weights must not be those that the yardstick began with.
        budget = Budget(UPDATES, learning_rate=rate, seed=seed + 2000)
        found[f"forgot: {how}"] = forget(original, digit, train, how, budget)
    return {name: measured(agent, retrained, digit, seed) for name, agent in found.items()}


def measured(agent: Agent, retrained: Agent, digit: int, seed: int) -> dict[str, float]:
    """What a reader says about a class and about the others, on held-out pictures, beside one that never met it.

    "TV of answers": total variation between how often each name is given to pictures of the class; "TV a picture": the
    mean over these pictures of that between probabilities. "members": the chance that a picture of the class to train
    on has a smaller loss than one held out (the AUC of a membership attack), "members by confidence" that it has a
    larger greatest probability. "comes back": the class's accuracy after a few updates on five pictures of each class.
    """
    train, held_out = digits("train"), digits("held_out")
    shares = right_by_class(asked(agent, held_out.image), held_out.digit)
    seen, unseen = (pictures.image[pictures.digit == digit] for pictures in (train, held_out))
    ours, theirs = asked(agent, unseen), asked(retrained, unseen)
    counts = [torch.bincount(logits.argmax(-1), minlength=CLASSES) / len(unseen) for logits in (ours, theirs)]
    named = [-asked(agent, image).log_softmax(-1)[:, digit].numpy() for image in (seen, unseen)]
    sure = [-asked(agent, image).softmax(-1).amax(-1).numpy() for image in (seen, unseen)]
    back = taught_few(agent, seed)
    return {
        "forgotten": float(shares[digit]),
        "retained": float(np.delete(shares, digit).mean()),
        "TV of answers": float((counts[0] - counts[1]).abs().sum() / 2),
        "TV a picture": float((ours.softmax(-1) - theirs.softmax(-1)).abs().sum(-1).mean() / 2),
        "members": membership_auc(named[0], named[1]),
        "members by confidence": membership_auc(sure[0], sure[1]),
        "comes back": float(right_by_class(asked(back, held_out.image), held_out.digit)[digit]),
    }


def taught_few(agent: Agent, seed: int) -> Agent:
    """A copy of a reader after 20 updates on five pictures of each class."""
    image, digit = few_of(digits("train"), 5, seed)
    return learned_on(agent, image, digit, Budget(updates=20, learning_rate=1e-3, seed=seed))


def membership_auc(members: Float[np.ndarray, "K"], others: Float[np.ndarray, "L"]) -> float:
    """Probability that a member's value is smaller than another's; ties count half."""
    membership = np.repeat([1, 0], [len(members), len(others)])
    return float(roc_auc_score(membership, -np.concatenate([members, others])))


if __name__ == "__main__":
    experiment("A class is forgotten", "forgetting", run)
