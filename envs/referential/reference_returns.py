"""Reference returns of the referential game. Values are probabilities, or mean fractions, of correct answers."""

import math
from typing import Any

import numpy as np
from jaxtyping import Integer

from ...protocols.common.errors import invalid
from ..core.game import Game
from ..core.reference_returns import ReferenceReturn
from .probabilities import best_guess
from .reference_players import reference_player
from .rules import Referential

ENUMERABLE = 1 << 20
"""The maximum number of episodes for enumeration."""


def reference_returns(core: Referential) -> dict[str, ReferenceReturn]:
    """The reference returns by name, each earned by the reference player of the same name with the core's options.

    They are "oracle", "no_communication", the optimum without communication, and "coding", a hand-written code.
    """
    needed = math.prod(core.objects.values)
    references = (
        ReferenceReturn("oracle", 1.0, "exact", "the sender sees the whole object"),
        _no_communication(core),
        ReferenceReturn("coding", 1.0, "exact", f"equals the oracle, with {needed} different messages"),
    )
    return {reference.name: reference for reference in references}


def _no_communication(core: Referential) -> ReferenceReturn:
    """The optimum without communication of agents that know the distribution of the objects, in every split.

    So the held-out part has a reference of its own: a guess among its few objects, which training does not teach.

    Discriminate: candidates are drawn without replacement, independently of the position of the object. So each
    position has probability 1 / C given the receiver's observation. The same holds for pictures: the receiver's picture
    of each class is uniform, whichever other picture of the object's class the sender sees.
    """
    if core.discriminates:
        how = f"each of {core.candidates} candidates is equally likely to be the object, in every split"
        return ReferenceReturn("no_communication", 1 / core.candidates, "exact", how)
    value, _ = best_guess(core.objects, core.partial)
    kinds = core.objects.kinds
    objects = f"{kinds} objects" if core.split == "all" else f"the {kinds} {core.split.replace('_', '-')} objects"
    guess = "the most frequent value of each attribute" if core.partial else "any object"
    how = f"agents know the distribution, which is uniform over {objects}; the best guess is {guess}"
    return ReferenceReturn("no_communication", value, "exact", how)


def game(**options: Any) -> Game:
    """The referential game for evaluation, with the options of its core.

    "reconstruct" has one episode per object, and is enumerated up to 2^20 objects. "discriminate" has one episode per
    ordered set of candidates and position, and is enumerated up to 2^20 of them. Pictures are not enumerated.

    Raises:
        ValueError: If the option ``shown`` is passed.
    """
    if "shown" in options:
        remedy = "Remove this option, or use a core with it directly."
        raise invalid("The reference returns of the referential game need random episodes", ["shown"], remedy)

    def core(agents: int, lanes: int = 1, seed: int | None = None) -> Referential:
        return Referential(agents, lanes, seed, **options)

    def episode_count(agents: int) -> int | None:
        episodes = core(agents).episode_count
        return episodes if episodes is not None and episodes <= ENUMERABLE else None

    def enumerated_core(agents: int, numbers: Integer[np.ndarray, "B"]) -> Referential:
        return Referential(agents, len(numbers), 0, **options, shown=numbers)

    return Game(
        "referential_v0",
        core,
        lambda agents: reference_returns(core(agents)),
        reference_player,
        episode_count,
        enumerated_core,
    )
