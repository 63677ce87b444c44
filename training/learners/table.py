"""The recipes by name: a recipe is the class of its settings, which make its learner."""

from ...protocols.common.checks import one_of
from .settings import Settings


def recipes() -> dict[str, type[Settings]]:
    """All recipes by name."""
    from .classification import Classification
    from .dial import Dial
    from .ppo import PPO
    from .rial import Rial
    from .sender_receiver import SenderReceiver
    from .supervised import Supervised
    from .value_regression import ValueRegression

    return {
        recipe.recipe: recipe
        for recipe in (Dial, Classification, PPO, Rial, ValueRegression, SenderReceiver, Supervised)
    }


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
