"""What a team is worth in a game: exactly where episodes can be enumerated or followed, else paired with the oracle.

Enumerated: every episode is played once, and counts by its chance. Followed: the game knows a shorter way for this kind
of player, such as a recursion. Paired: the team and the oracle play the same pre-drawn episodes; the mean difference is
added to the oracle's exact value, so that the luck of the draw cancels. Without an exact oracle it is the team's mean.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np
from jaxtyping import Float64

from ...protocols.channels.channel import Channel
from ...protocols.channels.interventions import RANDOM, intervention
from ...protocols.common.checks import whole
from ...protocols.common.deduplication import DeduplicatedPlayer
from ...protocols.common.errors import bad
from ...protocols.common.player import Player
from . import reference_returns as reference_returns
from .game import Game
from .play import returns
from .reference_returns import ReferenceReturn

SHUFFLES = 16
"""Over how many seeded shuffles an enumeration is averaged, at most."""
PLAYED = 1 << 22
"""How many episodes all shuffles together may play, if that leaves two of them."""
HEARD = 1 << 24
"""The most numbers heard in one step, over all lanes that are played at once: bounds the memory."""


@dataclass(frozen=True)
class Evaluation:
    """What a team is worth.

    Attributes:
        return_mean: undiscounted return, mean over agents and episodes.
        standard_error: of ``return_mean``; 0 if exact.
        normalized_return: return over the oracle's; None where the game has no oracle that earns something.
        communication_gain: 0 at the best without communication, 1 at the oracle; None where that is undefined.
        communication_gain_reason: why ``communication_gain`` is None; else None.
        oracle: the upper bar, if known.
        no_communication: the best without communication, if known.
        episodes: how many were played; 0 where the value was followed.
        how: how the value was obtained.
    """

    return_mean: float
    standard_error: float
    normalized_return: float | None
    communication_gain: float | None
    communication_gain_reason: str | None
    oracle: ReferenceReturn | None
    no_communication: ReferenceReturn | None
    episodes: int
    how: str


def evaluate(
    game: Game,
    agents: int,
    player: Player,
    channel: Channel,
    intervention_name: str = "normal",
    episodes: int | None = None,
    seed: int = 0,
    exact: bool = True,
) -> Evaluation:
    """Measure a team between the reference returns of a game.

    Args:
        game: which game.
        agents: N.
        player: a deterministic player of all seats.
        channel: carries the messages. With a noisy link there is no enumeration.
        intervention_name: what is done to messages: normal, silent, constant, shuffled.
        episodes: how many are played where there is no enumeration, 2 or more; None for as many as the game says.
        seed: of those episodes and of shuffles.
        exact: enumerate or follow where that is possible. If False, always pair, and the player may be random.

    Raises:
        ValueError: for an unknown intervention, a random player in an enumeration, or what is none of these.
    """
    _check(game, agents, player, channel, episodes)
    stated = game.reference_returns(agents)
    oracle = stated.get("oracle")
    episodes = game.episodes if episodes is None else episodes
    total = game.count(agents) if exact and not channel.link.noise_size(channel.carrier) else None
    exact_value = _exact_value(game, agents, player, channel, intervention_name) if exact and total is None else None
    if exact_value is not None:
        value, error, episodes, how = exact_value[0], 0.0, 0, f"exact: {exact_value[1]}"
    elif total is None:
        value, error, how = _paired(game, agents, player, channel, intervention_name, episodes, seed, oracle)
    else:
        value, error, episodes, how = _enumerated(game, agents, player, channel, intervention_name, total, seed)
    between, reason = reference_returns.communication_gain(value, oracle, stated.get("no_communication"))
    normalized_return = reference_returns.normalized_return(value, oracle)
    return Evaluation(
        value, error, normalized_return, between, reason, oracle, stated.get("no_communication"), episodes, how
    )


def _check(game: object, agents: object, player: object, channel: object, episodes: object) -> None:
    """Raise for what cannot be evaluated, before anything is played."""
    if not isinstance(game, Game):
        raise bad("game is a Game", game, "Give interlect.envs.core.game(name).")
    whole("agents", agents, 1)
    if not isinstance(player, Player):
        raise bad("player is a Player, with initial_state and step", player, "Give a Team, or a scripted player.")
    if not isinstance(channel, Channel):
        raise bad("channel is a Channel", channel, "Give Channel(carrier, link, credit).")
    if episodes is not None:
        whole("episodes", episodes, 2, remedy="A standard error takes two or more; None is as many as the game says.")


def _exact_value(game: Game, agents: int, player: Player, channel: Channel, name: str) -> tuple[float, str] | None:
    """The value by the game's own way, which knows two interventions: none, and that nothing passes between seats."""
    if name not in ("normal", "silent"):
        intervention(name)
        return None
    between = tuple(permutations(range(agents), 2)) if name == "silent" else ()
    cut = tuple(sorted({*channel.cut, *between}))
    return game.exact_value(agents, player, replace(channel, cut=cut))


