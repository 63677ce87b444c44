"""The recipes: what one learner does differently from another."""

from collections.abc import Callable
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from ..protocols.channel import Channel
from ..protocols.errors import unknown
from .settings import Settings
from .unroll import Episode


@dataclass(frozen=True)
class Recipe:
    """A learner.

    Attributes:
        name: on the command line.
        about: one line.
        channel: what its agents talk over, after this share of the updates.
        loss: of an episode and its TD targets ``[T, R]``.
        explore_messages: whether messages too are drawn epsilon-greedily.
        own_message: whether an agent embeds its own last message.
        games: where it runs.
    """

    name: str
    about: str
    channel: Callable[[Settings, float], Channel]
    loss: Callable[[Episode, Float[Tensor, "T R"]], Float[Tensor, ""]]
    explore_messages: bool
    own_message: bool
    games: tuple[str, ...] = ("switch_riddle_v0",)


def linear(first: float, last: float, progress: float) -> float:
    """A value on its way from ``first`` to ``last``."""
    return first + (last - first) * progress


def recipes() -> dict[str, Recipe]:
    """All recipes by name."""
    from .dial import DIAL
    from .rial import RIAL

    return {recipe.name: recipe for recipe in (DIAL, RIAL)}


def recipe(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        ValueError: if there is none.
    """
    if name not in recipes():
        raise unknown("recipe", name, recipes())
    return recipes()[name]
