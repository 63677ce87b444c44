"""The exact value of agents without memory in each chain of the relay, on every picture, by recursion over a message.

Such an agent is a table: for each picture and each message heard, what it says and what it names. The chance of each
message together with the right answer so far is then carried down the chain. An agent with several places sees one
picture at all of them, so its pictures are followed apart, kind by kind; agents that return in turns multiply.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from ...protocols.analysis.messages import message_numbers
from ...protocols.channels.carriers import Carrier
from ...protocols.channels.channel import Channel
from ...protocols.common.errors import bad
from ...protocols.common.player import Player, PlayerInput
from ..core.exact import changes, counted, every_message
from ..pictures.images import CLASSES
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
    if _counted(channel.carrier) is None:
        rule = f"Exact values need at most {MOST_MESSAGES} different messages"
        raise bad(rule, channel.carrier, "Play a sample of episodes.")
    heard = every_message(channel.carrier)
    pictures, count, kinds = core.pictures.image, len(core.pictures.image), len(heard) + 1
    rows = core.agents * count * kinds
    seats = np.repeat(np.arange(core.agents), count * kinds)
    observation = np.tile(np.repeat(pictures, kinds, axis=0), (core.agents, 1))
    told = np.tile(np.concatenate([heard, np.zeros_like(heard[:1])]), (core.agents * count, 1))[:, None]
    present = np.tile(np.arange(kinds) < len(heard), core.agents * count)[:, None]
    legal = np.ones((rows, core.actions), dtype=bool)
    legal[:, WAIT] = False
    state = player.initial_state(seats)
    inputs = PlayerInput(observation, told, present, legal)
    action, sent, _ = player.step(inputs, state, np.random.default_rng(0))
    shape = core.agents, count, kinds
    return Tables(message_numbers(channel.carrier, sent).reshape(shape), (action - 1).reshape(shape).astype(np.int64))


def values(core: Relay, player: Player, channel: Channel) -> Float64[np.ndarray, "C"]:
    """How likely the answer is right in each chain of ``core.chains.table``; what is played is uniform over classes.

    Args:
        core: the game.
        player: as for ``tables``.
        channel: of discrete messages; without noise or delay on its link.

    Raises:
        ValueError: for a link that draws random numbers or delays, or messages that cannot be followed.
    """
    follow = _following(core, player, channel)
    chains = [[agent for agent in chain if agent != NOBODY] for chain in core.chains.table.tolist()]
    return np.array([follow.found(chain).sum() for chain in chains])


def by_answer(core: Relay, player: Player, channel: Channel) -> Float64[np.ndarray, "A"]:
    """How likely each answer is given where it is the right one, over the chains as they are drawn; NaN if it never is.

    Raises:
        ValueError: as ``values``.
    """
    follow = _following(core, player, channel)
    right = np.zeros((2, follow.answers))
    for row, chance in zip(core.chains.table.tolist(), core.chains.chance, strict=True):
        chain = [agent for agent in row if agent != NOBODY]
        right += chance * np.array([follow.found(chain), follow.right_answers(chain)])
    with np.errstate(invalid="ignore"):
        shares: np.ndarray = right[0] / right[1]
    return shares


def value(core: Relay, player: Player, channel: Channel) -> float:
    """How likely the answer is right, over the chains as they are drawn."""
    return float(core.chains.chance @ values(core, player, channel))


def exact_value(core: Relay, player: Player, channel: Channel) -> tuple[float, str] | None:
    """``value`` of a player that says it is without memory, and how it was found; None where that does not apply."""
    many = len(core.chains.table) > MOST_CHAINS
    if not getattr(player, "memoryless", False) or changes(channel) or many or _counted(channel.carrier) is None:
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


class _Kinds:
    """An agent's U kinds of pictures: of each kind, all are of one parity, and the agent makes the same of them."""

    def __init__(
        self,
        odd: Int64[np.ndarray, "P"],
        weight: Float64[np.ndarray, "P"],
        said: Int64[np.ndarray, "P H"],
        named: Int64[np.ndarray, "P H"],
    ) -> None:
        kinds, which = np.unique(np.column_stack([odd, said, named]), axis=0, return_inverse=True)
        self.weight = np.bincount(which.reshape(-1), weight)[:, None, None]
        self.odd = kinds[:, :1, None] == 1
        heard = said.shape[1]
        self.said = np.eye(heard)[kinds[:, 1 : 1 + heard]]
        self.named = kinds[:, 1 + heard :]
        parity = self.odd[..., 0] == [False, True]
        self.moves = np.einsum("uo,uhs->ohs", self.weight[..., 0] * parity, self.said)


