"""Decision trees that describe a player's messages and actions by questions about its knowledge."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, takewhile

import numpy as np
from jaxtyping import Bool, Int64

from ..common.errors import invalid
from .knowledge import NO_MESSAGE, Decisions
from .language import percent

SPREAD = 16
"""Above this number of choices, the text of a tree lists only those that were made."""
TIES = 4
"""The number of random orders in which ties between equally good splits are broken. The smallest tree is kept."""


@dataclass(frozen=True)
class Node:
    """A question with two branches, or a leaf.

    Attributes:
        counts: The number of times that each choice was made at this node.
        choice: The most frequent choice.
        question: The question; None at a leaf.
        yes: The branch for the answer yes.
        no: The branch for the answer no.
    """

    counts: tuple[int, ...]
    choice: str
    question: str | None = None
    yes: "Node | None" = None
    no: "Node | None" = None

    @property
    def leaves(self) -> int:
        """The number of leaves in the subtree."""
        return self.yes.leaves + self.no.leaves if self.yes and self.no else 1


@dataclass(frozen=True)
class Tree:
    """A decision tree over the deciding agent's own knowledge.

    Attributes:
        root: The first node.
        choices: The names of the choices.
        known: The features that the tree uses.
        offered: The features that were available.
        decisions: The number of decisions.
        fidelity: The share of the decisions that the tree reproduces.
    """

    root: Node
    choices: tuple[str, ...]
    known: tuple[str, ...]
    offered: tuple[str, ...]
    decisions: int
    fidelity: float

    def text(self) -> str:
        """The tree as indented lines."""
        return "\n".join(_lines(self.root, "", self.choices))

    @property
    def baseline(self) -> float:
        """The share of the decisions that the most frequent choice alone reproduces."""
        return max(self.root.counts) / self.decisions

    @property
    def informative(self) -> bool:
        """Whether the tree reproduces more decisions than the most frequent choice alone."""
        return self.fidelity > self.baseline

    def summary(self) -> str:
        """Fidelity, size and features of the tree compared with the baseline, in a sentence."""
        if self.baseline == 1:
            return f"All {self.decisions:,} decisions are the same: {self.root.choice}."
        usual = f"always choosing {self.root.choice} reproduces {percent(self.baseline)}"
        if not self.informative:
            offered = ", ".join(map(to_words, self.offered)) or "nothing"
            rule = f"No tree with questions about {offered} reproduces more of {self.decisions:,} decisions than"
            return f"{rule} the most frequent choice alone: {usual}."
        used_features = ", ".join(map(to_words, self.known)) or "nothing"
        leaves = "1 leaf" if self.root.leaves == 1 else f"{self.root.leaves} leaves"
        share = f"{percent(self.fidelity)} of {self.decisions:,} decisions"
        return f"Reproduces {share} with {leaves}, with questions about: {used_features}. In comparison, {usual}."


def smallest_tree(decisions: Decisions, known: Sequence[str] | None = None) -> Tree:
    """The smallest tree found that reproduces as many decisions as these features can distinguish.

    CART (scikit-learn's DecisionTreeClassifier, by entropy) is grown without pruning on the most frequent choice in
    each situation, for every sufficient set of features with the smallest number of features, or one more. CART is
    greedy: a smaller tree may exist.

    Args:
        decisions: The decisions with the knowledge of the deciding agents.
        known: The features that the tree may use; all if None.

    Raises:
        ValueError: If there are no decisions, or a feature does not exist.
    """
    offered = tuple(decisions.known if known is None else known)
    if decisions.total == 0:
        raise invalid("A tree needs at least one decision", 0, "Use episodes in which agents have a choice.")
    best = _reproducible(decisions, offered)
    sets = [features for size in range(len(offered) + 1) for features in combinations(offered, size)]
    enough = (features for features in sets if _reproducible(decisions, features) == best)
    fewest = next(enough)
    few = [fewest, *takewhile(lambda features: len(features) <= len(fewest) + 1, enough)]
    trees = [_grow(decisions, features, offered, tie) for features in few for tie in range(TIES)]
    return min(trees, key=lambda tree: (tree.root.leaves, len(tree.known)))


def to_words(name: str) -> str:
    """The name of a feature or fact, in words."""
    return name.replace("_", " ")


def _reproducible(decisions: Decisions, features: Sequence[str]) -> int:
    return int(decisions.by_known(features)[1].max(axis=1).sum())


def _grow(decisions: Decisions, features: Sequence[str], offered: tuple[str, ...], tie: int) -> Tree:
    from sklearn.tree import DecisionTreeClassifier

    situations, counts = decisions.by_known(features)
    columns = _questions(decisions, features, situations)
    answers = (
        np.stack([answer for _, _, answer in columns], axis=1) if columns else np.zeros((len(counts), 1), dtype=bool)
    )
    usual = counts.argmax(axis=1)
    model = DecisionTreeClassifier(criterion="entropy", random_state=tie)
    with warnings.catch_warnings():  # many classes are expected: a code may have one message per situation
        warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)
        model.fit(answers, usual, sample_weight=counts.sum(axis=1))
    fitted = model.tree_

    def node(index: int, here: Bool[np.ndarray, "R"]) -> Node:
        total = counts[here].sum(axis=0)
        choice = decisions.names[int(total.argmax())]
        said = tuple(total.tolist())
        if fitted.children_left[index] < 0:
            return Node(said, choice)
        _, question, answer = columns[fitted.feature[index]]
        no, yes = int(fitted.children_left[index]), int(fitted.children_right[index])
        return Node(said, choice, question, node(yes, here & answer), node(no, here & ~answer))

    root = node(0, np.ones(len(counts), dtype=bool))
    correct = int(counts[np.arange(len(counts)), model.predict(answers).astype(int)].sum())
    used = {columns[column][0] for column in fitted.feature if column >= 0}
    used_features = tuple(name for name in features if name in used)
    return Tree(root, decisions.names, used_features, offered, int(counts.sum()), correct / int(counts.sum()))


def _questions(
    decisions: Decisions, features: Sequence[str], situations: Int64[np.ndarray, "R K"]
) -> list[tuple[str, str, Bool[np.ndarray, "R"]]]:
    """All yes-or-no questions about these features that split the situations: feature, question, answers."""
    questions = []
    for name, value in zip(features, situations.T, strict=True):
        feature, said, seen = decisions.known[name], to_words(name), np.unique(value).tolist()
        if len(seen) < 2:
            continue
        if feature.kind == "number":
            questions += [(name, f"{said} ≥ {v}?", value >= v) for v in seen[1:]]
        elif feature.kind == "flag":
            questions += [(name, f"{said}?", value == 1)]
        elif feature.kind == "name":
            questions += [(name, f"{said} is {feature.text(v)}?", value == v) for v in seen]
        else:
            sometimes = NO_MESSAGE in seen and len(seen) > 2
            questions += [(name, f"{said} something?", value != NO_MESSAGE)] if sometimes else []
            questions += [(name, f"{said} {feature.text(v)}?", value == v) for v in seen[::-1] if v != NO_MESSAGE]
    return questions


def _lines(node: Node, indent: str, choices: Sequence[str]) -> list[str]:
    if not (node.question and node.yes and node.no):
        spread = ", ".join(map(str, node.counts))
        if len(choices) > SPREAD:
            made = [f"{choice}: {count}" for choice, count in zip(choices, node.counts, strict=True) if count]
            spread = ", ".join(made)
        return [f"{indent}{node.choice}  ({spread})"]
    lines = [f"{indent}{node.question}"]
    for word, branch in (("yes", node.yes), ("no", node.no)):
        below = _lines(branch, indent + ("│   " if word == "yes" else "    "), choices)
        mark = "├── " if word == "yes" else "└── "
        lines += [f"{indent}{mark}{word}: {below[0].lstrip('│ ')}", *below[1:]]
    return lines
