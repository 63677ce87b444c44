"""The table of recipes: the settings of each, and the learner that they configure."""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeAlias

from ...agents import Team
from ...envs.core import registry
from ...protocols.common.errors import InvalidArgument, invalid, naming_flags, phrase, unknown
from ...protocols.common.plugins import load_plugins
from ..adversarial.gan import GAN, GANLearner
from ..adversarial.gap import GAP, GAPLearner
from ..adversarial.sgan import SGAN, SGANLearner
from ..adversarial.stackgan import StackGAN, StackGANLearner
from ..learners.base import Learner
from ..learners.classification import Classification, ClassificationLearner
from ..learners.dial import Dial, DialLearner
from ..learners.ppo import PPO, PPOLearner
from ..learners.rial import Rial, RialLearner
from ..learners.sender_receiver import SenderReceiver, SenderReceiverLearner
from ..learners.settings import Settings
from ..learners.supervised import Supervised, SupervisedLearner
from ..learners.value_regression import ValueRegression, ValueRegressionLearner
from .memory import check_size

MakeLearner: TypeAlias = Callable[[Any, Team | None], Learner[Any]]
"""The class of a learner, which is constructed from settings and an optional starting team."""

RECIPES: dict[str, tuple[type[Settings], MakeLearner]] = {
    "dial": (Dial, DialLearner),
    "rial": (Rial, RialLearner),
    "ppo": (PPO, PPOLearner),
    "value_regression": (ValueRegression, ValueRegressionLearner),
    "supervised": (Supervised, SupervisedLearner),
    "sender_receiver": (SenderReceiver, SenderReceiverLearner),
    "classification": (Classification, ClassificationLearner),
    "gan": (GAN, GANLearner),
    "gap": (GAP, GAPLearner),
    "sgan": (SGAN, SGANLearner),
    "stackgan": (StackGAN, StackGANLearner),
}
"""Settings and learner of each recipe, by name."""


def register_recipe(settings: type[Settings], learner: MakeLearner) -> None:
    """Register a recipe as ``settings.recipe``, so that ``train``, ``resume``, reports and the command line accept it.

    Args:
        settings: A frozen dataclass derived from ``Settings``, with its own class variables ``recipe`` and ``about``.
            Its fields are numbers, strings, booleans, None, or frozen dataclasses of these.
        learner: The subclass of ``Learner`` that is constructed from such settings and an optional starting team.

    Raises:
        ValueError: if the settings could not be read back from a file, or another recipe has this name.
    """
    if not (isinstance(settings, type) and issubclass(settings, Settings) and is_dataclass(settings)):
        rule = "The settings of a recipe must be a dataclass derived from Settings"
        raise invalid(rule, settings, "Pass a frozen dataclass derived from Settings.")
    if not settings.__dataclass_params__.frozen or "__dataclass_params__" not in vars(settings):  # type: ignore[attr-defined]
        remedy = "Decorate it with @dataclass(frozen=True)."
        raise invalid("The settings of a recipe must be a frozen dataclass", settings.__name__, remedy)
    if not (isinstance(learner, type) and issubclass(learner, Learner)):
        raise invalid(
            "The learner of a recipe must be a subclass of Learner", learner, "Pass a class derived from Learner."
        )
    for name in ("recipe", "about"):
        if not isinstance(vars(settings).get(name), str) or not vars(settings)[name]:
            remedy = f'Write {name}: ClassVar[str] = "..." in the class.'
            raise invalid(f"A recipe must define its own class variable {name}", settings.__name__, remedy)
    for field in fields(settings)[1:]:
        if field.default is MISSING and field.default_factory is MISSING:
            rule = "Every setting except the game must have a default"
            raise invalid(rule, f"{field.name} without a default", "Add a default value.")
    known = RECIPES.get(settings.recipe)
    if known is not None and known != (settings, learner) and known[0].__qualname__ != settings.__qualname__:
        remedy = f"Choose a name other than {', '.join(RECIPES)}."
        raise invalid("The name of a recipe must be unique", settings.recipe, remedy)
    RECIPES[settings.recipe] = settings, learner


def recipes() -> dict[str, type[Settings]]:
    """The settings of all recipes by name, including those of installed plugins."""
    load_plugins()
    return {name: settings for name, (settings, _) in RECIPES.items()}


