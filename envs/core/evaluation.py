"""The expected return of a team in a game: exact if the game allows it, otherwise estimated on paired episodes.

Enumeration plays every episode once and weights it by its probability. An exact value comes from a faster method of the
game for this kind of player, such as a recursion. In a paired estimate, the team and the oracle play the same sampled
episodes, and the mean difference is added to the oracle's exact return, which reduces the variance (common random
numbers). Without an exact oracle, the estimate is the team's mean return.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np
from jaxtyping import Float64

from ...protocols.channels.channel import Channel
from ...protocols.channels.interventions import RANDOM, intervention, weighted_shuffle
from ...protocols.common.checks import check_integer
from ...protocols.common.deduplication import DeduplicatedPlayer
from ...protocols.common.draws import LAST_SEED
from ...protocols.common.errors import invalid
from ...protocols.common.limits import MAX_AGENTS
from ...protocols.common.player import Player
from .game import Game
from .play import returns
from .reference_returns import ReferenceReturn, communication_gain, normalized_return

MAX_SHUFFLES = 16
"""The maximum number of seeded shuffles over which an enumeration is averaged."""
MAX_SHUFFLED_EPISODES = 1 << 22
"""The maximum number of episodes over all shuffles. At least two shuffles are always played."""
MAX_HEARD = 1 << 24
"""The maximum number of floats heard per step over all lanes that are played in parallel, which bounds the memory."""


@dataclass(frozen=True)
class Evaluation:
    """The measured return of a team.

    Attributes:
        return_mean: Undiscounted return, mean over agents and episodes.
        standard_error: Standard error of ``return_mean``; 0 if it is exact.
        normalized_return: Return divided by the oracle's; None if the game has no oracle with a positive return.
        communication_gain: 0 at the no-communication optimum, 1 at the oracle; None if it is undefined.
        communication_gain_reason: The reason why ``communication_gain`` is None; None if it is defined.
        oracle: Return of the oracle, if known.
        no_communication: Return of the no-communication optimum, if known.
        episodes: Number of episodes played; 0 if the game computed an exact value without playing.
        how: How ``return_mean`` was obtained.
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
    shuffles: int = MAX_SHUFFLES,
) -> Evaluation:
    """Measure the return of a team and compare it with the reference returns of the game.

    Args:
        game: The game.
        agents: Number of agents N.
        player: A deterministic player of all seats.
        channel: The channel. With a noisy link, episodes are not enumerated.
        intervention_name: Intervention on the messages: normal, silent, constant, shuffled.
        episodes: Number of sampled episodes if the value is not exact, at least 2; the game's default if None.
        seed: Seed of the sampled episodes and of the shuffles.
        exact: Whether to compute an exact value if possible. If False, episodes are always sampled, and the player may
            be stochastic.
        shuffles: Maximum number of shuffles over which an enumeration under "shuffled" is averaged, at least 2.

    Raises:
        ValueError: If the intervention is unknown, the value is exact but the player is stochastic, or an argument has
            the wrong type.
    """
    _check(game, agents, player, channel, episodes)
    check_integer("seed", seed, 0, LAST_SEED)
    check_integer("shuffles", shuffles, 2)
    references = game.reference_returns(agents)
    oracle, no_communication = references.get("oracle"), references.get("no_communication")
    episodes = game.episodes if episodes is None else episodes
    total = game.episode_count(agents) if exact and not channel.link.noise_size(channel.carrier) else None
    exact_value = _exact_value(game, agents, player, channel, intervention_name) if exact and total is None else None
    if exact_value is not None:
        value, error, episodes, how = exact_value[0], 0.0, 0, f"exact: {exact_value[1]}"
    elif total is None:
        value, error, how = _sample_paired(game, agents, player, channel, intervention_name, episodes, seed, oracle)
    else:
        repeats = max(2, min(shuffles, MAX_SHUFFLED_EPISODES // total)) if intervention_name in RANDOM else 1
        value, error, episodes, how = _enumerate(game, agents, player, channel, intervention_name, total, seed, repeats)
    gain, reason = communication_gain(value, oracle, no_communication, game.no_oracle)
    normalized = normalized_return(value, oracle)
    return Evaluation(value, error, normalized, gain, reason, oracle, no_communication, episodes, how)


def returns_under_interventions(
    game: Game, agents: int, player: Player, channel: Channel, episodes: int | None = None, exact: bool = True
) -> dict[str, float]:
    """Mean returns with intact messages ("normal"), no messages ("silent"), and messages of other lanes ("shuffled").

    The arguments are those of ``evaluate``.
    """
    names = ("normal", "silent", "shuffled")
    found = {name: evaluate(game, agents, player, channel, name, episodes, exact=exact) for name in names}
    return {name: evaluation.return_mean for name, evaluation in found.items()}


def _check(game: object, agents: object, player: object, channel: object, episodes: object) -> None:
    """Check the arguments before anything is played."""
    if not isinstance(game, Game):
        raise invalid("game must be a Game", game, "Pass interlect.envs.game(name).")
    check_integer("agents", agents, 1, limit=MAX_AGENTS)
    if not isinstance(player, Player):
        rule = "player must be a Player, with initial_state and step"
        raise invalid(rule, player, "Pass a Team or a scripted player.")
    if not isinstance(channel, Channel):
        raise invalid("channel must be a Channel", channel, "Pass Channel(carrier, link, credit).")
    if episodes is not None:
        remedy = "Pass 2 or more, which a standard error needs, or None for the default of the game."
        check_integer("episodes", episodes, 2, remedy=remedy)


def _exact_value(game: Game, agents: int, player: Player, channel: Channel, name: str) -> tuple[float, str] | None:
    """The exact value computed by the game, which is possible without an intervention and with silence."""
    if name not in ("normal", "silent"):
        intervention(name)
        return None
    between = tuple(permutations(range(agents), 2)) if name == "silent" else ()
    cut = tuple(sorted({*channel.cut, *between}))
    return game.exact_value(agents, player, replace(channel, cut=cut))


def _enumerate(
    game: Game, agents: int, player: Player, channel: Channel, name: str, total: int, seed: int, repeats: int
) -> tuple[float, float, int, str]:
    """Enumerate all episodes: value, standard error, number of episodes played, and how the value was obtained."""
    means = []
    for repeat in range(repeats):
        rng = np.random.default_rng([seed, repeat])
        # A shuffle permutes messages among the lanes played together; in random order these represent all lanes.
        order = rng.permutation(total) if name in RANDOM else np.arange(total)
        won = 0.0
        for lanes in np.array_split(order, -(-total // _lanes(agents, channel))):
            core, weight = game.enumerated_core(agents, lanes), game.episode_weight(agents, lanes)
            weighted = name in RANDOM and bool((weight != weight[0]).any())
            intervene = weighted_shuffle(weight) if weighted else intervention(name)
            gain = returns(core, DeduplicatedPlayer(player), channel, intervene, rng).sum(axis=1, dtype=np.float64)
            won += float((gain * weight).sum())
        means.append(won / (agents * total))
    how = f"exact: {every_episode(game, agents, total)}"
    if repeats == 1:
        return means[0], 0.0, total, how
    error = float(np.std(means, ddof=1)) / repeats**0.5
    return float(np.mean(means)), error, repeats * total, f"mean over {repeats} seeded shuffles of {how[7:]}"


def every_episode(game: Game, agents: int, total: int) -> str:
    """A description of the enumeration of a game."""
    equal = bool((game.episode_weight(agents, np.arange(total)) == 1).all())
    return f"all {total} equally likely episodes" if equal else f"all {total} episodes, weighted by their probability"


def _sample_paired(
    game: Game,
    agents: int,
    player: Player,
    channel: Channel,
    name: str,
    episodes: int,
    seed: int,
    oracle: ReferenceReturn | None,
) -> tuple[float, float, str]:
    """Sample episodes: value, standard error, and how the value was obtained."""
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
    """The mean returns of the episodes of ``seed``, batch by batch. The oracle plays if ``player`` is None."""
    rng = np.random.default_rng(seed)
    lanes = min(episodes, game.lanes or episodes, _lanes(agents, channel))
    core = game.core(agents, lanes, seed)
    playing = player or game.reference_player("oracle", core, channel.carrier)
    while episodes > 0:
        yield returns(core, playing, channel, intervention(name), rng).mean(axis=1, dtype=np.float64)[:episodes]
        episodes -= lanes


def _lanes(agents: int, channel: Channel) -> int:
    return max(1, MAX_HEARD // (agents * agents * channel.carrier.size))