def _enumerated(
    game: Game, agents: int, player: Player, channel: Channel, name: str, total: int, seed: int
) -> tuple[float, float, int, str]:
    """Value, standard error, episodes played, how."""
    repeats = max(2, min(SHUFFLES, PLAYED // total)) if name in RANDOM else 1
    means = []
    for repeat in range(repeats):
        rng = np.random.default_rng([seed, repeat])
        # A shuffle mixes the lanes played together: in random order they are like all lanes.
        order = rng.permutation(total) if name in RANDOM else np.arange(total)
        won = 0.0
        for lanes in np.array_split(order, -(-total // _lanes(agents, channel))):
            core = game.enumerated(agents, lanes)
            gain = returns(core, DeduplicatedPlayer(player), channel, intervention(name), rng).sum(
                axis=1, dtype=np.float64
            )
            won += float((gain * game.weight(agents, lanes)).sum())
        means.append(won / (agents * total))
    how = f"exact: {every_episode(game, agents, total)}"
    if repeats == 1:
        return means[0], 0.0, total, how
    error = float(np.std(means, ddof=1)) / repeats**0.5
    return float(np.mean(means)), error, repeats * total, f"mean over {repeats} seeded shuffles of {how[7:]}"


def every_episode(game: Game, agents: int, total: int) -> str:
    """What an enumeration plays, in words."""
    equal = bool((game.weight(agents, np.arange(total)) == 1).all())
    return f"all {total} equally likely episodes" if equal else f"all {total} episodes, each weighed by its chance"


def _paired(
    game: Game,
    agents: int,
    player: Player,
    channel: Channel,
    name: str,
    episodes: int,
    seed: int,
    oracle: ReferenceReturn | None,
) -> tuple[float, float, str]:
    """Value, standard error, how."""
    known, how = 0.0, "mean of"
    sample = np.concatenate(list(_sample(game, agents, player, channel, name, episodes, seed)))
    if oracle and oracle.kind == "exact":
        known, how = oracle.value, "paired with the oracle on"
        sample = sample - np.concatenate(list(_sample(game, agents, None, channel, "normal", episodes, seed)))
    value, error = float(sample.mean()) + known, float(sample.std(ddof=1)) / episodes**0.5
    return value, error, f"{how} {episodes} episodes of seed {seed}"


def _sample(
    game: Game, agents: int, player: Player | None, channel: Channel, name: str, episodes: int, seed: int
) -> Iterator[Float64[np.ndarray, "B"]]:
    """Team returns of the episodes of ``seed``; the oracle plays if ``player`` is None."""
    rng = np.random.default_rng(seed)
    lanes = min(episodes, game.lanes or episodes, _lanes(agents, channel))
    core = game.core(agents, lanes, seed)
    playing = player or game.player("oracle", core, channel.carrier)
    while episodes > 0:
        yield returns(core, playing, channel, intervention(name), rng).mean(axis=1, dtype=np.float64)[:episodes]
        episodes -= lanes


def _lanes(agents: int, channel: Channel) -> int:
    return max(1, HEARD // (agents * agents * channel.carrier.size))
