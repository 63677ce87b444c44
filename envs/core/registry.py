"""The registry of games. A game's modules are imported when they are first used."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ...protocols.common.checks import check_choice, check_integer
from ...protocols.common.errors import invalid, unknown
from ...protocols.common.limits import MAX_AGENTS
from ...protocols.common.plugins import load_plugins

if TYPE_CHECKING:
    from ...protocols.analysis.knowledge import Knowledge
    from ...protocols.channels.channel import Channel
    from .core import Core
    from .example_episode import ExampleEpisode
    from .game import Game
    from .play import Transcript

PACKAGE = __name__.rsplit(".", 2)[0]
"""``interlect.envs``: paths that begin with a dot are relative to it."""


@dataclass(frozen=True)
class GameSpec:
    """The specification of a registered game.

    Each part is an object, or a path ``"package.module:name"`` that is imported on first use. A path that begins with a
    dot is relative to ``interlect.envs``.

    Attributes:
        about: One-line description.
        core: Class or function that builds the core from ``agents``, ``lanes``, ``seed`` and the game's own options.
        game: Function that builds the ``Game`` for evaluation from the options of the core.
        environments: Path of the module with the game's PettingZoo environments ``parallel_env`` and ``env``; None if
            there is no such module.
        knowledge: Function that returns the knowledge of the agents at each decision of a transcript, which studies of
            a protocol need.
        example_episodes: Function that selects episodes of a transcript to draw; None for no drawings.
        measures: Function that measures a sample of play by other quantities than its return, by name, from the core
            and the transcript; None for none.
        train_options: Options of the core during training.
        held_out_options: Options of the core that select instances excluded from training; empty if there are none.
        has_messages: Whether any agent ever receives a message. If not, recipes that train communication reject the
            game.
        cooperative: Whether agents share an interest. If not, these recipes reject the game too.
    """

    about: str
    core: "str | Callable[..., Core]"
    game: "str | Callable[..., Game]"
    environments: str | None = None
    knowledge: "str | Callable[[Transcript, Channel], Knowledge] | None" = None
    example_episodes: "str | Callable[[Transcript, Channel], tuple[ExampleEpisode, ...]] | None" = None
    measures: "str | Callable[[Core, Transcript], dict[str, float]] | None" = None
    train_options: Mapping[str, Any] = field(default_factory=dict)
    held_out_options: Mapping[str, Any] = field(default_factory=dict)
    has_messages: bool = True
    cooperative: bool = True


GAMES = {
    "color_digit_v0": GameSpec(
        about="two agents see colored digits and exchange the most valuable bit (Foerster et al. 2016)",
        core=".color_digit.rules:ColorDigit",
        game=".color_digit.reference_returns:game",
        environments=".color_digit_v0",
        knowledge=".color_digit.knowledge:knowledge",
        example_episodes=".color_digit.example_episodes:example_episodes",
        held_out_options={"pictures": "held_out"},
    ),
    "digits_v0": GameSpec(
        about="each agent classifies a handwritten digit; there is no communication",
        core=".digits.rules:Digits",
        game=".digits.reference_returns:game",
        environments=".digits_v0",
        knowledge=".digits.knowledge:knowledge",
        held_out_options={"pictures": "held_out"},
        has_messages=False,
    ),
    "forgery_v0": GameSpec(
        about="painters send pictures, and critics judge whether they are genuine (Goodfellow et al. 2014)",
        core=".forgery.rules:Forgery",
        game=".forgery.reference_returns:game",
        environments=".forgery_v0",
        measures=".forgery.measures:measures",
        held_out_options={"pictures": "held_out"},
        cooperative=False,
    ),
    "multistep_digit_v0": GameSpec(
        about="two agents send each other over four steps which digit they see (Foerster et al. 2016)",
        core=".multistep_digit.rules:MultistepDigit",
        game=".multistep_digit.reference_returns:game",
        environments=".multistep_digit_v0",
        knowledge=".multistep_digit.knowledge:knowledge",
        example_episodes=".multistep_digit.example_episodes:example_episodes",
        held_out_options={"pictures": "held_out"},
    ),
    "referential_v0": GameSpec(
        about="a receiver finds the sender's object among distractors, or names its attributes (Lewis 1969)",
        core=".referential.rules:Referential",
        game=".referential.reference_returns:game",
        environments=".referential_v0",
        knowledge=".referential.knowledge:knowledge",
        example_episodes=".referential.example_episodes:example_episodes",
        train_options={"split": "train"},
        held_out_options={"split": "held_out"},
    ),
    "relay_v0": GameSpec(
        about="a message passes along a chain of agents, and the last one names a function of all pictures seen",
        core=".relay.rules:Relay",
        game=".relay.reference_returns:game",
        environments=".relay_v0",
        knowledge=".relay.knowledge:knowledge",
        example_episodes=".relay.example_episodes:example_episodes",
        held_out_options={"pictures": "held_out"},
    ),
    "switch_riddle_v0": GameSpec(
        about="prisoners find out through one switch when all have been in the room (Foerster et al. 2016)",
        core=".switch_riddle.rules:SwitchRiddle",
        game=".switch_riddle.reference_returns:game",
        environments=".switch_riddle_v0",
        knowledge=".switch_riddle.knowledge:knowledge",
        example_episodes=".switch_riddle.example_episodes:example_episodes",
    ),
}
"""All registered games by name."""


BUILT_IN = frozenset(GAMES)
"""Names of the games of this package, which cannot be replaced."""


def register_game(name: str, spec: GameSpec, replace: bool = False) -> None:
    """Register a game in this process, so that ``make_core``, ``game``, learners, evaluation and studies know its name.

    If the game has PettingZoo environments, they are registered with PettingZoo as ``interlect/NAME``.

    Args:
        name: Name of the game.
        spec: Its specification.
        replace: Whether to replace a game that was registered under this name, as when a notebook cell runs again.

    Raises:
        ValueError: If the name is not a non-empty string or belongs to a different game, if ``spec`` is not a
            ``GameSpec``, or if one of its parts is neither callable nor a path.
    """
    check_game_name(name)
    _check_spec(spec)
    if GAMES.get(name, spec) != spec:
        if name in BUILT_IN or not replace:
            remedy = "Choose another name." if name in BUILT_IN else "Choose another name, or pass replace=True."
            raise invalid("The name of a game must be unique", name, remedy)
        _unregister_with_pettingzoo(name)
    register_with_pettingzoo({name: spec})
    GAMES[name] = spec


def check_game_name(name: object) -> None:
    """Check that ``name`` is a non-empty string."""
    if not isinstance(name, str) or not name:
        raise invalid("The name of a game must be a non-empty string", name, 'Pass a name such as "my_game_v0".')


def game_spec(name: str) -> GameSpec:
    """The specification of a registered game.

    Raises:
        ValueError: If no game has this name.
    """
    if not is_registered(name):
        check_choice("game", name, GAMES)
    return GAMES[name]


def is_registered(name: object) -> bool:
    """Whether there is a game with this name, including the games of installed plugins."""
    if not isinstance(name, str):
        return False
    if name not in GAMES:
        load_plugins()
    return name in GAMES


def make_core(name: str, agents: int | None = None, lanes: int = 1, seed: int | None = None, **options: Any) -> "Core":
    """Build the core of a game.

    Args:
        name: Name of the game.
        agents: Number of agents N; the game's default if None.
        lanes: Number of lanes B.
        seed: Seed of the episodes. If None, it is drawn from the system's entropy.
        options: Further options of the game's core.

    Raises:
        ValueError: If no game has this name, or the game does not have such an option.
    """
    core: Callable[..., Core] = _load(game_spec(name).core)
    _check_options(name, core, options)
    if agents is not None:
        check_integer("agents", agents, 1, limit=MAX_AGENTS)
        options["agents"] = agents
    return core(lanes=lanes, seed=seed, **options)


def default_agents(name: str) -> int:
    """The default number of agents of a game.

    Raises:
        ValueError: If no game has this name, or its core has no default.
    """
    agents = inspect.signature(_load(game_spec(name).core)).parameters.get("agents")
    if agents is None or agents.default is inspect.Parameter.empty:
        rule = "A game without a default number of agents needs agents="
        raise invalid(rule, f"{name} without agents=", "Pass agents=N.")
    return int(agents.default)


def game(name: str, **options: Any) -> "Game":
    """The reference returns, reference players and enumerable episodes of a game.

    Args:
        name: Name of the game.
        options: Options of the game's core except agents, lanes and seed. Reference returns depend on them.

    Raises:
        ValueError: If no game has this name, the game has no such option, or has no reference returns with it.
    """
    spec = game_spec(name)
    _check_options(name, _load(spec.core), options)
    found: Game = _load(spec.game)(**options)
    return found


def knowledge(name: str, transcript: "Transcript", channel: "Channel") -> "Knowledge":
    """The knowledge of the agents of a game at each decision; see the game's ``knowledge.py``.

    Raises:
        ValueError: If no game has this name, the game does not define its agents' knowledge, or the messages of the
            channel are not countable.
    """
    part = game_spec(name).knowledge
    if part is None:
        remedy = "Use GameSpec(..., knowledge=...) to register the game."
        raise invalid("A study needs a game that defines what its agents know", f"{name} without knowledge", remedy)
    found: Knowledge = _load(part)(transcript, channel)
    return found


def example_episodes(name: str, transcript: "Transcript", channel: "Channel") -> "tuple[ExampleEpisode, ...]":
    """A few episodes of a transcript, step by step; see the game's ``example_episodes.py``. Empty if there is none.

    Raises:
        ValueError: If no game has this name, or the messages of the channel are not countable.
    """
    part = game_spec(name).example_episodes
    found: tuple[ExampleEpisode, ...] = _load(part)(transcript, channel) if part else ()
    return found


def measures(name: str, core: "Core", transcript: "Transcript") -> dict[str, float]:
    """Measures of a sample of play, by name; see the game's ``measures.py``. Empty if there are none.

    Raises:
        ValueError: If no game has this name.
    """
    part = game_spec(name).measures
    found: dict[str, float] = _load(part)(core, transcript) if part else {}
    return found


def register_with_pettingzoo(specs: Mapping[str, GameSpec]) -> None:
    """Register games with PettingZoo as ``interlect/NAME``, under both its "parallel" and its "aec" API.

    Games without PettingZoo environments, and names that are already registered, are skipped.
    """
    import pettingzoo

    if not hasattr(pettingzoo, "EnvSpec"):  # before 1.27 there was no registry
        return
    from pettingzoo import EnvSpec, aec_registry, parallel_registry
    from pettingzoo import register as register_env

    registered = {"parallel": parallel_registry, "aec": aec_registry}
    for name, spec in specs.items():
        if spec.environments is None:
            continue
        module = f"{PACKAGE}{spec.environments}" if spec.environments.startswith(".") else spec.environments
        for api, function in (("parallel", "parallel_env"), ("aec", "env")):
            key = EnvSpec(f"interlect/{name}").id
            if key not in registered[api]:
                register_env(api, key, entry_point=f"{module}:{function}")  # type: ignore[call-overload]


def _unregister_with_pettingzoo(name: str) -> None:
    import pettingzoo

    for registry in ("parallel_registry", "aec_registry"):
        getattr(pettingzoo, registry, {}).pop(f"interlect/{name}", None)


def _check_spec(spec: object) -> None:
    if not isinstance(spec, GameSpec):
        raise invalid("A game must be registered with a GameSpec", spec, "Pass GameSpec(about, core=..., game=...).")
    optional_parts = ("knowledge", "example_episodes", "measures")
    for part in ("core", "game", *optional_parts):
        value = getattr(spec, part)
        optional = part in optional_parts
        if not (callable(value) or (isinstance(value, str) and ":" in value) or (optional and value is None)):
            rule = f'{part} of a GameSpec must be callable or a path "package.module:name"'
            raise invalid(rule, value, f"Pass {part}=function, or its path.")


def _check_options(name: str, core: Callable[..., Any], options: dict[str, Any]) -> None:
    known = inspect.signature(core).parameters.keys() - {"agents", "lanes", "seed"}
    for option in options:
        if option not in known:
            raise unknown("option", option, known, name)


def _load(part: Any) -> Any:
    """A part of a game: the object itself, or the object that its path refers to."""
    if not isinstance(part, str):
        return part
    module, _, name = part.partition(":")
    return getattr(import_module(module, PACKAGE), name)
