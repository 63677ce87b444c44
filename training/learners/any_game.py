"""What recipes for many games have in common: options of the game that is played, in training and when evaluated."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

from ...envs.core import registry
from ...protocols.common.errors import bad
from .settings import Settings

Option: TypeAlias = int | float | bool | str
OWN = ("agents", "lanes", "seed")
"""What a core also takes, and a run has settings of its own for."""


@dataclass(frozen=True)
class AnyGame(Settings):
    """A run on any game whose agents observe a number, or numbers in a row.

    Attributes:
        game_options: of the game, by name, beside what is trained on and what is held out; as --game-options task
            rebuild values 5. Tuples are for make_core and parallel_env alone. See docs/games.md.
    """

    games: ClassVar[tuple[str, ...]] = (
        "switch_riddle_v0",
        "color_digit_v0",
        "multistep_digit_v0",
        "referential_v0",
        "relay_v0",
    )

    game_options: dict[str, Option] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.game in registry.GAMES and not registry.game_spec(self.game).has_messages:
            rule = f"{self.recipe} learns to talk, in games in which agents are heard"
            raise bad(rule, self.game, f"Choose one of {', '.join(self.games)}.")
        if not isinstance(self.game_options, dict):
            raise bad("game_options is a dict of options by name", self.game_options, 'Give {"task": "count"}.')
        for name, value in self.game_options.items():
            if name in OWN:
                raise bad("Options of a game are those that a run has no settings for", name, "Leave it out here.")
            if not isinstance(value, Option):
                raise bad(f"The option {name} is a number, True, False or a word", value, "Give it as such.")

    def options(self) -> dict[str, Any]:
        return super().options() | self.game_options

    def training_options(self) -> dict[str, Any]:
        return super().training_options() | self.game_options
