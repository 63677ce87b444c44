"""The exact value of agents without memory in each chain of the relay, on every picture, by recursion over a message.

Such an agent is a table: for each picture and each message heard, what it says and what it names. The chance of each
message together with the right answer so far is then carried down the chain. An agent with two places sees one picture
at both, so its pictures are followed one by one.
"""

from dataclasses import dataclass
from math import prod

import numpy as np
from gymnasium import spaces
from jaxtyping import Float64, Int64

from ...protocols.carriers import Carrier
from ...protocols.channel import Channel
from ...protocols.errors import bad
from ...protocols.player import Player
from ..pictures import CLASSES
from .chains import NOBODY
from .rules import WAIT, Relay, onward

MOST_MESSAGES = 1024
"""The most different messages that are followed."""
MOST_CHAINS = 1024
"""The most chains that an evaluation follows; more of them take minutes."""


@dataclass(frozen=True)
class Tables:
    """What N agents make of each of P pictures and H things heard: M messages, and last of all nothing.

    Attributes:
        said: the number of the message.
        named: the answer.
    """

    said: Int64[np.ndarray, "N P H"]
    named: Int64[np.ndarray, "N P H"]


def tables(core: Relay, player: Player, channel: Channel) -> Tables:
    """Ask each agent about everything that it can see and hear.

    Args:
        core: the game; of its pictures.
        player: deterministic, and without memory: what it does depends on its seat, its picture and what it hears.
        channel: of discrete messages.

    Raises:
        ValueError: for messages that are not discrete, or too many.
    """
    messages, heard = _messages(channel.carrier)
    pictures, count, kinds = core.pictures.image, len(core.pictures.image), len(messages) + 1
    rows = core.agents * count * kinds
    seats = np.repeat(np.arange(core.agents), count * kinds)
    observation = np.tile(np.repeat(pictures, kinds, axis=0), (core.agents, 1))
    told = np.tile(np.concatenate([heard, np.zeros_like(heard[:1])]), (core.agents * count, 1))[:, None]
    present = np.tile(np.arange(kinds) < len(messages), core.agents * count)[:, None]
    legal = np.ones((rows, core.actions), dtype=bool)
    legal[:, WAIT] = False
    state = player.initial_state(seats)
    action, sent, _ = player.step(observation, told, present, legal, state, np.random.default_rng(0))
    element = channel.carrier.element(sent).reshape(rows, -1)
    said = np.ravel_multi_index(tuple(element.T), _sizes(channel.carrier))
    shape = core.agents, count, kinds
    return Tables(said.reshape(shape).astype(np.int64), (action - 1).reshape(shape).astype(np.int64))


def values(core: Relay, player: Player, channel: Channel) -> Float64[np.ndarray, "C"]:
    """How likely the answer is right in each chain of ``core.chains.table``; what is played is uniform over classes.

    Args:
        core: the game.
        player: as for ``tables``.
        channel: of discrete messages; without noise on its link.

    Raises:
        ValueError: for a link that draws random numbers, or messages that cannot be followed.
    """
    if channel.link.noise_size(channel.carrier):
        raise bad("Exact values need a link that does nothing at random", channel.link, "Play a sample of episodes.")
    asked = tables(core, player, channel)
    follow = _Follow(core, asked, set(channel.cut))
    chains = [[agent for agent in chain if agent != NOBODY] for chain in core.chains.table.tolist()]
    return np.array([follow.chain(chain) for chain in chains])


def value(core: Relay, player: Player, channel: Channel) -> float:
    """How likely the answer is right, over the chains as they are drawn."""
    return float(core.chains.chance @ values(core, player, channel))


def followed(core: Relay, player: Player, channel: Channel) -> tuple[float, str] | None:
    """``value`` of a player that says it is without memory, and how it was found; None where that does not apply."""
    noisy = bool(channel.link.noise_size(channel.carrier))
    many = len(core.chains.table) > MOST_CHAINS
    if not getattr(player, "memoryless", False) or noisy or many or _counted(channel.carrier) is None:
        return None
    return value(core, player, channel), "by recursion over what is heard, on every picture"


def answers(core: Relay) -> Float64[np.ndarray, "A"]:
    """How likely each answer is to be the right one: the greatest of them is what a constant answer is worth."""
    agents, pictures = core.agents, len(core.pictures.image)
    nothing = np.zeros((agents, pictures, 2), dtype=np.int64)
    follow = _Follow(core, Tables(nothing, nothing), set())
    found = np.zeros(follow.answers)
    for row, chance in zip(core.chains.table.tolist(), core.chains.chance, strict=True):
        found += chance * follow.right_answers([agent for agent in row if agent != NOBODY])
    return found


