"""Reference returns of naming digits. Values are probabilities of a correct answer."""

from typing import Any

import numpy as np
from jaxtyping import Float64, Integer

from ...protocols.common.errors import invalid
from ..core.game import Game
from ..core.reference_returns import ReferenceReturn
from ..pictures.classifier import accuracy
from ..pictures.images import Pictures, digits
from .reference_players import reference_player
from .rules import Digits


def reference_returns(pictures: Pictures) -> dict[str, ReferenceReturn]:
    """The reference returns by name, each earned by the reference player of the same name.

    They are "oracle", "no_communication", which is the same because there is no communication, and "vision", a support
    vector classifier.
    """
    classifier = f"a support vector classifier, on {pictures.split.replace('_', '-')} pictures"
    references = (
        ReferenceReturn("oracle", 1.0, "exact", "no two pictures are equal, so each has one correct label"),
        ReferenceReturn("no_communication", 1.0, "exact", "equals the oracle: there is no communication"),
        ReferenceReturn("vision", accuracy(pictures), "reference", classifier),
    )
    return {reference.name: reference for reference in references}


def game(pictures: str = "train", **others: Any) -> Game:
    """Naming digits for evaluation.

    The reward of an agent depends on its own picture only. The mean over all episodes therefore equals the mean over
    those in which all agents see the same picture, and evaluation enumerates these.

    Raises:
        ValueError: If any other option is passed, such as ``shown``.
    """
    if others:
        remedy = "Remove this option, or use a core with it directly."
        raise invalid("The reference returns of naming digits need random pictures", sorted(others), remedy)
    seen = digits(pictures)

    def core(agents: int, lanes: int = 1, seed: int | None = None) -> Digits:
        return Digits(agents, lanes, seed, pictures)

    def enumerated_core(agents: int, numbers: Integer[np.ndarray, "B"]) -> Digits:
        return Digits(agents, len(numbers), 0, pictures, np.repeat(numbers[:, None], agents, axis=1))

    def episode_weight(agents: int, numbers: Integer[np.ndarray, "B"]) -> Float64[np.ndarray, "B"]:
        return np.asarray(len(seen.digit) * seen.chance[numbers])

    return Game(
        "digits_v0",
        core,
        lambda agents: reference_returns(seen),
        reference_player,
        episode_count=lambda agents: len(seen.digit),
        enumerated_core=enumerated_core,
        episode_weight=episode_weight,
    )