def recipe(name: str) -> type[Settings]:
    """The settings of the recipe of this name.

    Raises:
        ValueError: if there is no such recipe.
    """
    known = recipes()
    if name not in known:
        error = unknown("recipe", name, known)
        how = phrase("import that module first", "add --import MODULE")
        raise ValueError(f"{error} To use a recipe from your own module, {how}.")
    return known[name]


def games_of(recipe: type[Settings]) -> tuple[str, ...]:
    """The registered games that a recipe runs on."""
    load_plugins()
    return tuple(game for game in registry.GAMES if recipe.runs_on(game))


def make_learner(settings: Settings, start: Team | None = None) -> Learner[Any]:
    """A new learner.

    Args:
        settings: The settings of its recipe.
        start: The team to continue from, which is copied; None for a new team.

    Raises:
        ValueError: if the recipe is not registered or does not run on the game; if the device is not available; or
            if the team does not fit the settings.
    """
    check_registered(settings)
    check_size(settings)
    return RECIPES[settings.recipe][1](settings, start)


def check_registered(settings: Settings) -> None:
    """Raise unless a run with these settings can be read back by the name of its recipe.

    Raises:
        ValueError: if the recipe is not registered, or is registered with another class.
    """
    load_plugins()
    name = getattr(settings, "recipe", None)
    if name not in RECIPES or RECIPES[name][0] is not type(settings):
        remedy = "Call register_recipe(YourSettings, YourLearner) first; a subclass needs its own name."
        raise invalid("Settings must be those of a registered recipe", type(settings).__name__, remedy)


def check_readable(settings: Settings) -> None:
    """Raise unless these settings can be read back from a file.

    Raises:
        ValueError: if their recipe is not registered, or a value changes in a round trip through JSON.
    """
    check_registered(settings)
    remedy = "Pass only values that JSON preserves: finite numbers, strings, booleans, None."
    try:
        read = settings_from_json(json.loads(json.dumps({"settings": settings.to_json()}, allow_nan=False)), Path())
    except (TypeError, ValueError) as error:
        raise invalid("Settings must survive a round trip through JSON", str(error), remedy) from error
    if read != settings:
        differ = [name for name, value in vars(settings).items() if vars(read).get(name) != value]
        raise invalid("Settings must survive a round trip through JSON", f"{', '.join(differ)} changed", remedy)


def settings_from_json(config: object, source: Path) -> Settings:
    """The settings in a run's config.json.

    Raises:
        ValueError: if they are not settings of this version, or their recipe is not registered.
    """
    remedy = "Use the version of interlect that wrote the file (see its `versions`)."
    rule = f"{source} must hold the settings of a run"
    settings = config.get("settings") if isinstance(config, Mapping) else None
    if not isinstance(settings, dict) or not isinstance(settings.get("recipe"), str):
        raise invalid(f"{rule}, with the name of a recipe", settings, remedy)
    values = dict(settings)
    kind = recipe(values.pop("recipe"))
    _check_names(rule, values, kind, remedy)
    factories: dict[str, Any] = {field.name: field.default_factory for field in fields(kind)}
    inner = {name: made for name, made in factories.items() if isinstance(made, type) and is_dataclass(made)}
    for name, made in inner.items():
        _check_names(f"{rule}, with {name}", values[name], made, remedy)
    try:
        with naming_flags(False):
            return kind(**values | {name: made(**values[name]) for name, made in inner.items()})
    except InvalidArgument as error:
        put_back = f"Put back the {source.name} that was there."
        raise InvalidArgument(f"{source}: {error.problem or error} {put_back}") from error
    except Exception as error:  # a check of a third-party recipe
        raise invalid(rule, f"{type(error).__name__}: {error}", remedy) from error


def _check_names(rule: str, values: object, kind: type, remedy: str) -> None:
    """Raise unless values are a dict with exactly the fields of a dataclass."""
    names = {field.name for field in fields(kind)}
    if not isinstance(values, dict):
        raise invalid(f"{rule} as an object", values, remedy)
    if values.keys() != names:
        received = f"missing: {sorted(names - values.keys())}; unknown: {sorted(values.keys() - names)}"
        raise invalid(f"{rule} with exactly the fields of {kind.__name__}", received, remedy)
