"""The exact expected return of a deterministic team of two, without playing all pairs of views.

Each seat is evaluated on every view and every sequence of messages that it may receive. The result is its table of
*responses*. An episode is a pair of responses that agree: each agent has received what the other one sent. So the
tables are joined on the messages exchanged in both directions.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int64

from ...protocols.analysis.messages import message_numbers
from ...protocols.channels.channel import Channel
from ...protocols.common.deduplication import deterministic
from ...protocols.common.errors import invalid
from ...protocols.common.player import Player, PlayerInput, check_player
from ..core.core import allowed_actions
from ..core.exact import all_messages, countable_messages, is_random_or_delayed
from ..core.play import check_signals
from .rules import WAIT, Pair

MAX_RESPONSES = 1 << 20
"""The maximum number of responses of a seat: V views times M messages to the power of the communication steps.

It allows one bit and MNIST's 60,000 pictures, but not 16 symbols in multi-step digits.
"""
BLOCK = 1 << 14
"""The approximate number of rows per call of the player, which bounds the memory."""


@dataclass(frozen=True)
class Responses:
    """The responses of one seat in E cases, one for each view and sequence of messages received.

    Attributes:
        view: The view of the agent.
        heard: Index of the sequence of messages received. The first message is its highest digit.
        sent: Index of the sequence of messages sent.
        answer: Answer, counted from 0.
    """

    view: Int64[np.ndarray, "E"]
    heard: Int64[np.ndarray, "E"]
    sent: Int64[np.ndarray, "E"]
    answer: Int64[np.ndarray, "E"]


def responses(core: Pair, player: Player, channel: Channel, seat: int) -> Responses:
    """The responses of a seat to every view and all messages that it may receive, or to silence if its channel is cut.

    Raises:
        ValueError: If the player draws random numbers or chooses an illegal action, or the carrier is continuous.
    """
    check_player(player, core, channel.carrier)
    hears = (1 - seat, seat) not in channel.cut
    messages = all_messages(channel.carrier)
    cases = len(messages) ** (core.horizon - 1) if hears else 1
    views = np.arange(len(core.labels))
    blocks = np.array_split(views, -(-len(views) * cases // BLOCK))
    found = [_block_responses(core, player, channel, seat, block, messages, hears) for block in blocks if len(block)]
    return Responses(*(np.concatenate(column) for column in zip(*found, strict=True)))


def value(core: Pair, player: Player, channel: Channel) -> float:
    """The expected return of each agent.

    Args:
        core: The game.
        player: A deterministic player of both seats.
        channel: A channel of symbols whose link has no noise and no delay.

    Raises:
        ValueError: As for ``responses``, or if the link has noise or delay.
    """
    if is_random_or_delayed(channel):
        rule = "Exact values need a link without noise and delay"
        raise invalid(rule, channel.link, "Use a sample of episodes.")
    connected = [(sender, 1 - sender) not in channel.cut for sender in (0, 1)]
    seats = [responses(core, player, channel, seat) for seat in (0, 1)]
    # Messages that no agent receives must not prevent two responses from agreeing.
    sent = [seat.sent * passes for seat, passes in zip(seats, connected, strict=True)]
    heard = [seat.heard for seat in seats]
    step = 1 + max(int(sent[0].max()), int(heard[1].max()))
    talks = [sent[0] + step * heard[0], heard[1] + step * sent[1]]
    _, joint = np.unique(np.concatenate(talks), return_inverse=True)
    talk = np.split(joint.reshape(-1), [len(talks[0])])
    return _expected_payoff(core, seats[0], talk[0], seats[1], talk[1]) + _expected_payoff(
        core, seats[1], talk[1], seats[0], talk[0]
    )


def exact_value(core: Pair, player: Player, channel: Channel) -> tuple[float, str] | None:
    """``value`` and a description of the method; None if the channel is unsuitable or there are too many responses."""
    messages = countable_messages(channel.carrier)
    if is_random_or_delayed(channel) or messages is None:
        return None
    if len(core.labels) * messages ** (core.horizon - 1) > MAX_RESPONSES:
        return None
    return value(core, player, channel), "by joining the responses of both agents to every view and message"


def _block_responses(
    core: Pair,
    player: Player,
    channel: Channel,
    seat: int,
    view: Int64[np.ndarray, "K"],
    messages: Float32[np.ndarray, "M size"],
    hears: bool,
) -> tuple[Int64[np.ndarray, "E"], ...]:
    """The view, heard, sent and answer of the responses to these views."""
    rng, branches = np.random.default_rng(0), len(messages) if hears else 1
    # A team requires the initial state of all its seats; only the rows of this seat are used.
    state = {name: both[np.full(len(view), seat)] for name, both in player.initial_state(np.arange(2)).items()}
    heard, sent = np.zeros((2, len(view)), dtype=np.int64)
    received = np.zeros((len(view), 1, channel.carrier.size), dtype=np.float32)
    for step in range(core.horizon):
        answering = step == core.horizon - 1
        legal = np.tile((np.arange(core.actions) == WAIT) ^ answering, (len(view), 1))
        present = np.full((len(view), 1), hears and step > 0)
        with deterministic(player, rng):
            inputs = PlayerInput(core.observation_of(view), received, present, legal)
            action, signals, state = player.step(inputs, state, rng)
        check_signals(signals, len(view), channel.carrier)
        _check_legal(core, action, legal)
        if answering:
            break
        sent = len(messages) * sent + message_numbers(channel.carrier, signals)
        row, message = np.arange(len(view)).repeat(branches), np.tile(np.arange(branches), len(view))
        view, sent, heard = view[row], sent[row], branches * heard[row] + message
        received = messages[message][:, None] * np.float32(hears)
        state = {name: kept[row] for name, kept in state.items()}
    return view, heard, sent, action.astype(np.int64) - 1


def _expected_payoff(
    core: Pair, own: Responses, talk: Int64[np.ndarray, "E"], partner: Responses, partner_talk: Int64[np.ndarray, "F"]
) -> float:
    """The expected reward added by the answers of one agent, over all pairs of responses with the same messages."""
    label, chance = core.labels, core.chance
    added = 0.0
    for partner_label in range(len(core.label_names)):
        has = label[partner.view] == partner_label
        joins = np.bincount(partner_talk[has], chance[partner.view[has]], minlength=1 + int(talk.max()))
        payoff = core.payoff[label[own.view], own.answer, partner_label]
        added += float((chance[own.view] * payoff * joins[talk]).sum())
    return added


def _check_legal(core: Pair, action: Int64[np.ndarray, "K"], legal: Bool[np.ndarray, "K A"]) -> None:
    wrong = ~allowed_actions(action, legal)
    if wrong.any():
        names = [name for name, ok in zip(core.action_names, legal[0], strict=True) if ok]
        rule = f"A player can only choose among {names}"
        raise invalid(rule, int(action[wrong][0]), "Use a player that chooses legal actions.")