class _Follow:
    """Chances of what is heard and of the right answer so far, ``[H, A]``, along chains."""

    def __init__(self, core: Relay, asked: Tables, cut: set[tuple[int, int]]) -> None:
        self.task, self.cut, self.asked = core.task, cut, asked
        self.answers = core.actions - 1
        self.odd = core.pictures.digit % 2
        self.weight = 1 / (CLASSES * core.pictures.count[core.pictures.digit])
        agents, _, kinds = asked.said.shape
        self.kinds = kinds
        self.moves = np.zeros((agents, 2, kinds, kinds))
        self.right = np.zeros((agents, 2, kinds, self.answers))
        agent, picture, heard = np.indices(asked.said.shape)
        weight = self.weight[picture]
        np.add.at(self.moves, (agent, self.odd[picture], heard, asked.said), weight)
        np.add.at(self.right, (agent, self.odd[picture], heard, np.minimum(asked.named, self.answers - 1)), weight)

    def right_answers(self, chain: list[int]) -> Float64[np.ndarray, "A"]:
        """How likely each answer is to be the right one."""
        chances, _, again = self._handed(chain)
        share = self.weight[:, None, None] if again is None else 1.0
        found: np.ndarray = (self._followed(chances) * share).sum((0, 1))
        return found

    def chain(self, chain: list[int]) -> float:
        """How likely the answer is right."""
        chances, last, again = self._handed(chain)
        if again is None:
            return sum(float((self._next(chances, odd)[0] * self.right[last, odd]).sum()) for odd in (0, 1))
        named = np.minimum(self.asked.named[last], self.answers - 1)
        return float(np.take_along_axis(self._followed(chances), named[:, :, None], axis=2).sum())

    def _handed(self, chain: list[int]) -> tuple[Float64[np.ndarray, "P H A"], int, int | None]:
        """What the last agent hears, the last agent, and where it was before: then by its picture."""
        last = chain[-1]
        again = chain.index(last) if last in chain[:-1] else None
        chances = np.zeros((1, self.kinds, self.answers))
        chances[0, -1, 0] = 1
        for place, agent in enumerate(chain[:-1]):
            chances = self._seen(chances, agent) if place == again else self._moved(chances, agent)
            if (agent, chain[place + 1]) in self.cut:
                chances = np.concatenate([0 * chances[:, :-1], chances.sum(1, keepdims=True)], axis=1)
        return chances, last, again

    def _moved(self, chances: Float64[np.ndarray, "P H A"], agent: int) -> Float64[np.ndarray, "P H A"]:
        """After an agent whose picture is met once."""
        moved: np.ndarray = sum(
            np.einsum("pha,hs->psa", self._next(chances, odd), self.moves[agent, odd]) for odd in (0, 1)
        )
        return moved

    def _seen(self, chances: Float64[np.ndarray, "1 H A"], agent: int) -> Float64[np.ndarray, "P H A"]:
        """After an agent whose picture is met again: one row for each."""
        said = np.eye(self.kinds)[self.asked.said[agent]]
        seen: np.ndarray = np.einsum("pha,phs->psa", self._followed(chances), said) * self.weight[:, None, None]
        return seen

    def _followed(self, chances: Float64[np.ndarray, "Q H A"]) -> Float64[np.ndarray, "P H A"]:
        """Chances of the answers after each picture."""
        followed: np.ndarray = np.where(self.odd[:, None, None], self._next(chances, 1), self._next(chances, 0))
        return followed

    def _next(self, chances: Float64[np.ndarray, "P H A"], odd: int) -> Float64[np.ndarray, "P H A"]:
        """Chances of the answers when one more picture is even or odd."""
        following = np.zeros_like(chances)
        now = np.arange(self.answers)
        for answer, then in zip(now, onward(self.task, now, np.full_like(now, odd), self.answers), strict=True):
            following[:, :, then] += chances[:, :, answer]
        return following


def _counted(carrier: Carrier) -> tuple[int, ...] | None:
    """How many symbols there are at each place of a message; None if messages are no symbols, or too many."""
    space = carrier.space
    sizes = tuple(int(size) for size in space.nvec) if isinstance(space, spaces.MultiDiscrete) else ()
    return sizes if sizes and prod(sizes) <= MOST_MESSAGES else None


def _sizes(carrier: Carrier) -> tuple[int, ...]:
    sizes = _counted(carrier)
    if sizes is None:
        rule = f"Exact values need at most {MOST_MESSAGES} different messages"
        raise bad(rule, carrier, "Play a sample of episodes.")
    return sizes


def _messages(carrier: Carrier) -> tuple[Int64[np.ndarray, "M L"], np.ndarray]:
    """All messages, and how they are heard."""
    sizes = _sizes(carrier)
    elements = np.stack(np.unravel_index(np.arange(prod(sizes)), sizes), axis=1)
    heard = np.stack([carrier.decode(carrier.signal(element)[None])[0] for element in elements])
    return elements, heard.astype(np.float32)
