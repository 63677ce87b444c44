"""The table of games. Nothing here imports a game before it is asked for."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ...protocols.common.checks import one_of, whole
from ...protocols.common.errors import bad, unknown
from ...protocols.common.plugins import load_plugins

if TYPE_CHECKING:
    from ...protocols.analysis.knowledge import Knowledge
    from ...protocols.channels.channel import Channel
    from .core import Core
    from .example_episode import ExampleEpisode
    from .game import Game
    from .play import Transcript

PACKAGE = __name__.rsplit(".", 2)[0]


@dataclass(frozen=True)
class Entry:
    """Where a game's parts are. A part is given as it is, or as the path ``module:name`` inside this package.

    Attributes:
        about: the game in one line.
        core: its rules, the class of its core; made from agents, lanes, seed and options.
        game: makes what evaluation needs, its reference returns and countable episodes, from options of the core.
        environments: the module of its PettingZoo environments, inside this package; None if there are none.
        knowledge: what its agents know as they decide, from a transcript, for the instruments; None for no study.
        example_episodes: episodes of a transcript to draw; None for no drawings.
        train: options of the core in training; none where its defaults are for that.
        held_out: options of the core that show what agents are never trained on; none where all is seen in training.
        has_messages: whether anybody ever hears anybody; where not, recipes that learn to talk do not run.
    """

    about: str
    core: "str | Callable[..., Core]"
    game: "str | Callable[..., Game]"
    environments: str | None = None
    knowledge: "str | Callable[[Transcript, Channel], Knowledge] | None" = None
    example_episodes: "str | Callable[[Transcript, Channel], tuple[Story, ...]] | None" = None
    train: Mapping[str, Any] = field(default_factory=dict)
    held_out: Mapping[str, Any] = field(default_factory=dict)
    has_messages: bool = True


GAMES = {
    "color_digit_v0": Entry(
        about="one bit about a colored digit has to be the one that is worth most (Foerster et al. 2016)",
        core="color_digit.rules:ColorDigit",
        game="color_digit.reference_returns:game",
        environments="color_digit_v0",
        knowledge="color_digit.knowledge:knowledge",
        example_episodes="color_digit.example_episodes:example_episodes",
        held_out={"pictures": "held_out"},
    ),
    "digits_v0": Entry(
        about="each agent names the handwritten digit that it sees; nobody hears anybody",
        core="digits.rules:Digits",
        game="digits.reference_returns:game",
        environments="digits_v0",
        knowledge="digits.knowledge:knowledge",
        example_episodes="digits.knowledge:example_episodes",
        held_out={"pictures": "held_out"},
        has_messages=False,
    ),
    "multistep_digit_v0": Entry(
        about="two agents tell each other over four steps which digit they see (Foerster et al. 2016)",
        core="multistep_digit.rules:MultistepDigit",
        game="multistep_digit.reference_returns:game",
        environments="multistep_digit_v0",
        knowledge="multistep_digit.knowledge:knowledge",
        example_episodes="multistep_digit.example_episodes:example_episodes",
        held_out={"pictures": "held_out"},
    ),
    "referential_v0": Entry(
        about="a sender sees an object, and a receiver finds it among others, or names its attributes (Lewis 1969)",
        core="referential.rules:Referential",
        game="referential.reference_returns:game",
        environments="referential_v0",
        knowledge="referential.knowledge:knowledge",
        example_episodes="referential.example_episodes:example_episodes",
        train={"split": "train"},
        held_out={"split": "held_out"},
    ),
    "relay_v0": Entry(
        about="a message goes from hand to hand, and the last one names a function of all pictures on the way",
        core="relay.rules:Relay",
        game="relay.reference_returns:game",
        environments="relay_v0",
        knowledge="relay.knowledge:knowledge",
        example_episodes="relay.example_episodes:example_episodes",
        held_out={"pictures": "held_out"},
    ),
    "switch_riddle_v0": Entry(
        about="prisoners learn through one switch when all of them have been in the room (Foerster et al. 2016)",
        core="switch_riddle.rules:SwitchRiddle",
        game="switch_riddle.reference_returns:game",
        environments="switch_riddle_v0",
        knowledge="switch_riddle.knowledge:knowledge",
        example_episodes="switch_riddle.example_episodes:example_episodes",
    ),
}


def register_game(name: str, entry: Entry) -> None:
    """Let learners and evaluation know a game of one's own, in this process.

    Raises:
        ValueError: if there is another game of that name, or it is no word.
    """
    check_name(name)
    if GAMES.get(name, entry) != entry:
        raise bad("A game has a name of its own", name, "Choose another one.")
    GAMES[name] = entry


def check_name(name: object) -> None:
    """Raise unless a game may be called so."""
    if not isinstance(name, str) or not name:
        raise bad("The name of a game is a word", name, 'Give a name, as "mine_v0".')


def entry(name: str) -> Entry:
    """The entry of that name.

    Raises:
        ValueError: if there is no such game.
    """
    if not is_registered(name):
        one_of("game", name, GAMES)
    return GAMES[name]


def is_registered(name: str) -> bool:
    """Whether there is a game of this name, those of installed plugins included."""
    if name not in GAMES:
        load_plugins()
    return name in GAMES


def make_core(name: str, agents: int | None = None, lanes: int = 1, seed: int | None = None, **options: Any) -> "Core":
    """Build the core of a game.

    Args:
        name: of the game.
        agents: N; the game's own default if None.
        lanes: B.
        seed: of its random numbers; None takes the system's entropy.
        options: what else this game's core takes.

    Raises:
        ValueError: if there is no such game, or it has no such option.
    """
    core: Callable[..., Core] = _load(entry(name).core)
    _check_options(name, core, options)
    if agents is not None:
        whole("agents", agents, 1)
        options["agents"] = agents
    return core(lanes=lanes, seed=seed, **options)


def own_agents(name: str) -> int:
    """How many agents a game has if nobody says another number.

    Raises:
        ValueError: if there is no such game, or it has no such number.
    """
    agents = inspect.signature(_load(entry(name).core)).parameters.get("agents")
    if agents is None or agents.default is inspect.Parameter.empty:
        raise bad("A game says how many agents it has, or you do", f"{name} without", "Give a number of agents.")
    return int(agents.default)


def game(name: str, **options: Any) -> "Game":
    """A game's reference returns, scripted players and countable episodes.

    Args:
        name: of the game.
        options: what its core takes besides agents, lanes and seed; reference returns are those of the game with these
            options.

    Raises:
        ValueError: if there is no such game, or it has no such option or no reference returns with it.
    """
    _check_options(name, _load(entry(name).core), options)
    found: Game = _load(entry(name).game)(**options)
    return found


def knowledge(name: str, transcript: "Transcript", channel: "Channel") -> "Knowledge":
    """What a game's agents knew as they decided; see its ``knowledge.py``.

    Raises:
        ValueError: if there is no such game, or the channel's messages cannot be counted.
    """
    part = entry(name).knowledge
    if part is None:
        raise bad("To study a protocol takes the game's knowledge", f"{name} without one", "Register the game with it.")
    found: Knowledge = _load(part)(transcript, channel)
    return found


def example_episodes(name: str, transcript: "Transcript", channel: "Channel") -> "tuple[Story, ...]":
    """A few episodes of a transcript, step by step; see the game's ``example_episodes.py``.

    Raises:
        ValueError: if there is no such game, or the channel's messages cannot be counted.
    """
    part = entry(name).example_episodes
    found: tuple[ExampleEpisode, ...] = _load(part)(transcript, channel) if part else ()
    return found


def register() -> None:
    """Put every game in PettingZoo's registry as ``interlect/NAME``, both "parallel" and "aec"."""
    from pettingzoo import EnvSpec, aec_registry, parallel_registry
    from pettingzoo import register as put

    known = {"parallel": parallel_registry, "aec": aec_registry}
    for name, found in GAMES.items():
        if found.environments is None:
            continue
        point = f"{PACKAGE}.{found.environments}"
        for kind, function in (("parallel", "parallel_env"), ("aec", "env")):
            key = EnvSpec(f"interlect/{name}").id
            if key not in known[kind]:
                put(kind, key, entry_point=f"{point}:{function}")  # type: ignore[call-overload]


def _check_options(name: str, core: Callable[..., Any], options: dict[str, Any]) -> None:
    known = inspect.signature(core).parameters.keys() - {"agents", "lanes", "seed"}
    for option in options:
        if option not in known:
            raise unknown(f"option of {name}", option, known)


def _load(path: Any) -> Any:
    if not isinstance(path, str):
        return path
    module, _, name = path.partition(":")
    if not name:
        raise bad("The path of a game's part is module:name", path, "Correct the table of games.")
    return getattr(import_module(f".{module}", PACKAGE), name)
