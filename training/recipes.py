"""The recipes by name: a recipe is the class of its settings, which make its learner."""

from ..protocols.checks import one_of
from .settings import Settings


def recipes() -> dict[str, type[Settings]]:
    """All recipes by name."""
    from .dial import Dial
    from .digits import Digits
    from .ppo import PPO
    from .reward import Reward
    from .rial import Rial
    from .signaling import Signaling
    from .supervised import Supervised

    return {recipe.recipe: recipe for recipe in (Dial, Digits, PPO, Rial, Reward, Signaling, Supervised)}


def recipe(name: str) -> type[Settings]:
    """The recipe of that name.

    Raises:
        ValueError: if there is none.
    """
    one_of("recipe", name, recipes())
    return recipes()[name]


def check_preset(name: str, recipe: type[Settings]) -> None:
    """Raise unless a recipe has a preset of that name."""
    one_of(f"preset of {recipe.recipe}", name, recipe.presets)


def preset(name: str, recipe: type[Settings], game: str) -> Settings:
    """The settings of a recipe with the values of a source.

    Raises:
        ValueError: if there is no preset of that name.
    """
    check_preset(name, recipe)
    return recipe(game, **recipe.presets[name])  # type: ignore[arg-type]
