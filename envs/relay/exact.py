"""Exact accuracy of memoryless agents in each chain of the relay, by recursion over the messages.

The policy of such an agent is a table: for each picture and each message received, the message that it sends and the
answer that it names. The joint distribution of the message and the correct answer so far is propagated along the chain.
An agent with several places sees the same picture at all of them. From its first place to its last, the distribution is
therefore conditioned on the kind of its picture: its parity, and its rows in the policy table. The cost is a product
over the agents with several places that overlap.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from ...protocols.analysis.messages import message_numbers
from ...protocols.channels.carriers import Carrier
from ...protocols.channels.channel import Channel
from ...protocols.common.errors import invalid
from ...protocols.common.player import Player, PlayerInput, check_player
from ..core.exact import all_messages, countable_messages, is_random_or_delayed
from ..pictures.images import CLASSES
from .chains import PADDING
from .rules import WAIT, Relay, next_answer

MAX_MESSAGES = 1024
"""The maximum number of different messages."""
MAX_CHAINS = 1024
"""The maximum number of chains for an exact evaluation. More chains take minutes."""


@dataclass(frozen=True)
class PolicyTables:
    """The policies of N agents for each of P pictures and H = M + 1 inputs: M messages, and then silence.

    Attributes:
        message: Index of the message sent.
        answer: The answer named.
    """

    message: Int64[np.ndarray, "N P H"]
    answer: Int64[np.ndarray, "N P H"]


def policy_tables(core: Relay, player: Player, channel: Channel) -> PolicyTables:
    """Evaluate each agent on every picture and every message it can receive.

    Args:
        core: The game.
        player: A deterministic player without memory, whose actions depend only on seat, picture and message received.
        channel: A channel with discrete messages.

    Raises:
        ValueError: If the carrier is continuous or has too many messages.
    """
    if _feasible_message_count(channel.carrier) is None:
        rule = f"Exact values need at most {MAX_MESSAGES} different messages"
        raise invalid(rule, channel.carrier, "Use a sample of episodes.")
    check_player(player, core, channel.carrier)
    heard = all_messages(channel.carrier)
    pictures, count, kinds = core.pictures.image, len(core.pictures.image), len(heard) + 1
    rows = core.agents * count * kinds
    seats = np.repeat(np.arange(core.agents), count * kinds)
    observation = np.tile(np.repeat(pictures, kinds, axis=0), (core.agents, 1))
    received = np.tile(np.concatenate([heard, np.zeros_like(heard[:1])]), (core.agents * count, 1))[:, None]
    present = np.tile(np.arange(kinds) < len(heard), core.agents * count)[:, None]
    legal = np.ones((rows, core.actions), dtype=bool)
    legal[:, WAIT] = False
    state = player.initial_state(seats)
    inputs = PlayerInput(observation, received, present, legal)
    action, sent, _ = player.step(inputs, state, np.random.default_rng(0))
    shape = core.agents, count, kinds
    return PolicyTables(
        message_numbers(channel.carrier, sent).reshape(shape), (action - 1).reshape(shape).astype(np.int64)
    )


def chain_values(core: Relay, player: Player, channel: Channel) -> Float64[np.ndarray, "C"]:
    """The probability of a correct answer in each chain of ``core.chains.table``.

    Args:
        core: The game.
        player: As for ``policy_tables``.
        channel: A channel with discrete messages whose link has no noise and no delay.

    Raises:
        ValueError: If the link has noise or delay, or the carrier is continuous or has too many messages.
    """
    propagation = _propagation(core, player, channel)
    chains = [[agent for agent in chain if agent != PADDING] for chain in core.chains.table.tolist()]
    return np.array([propagation.correct(chain).sum() for chain in chains])


def accuracy_by_answer(core: Relay, player: Player, channel: Channel) -> Float64[np.ndarray, "A"]:
    """The probability that each answer is given if it is correct, over the distribution of chains.

    It is NaN for answers that are never correct.

    Raises:
        ValueError: As for ``chain_values``.
    """
    propagation = _propagation(core, player, channel)
    correct = np.zeros((2, propagation.answers))
    for row, chance in zip(core.chains.table.tolist(), core.chains.chance, strict=True):
        chain = [agent for agent in row if agent != PADDING]
        correct += chance * np.array([propagation.correct(chain), propagation.answer_distribution(chain)])
    with np.errstate(invalid="ignore"):
        shares: np.ndarray = correct[0] / correct[1]
    return shares


def value(core: Relay, player: Player, channel: Channel) -> float:
    """The probability of a correct answer, over the distribution of chains."""
    return float(core.chains.chance @ chain_values(core, player, channel))


def exact_value(core: Relay, player: Player, channel: Channel) -> tuple[float, str] | None:
    """``value`` of a ``memoryless`` player, and a description of the method; None if the method does not apply."""
    many = len(core.chains.table) > MAX_CHAINS
    if (
        not getattr(player, "memoryless", False)
        or is_random_or_delayed(channel)
        or many
        or _feasible_message_count(channel.carrier) is None
    ):
        return None
    return value(core, player, channel), "by recursion over the messages, on every picture"


def answer_distribution(core: Relay) -> Float64[np.ndarray, "A"]:
    """The probability that each answer is correct. Its maximum is the accuracy of the best constant answer."""
    agents, pictures = core.agents, len(core.pictures.image)
    zeros = np.zeros((agents, pictures, 2), dtype=np.int64)
    propagation = _Propagation(core, PolicyTables(zeros, zeros), set())
    found = np.zeros(propagation.answers)
    for row, chance in zip(core.chains.table.tolist(), core.chains.chance, strict=True):
        found += chance * propagation.answer_distribution([agent for agent in row if agent != PADDING])
    return found


class _Kinds:
    """An agent's U kinds of pictures. Pictures of a kind have the same parity and the same rows in the policy table."""

    def __init__(
        self,
        odd: Int64[np.ndarray, "P"],
        weight: Float64[np.ndarray, "P"],
        message: Int64[np.ndarray, "P H"],
        answer: Int64[np.ndarray, "P H"],
    ) -> None:
        kinds, which = np.unique(np.column_stack([odd, message, answer]), axis=0, return_inverse=True)
        self.weight = np.bincount(which.reshape(-1), weight)[:, None, None]
        self.odd = kinds[:, :1, None] == 1
        inputs = message.shape[1]
        self.message = np.eye(inputs)[kinds[:, 1 : 1 + inputs]]
        self.answer = kinds[:, 1 + inputs :]
        parity = self.odd[..., 0] == [False, True]
        self.moves = np.einsum("uo,uhs->ohs", self.weight[..., 0] * parity, self.message)


