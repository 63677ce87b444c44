"""Defaults per recipe and game, with which ``interlect train RECIPE GAME`` communicates within minutes.

Most are the settings of docs/results; the others were chosen on seed 0. The relay is missing for ``dial`` and ``rial``,
which did not learn it: see docs/results/ppo.md.
"""

from collections.abc import Collection, Mapping
from typing import Any

from ...envs.core.registry import game_spec
from ...protocols.common.errors import unknown
from ..learners.dial import Dial, Optimizer
from ..learners.ppo import PPO
from ..learners.rial import Rial
from ..learners.settings import Settings
from .table import recipe

OBJECTS = {"task": "reconstruct", "values": 5, "partial": True}
FAST = Optimizer(learning_rate=1e-3)

GAME_DEFAULTS: dict[type[Settings], dict[str, dict[str, object]]] = {
    Dial: {
        "color_digit_v0": {"updates": 1500, "batch": 128, "optimizer": FAST},
        "multistep_digit_v0": {
            "updates": 3000,
            "batch": 128,
            "optimizer": FAST,
            "sigma": 0.5,
            "final_sigma": 4.0,
            "positive_signaling_weight": 0.1,
        },
        "referential_v0": {
            "updates": 1500,
            "batch": 128,
            "optimizer": FAST,
            "bootstrap": "return",
            "epsilon": 0.1,
            "length": 5,
            "sigma": 0.5,
            "game_options": OBJECTS,
        },
    },
    Rial: {
        "switch_riddle_v0": {"updates": 5000},
        "color_digit_v0": {"updates": 1500, "batch": 128, "optimizer": FAST},
        "multistep_digit_v0": {"updates": 3000, "batch": 128, "optimizer": FAST},
        "referential_v0": {
            "updates": 800,
            "batch": 64,
            "optimizer": FAST,
            "bootstrap": "return",
            "epsilon": 0.2,
            "vocabulary": 10,
            "length": 2,
            "game_options": OBJECTS,
        },
    },
    PPO: {
        "switch_riddle_v0": {"updates": 300},
        "color_digit_v0": {"updates": 500, "minibatches": 4},
        "multistep_digit_v0": {"updates": 400, "minibatches": 4},
        "relay_v0": {"updates": 400, "minibatches": 4, "vocabulary": 10, "entropy": 0.05},
        "referential_v0": {
            "updates": 250,
            "batch": 256,
            "vocabulary": 8,
            "entropy": 0.12,
            "game_options": OBJECTS,
        },
    },
}
"""Values that replace the defaults of a recipe, by recipe and game."""


def defaults(kind: type[Settings], game: str, preset: str, passed: Collection[str]) -> Mapping[str, Any]:
    """Values that replace the defaults of a recipe.

    Args:
        kind: The recipe.
        game: Name of the game.
        preset: Source of the defaults. Those of sources other than "interlect" are the same for all games.
        passed: Names of settings that the user passes. They are left out, and so are settings that could have no effect
            in combination with them.

    Raises:
        ValueError: If there is no such preset.
    """
    if not isinstance(preset, str) or preset not in kind.presets:
        raise unknown("preset", preset, kind.presets, kind.recipe)
    tuned = GAME_DEFAULTS.get(kind, {}).get(game, {}) if preset == "interlect" else {}
    idle = {name for rule in kind.inactive if rule.other in passed for name in rule.names}.union(passed)
    return {name: value for name, value in {**kind.presets[preset], **tuned}.items() if name not in idle}


def settings_for(name: str, game: str, preset: str = "interlect", **settings: Any) -> Settings:
    """The settings with which ``interlect train`` trains a recipe on a game.

    Args:
        name: Name of the recipe.
        game: Name of the game.
        preset: Source of the defaults, as in ``--preset``.
        **settings: Values that replace these defaults.

    Raises:
        ValueError: If there is no such recipe, game or preset, or a setting is invalid.

    Example:
        >>> settings_for("dial", "color_digit_v0", seed=3).updates
        1500
    """
    kind = recipe(name)
    game_spec(game)
    return kind(game, **{**defaults(kind, game, preset, settings), **settings})