class _Follow:
    """Chances of what is heard and of the right answer so far, along chains.

    They are an array ``[..., H, A]``. An agent that comes again has an axis of its own, for its kinds of pictures, from
    its first place to its last.
    """

    def __init__(self, core: Relay, asked: Tables, cut: set[tuple[int, int]]) -> None:
        self.task, self.cut = core.task, cut
        self.answers, self.heard = core.actions - 1, asked.said.shape[2]
        odd, weight = core.pictures.digit % 2, 1 / (CLASSES * core.pictures.count[core.pictures.digit])
        self.kinds = [_Kinds(odd, weight, *both) for both in zip(asked.said, asked.named, strict=True)]

    def right_answers(self, chain: list[int]) -> Float64[np.ndarray, "A"]:
        """How likely each answer is to be the right one."""
        found: np.ndarray = self._last(chain).sum((0, 1))
        return found

    def found(self, chain: list[int]) -> Float64[np.ndarray, "A"]:
        """How likely each answer is the right one, and is given."""
        named = np.minimum(self.kinds[chain[-1]].named, self.answers - 1)
        both = np.take_along_axis(self._last(chain), named[:, :, None], axis=2)
        return np.bincount(named.reshape(-1), both.reshape(-1), self.answers)

    def _last(self, chain: list[int]) -> Float64[np.ndarray, "U H A"]:
        """How likely each answer is the right one, by the last agent's picture and what it hears."""
        chances = np.zeros((self.heard, self.answers))
        chances[-1, 0] = 1
        returning: list[int] = []
        for place, agent in enumerate(chain[:-1]):
            kinds, ahead = self.kinds[agent], chain[place + 1 :]
            if agent in returning or agent in ahead:
                seen = self._seen(chances, agent, returning)
                said = np.einsum("...uha,uhs->...usa", seen, kinds.said, optimize=True)
                returning = [other for other in returning if other != agent]
                chances, returning = (said, [*returning, agent]) if agent in ahead else (said.sum(-3), returning)
            else:
                both = (np.swapaxes(kinds.moves[odd], 0, 1) @ self._next(chances, odd) for odd in (0, 1))
                chances = sum(both, np.zeros(()))
            if (agent, ahead[0]) in self.cut:
                chances = np.concatenate([0 * chances[..., :-1, :], chances.sum(-2, keepdims=True)], axis=-2)
        seen = self._seen(chances, chain[-1], returning)
        last: np.ndarray = seen.sum(tuple(range(seen.ndim - 3)))
        return last

    def _seen(
        self, chances: Float64[np.ndarray, "... H A"], agent: int, returning: list[int]
    ) -> Float64[np.ndarray, "... U H A"]:
        """After this agent's picture is counted, whose axis is put last of those before what is heard."""
        kinds = self.kinds[agent]
        if agent in returning:
            chances = np.moveaxis(chances, returning.index(agent), -3)
        else:
            chances = chances[..., None, :, :] * kinds.weight
        seen: np.ndarray = np.where(kinds.odd, self._next(chances, 1), self._next(chances, 0))
        return seen

    def _next(self, chances: Float64[np.ndarray, "*R A"], odd: int) -> Float64[np.ndarray, "*R A"]:
        """Chances of the answers when one more picture is even or odd."""
        following = np.zeros_like(chances)
        now = np.arange(self.answers)
        for answer, then in zip(now, onward(self.task, now, np.full_like(now, odd), self.answers), strict=True):
            following[..., then] += chances[..., answer]
        return following


def _following(core: Relay, player: Player, channel: Channel) -> _Follow:
    if changes(channel):
        rule = "Exact values need a link that does nothing at random, and at once"
        raise bad(rule, channel.link, "Play a sample of episodes.")
    return _Follow(core, tables(core, player, channel), set(channel.cut))


def _counted(carrier: Carrier) -> int | None:
    """How many messages there are; None if they are no symbols, or too many."""
    count = counted(carrier)
    return count if count is not None and count <= MOST_MESSAGES else None