class _Propagation:
    """Propagates the joint distribution of the message received and the correct answer so far along chains.

    The distribution is an array ``[..., H, A]``. An agent with several places has an additional axis for its kinds of
    pictures, from its first place to its last.
    """

    def __init__(self, core: Relay, tables: PolicyTables, cut: set[tuple[int, int]]) -> None:
        self.task, self.cut = core.task, cut
        self.answers, self.heard = core.actions - 1, tables.message.shape[2]
        odd, weight = core.pictures.digit % 2, 1 / (CLASSES * core.pictures.count[core.pictures.digit])
        self.kinds = [_Kinds(odd, weight, *both) for both in zip(tables.message, tables.answer, strict=True)]

    def answer_distribution(self, chain: list[int]) -> Float64[np.ndarray, "A"]:
        """The probability that each answer is correct."""
        found: np.ndarray = self._last(chain).sum((0, 1))
        return found

    def correct(self, chain: list[int]) -> Float64[np.ndarray, "A"]:
        """The probability that each answer is correct and is given."""
        named = np.minimum(self.kinds[chain[-1]].answer, self.answers - 1)
        both = np.take_along_axis(self._last(chain), named[:, :, None], axis=2)
        return np.bincount(named.reshape(-1), both.reshape(-1), self.answers)

    def _last(self, chain: list[int]) -> Float64[np.ndarray, "U H A"]:
        """The joint probability of the last agent's kind of picture, the message it hears, and the correct answer."""
        chances = np.zeros((self.heard, self.answers))
        chances[-1, 0] = 1
        returning: list[int] = []
        for place, agent in enumerate(chain[:-1]):
            kinds, ahead = self.kinds[agent], chain[place + 1 :]
            if agent in returning or agent in ahead:
                seen = self._with_picture(chances, agent, returning)
                sent = np.einsum("...uha,uhs->...usa", seen, kinds.message, optimize=True)
                returning = [earlier for earlier in returning if earlier != agent]
                chances, returning = (sent, [*returning, agent]) if agent in ahead else (sent.sum(-3), returning)
            else:
                both = (np.swapaxes(kinds.moves[odd], 0, 1) @ self._with_parity(chances, odd) for odd in (0, 1))
                chances = sum(both, np.zeros(()))
            if (agent, ahead[0]) in self.cut:
                chances = np.concatenate([0 * chances[..., :-1, :], chances.sum(-2, keepdims=True)], axis=-2)
        seen = self._with_picture(chances, chain[-1], returning)
        last: np.ndarray = seen.sum(tuple(range(seen.ndim - 3)))
        return last

    def _with_picture(
        self, chances: Float64[np.ndarray, "... H A"], agent: int, returning: list[int]
    ) -> Float64[np.ndarray, "... U H A"]:
        """The distribution after the update by this agent's picture, whose kinds are the last axis before ``H``."""
        kinds = self.kinds[agent]
        if agent in returning:
            chances = np.moveaxis(chances, returning.index(agent), -3)
        else:
            chances = chances[..., None, :, :] * kinds.weight
        seen: np.ndarray = np.where(kinds.odd, self._with_parity(chances, 1), self._with_parity(chances, 0))
        return seen

    def _with_parity(self, chances: Float64[np.ndarray, "*R A"], odd: int) -> Float64[np.ndarray, "*R A"]:
        """The distribution of answers after one more even or odd picture."""
        following = np.zeros_like(chances)
        now = np.arange(self.answers)
        for answer, then in zip(now, next_answer(self.task, now, np.full_like(now, odd), self.answers), strict=True):
            following[..., then] += chances[..., answer]
        return following


def _propagation(core: Relay, player: Player, channel: Channel) -> _Propagation:
    if is_random_or_delayed(channel):
        rule = "Exact values need a link without noise and delay"
        raise invalid(rule, channel.link, "Use a sample of episodes.")
    return _Propagation(core, policy_tables(core, player, channel), set(channel.cut))


def _feasible_message_count(carrier: Carrier) -> int | None:
    """The number of different messages; None if the carrier is continuous or has too many messages."""
    count = countable_messages(carrier)
    return count if count is not None and count <= MAX_MESSAGES else None
