"""The exact value of a deterministic team of two, without playing all pairs of views.

Each seat is asked, for every view, what it says and answers to everything it may hear. An episode is two such
*accounts* that agree: each has heard what the other one said. So accounts are joined by what was said both ways.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int64

from ...protocols.analysis.messages import message_numbers
from ...protocols.channels.channel import Channel
from ...protocols.common.deduplication import deterministic
from ...protocols.common.errors import bad
from ...protocols.common.player import Player, PlayerInput
from ..core.core import allowed
from ..core.exact import changes, counted, every_message
from ..core.play import check_signals
from .rules import WAIT, Pair

MOST = 1 << 20
"""The most accounts of one seat that are taken: V views times M messages to the power of the steps in which one talks.

One bit and MNIST's 60,000 pictures fit, 16 symbols and multi-step digits do not.
"""
BLOCK = 1 << 14
"""About how many rows a player gets at once, which bounds the memory."""


@dataclass(frozen=True)
class Accounts:
    """What one seat does in E cases: in each view, whatever it hears.

    Attributes:
        view: which view it has.
        heard: the number of the sequence of messages that it heard, the first one as the highest digit.
        said: that of the sequence that it said.
        answer: its answer, 0 and up.
    """

    view: Int64[np.ndarray, "E"]
    heard: Int64[np.ndarray, "E"]
    said: Int64[np.ndarray, "E"]
    answer: Int64[np.ndarray, "E"]


def accounts(core: Pair, player: Player, channel: Channel, seat: int) -> Accounts:
    """Ask the player of a seat about every view and all that it can hear, or about silence if its channel is cut.

    Raises:
        ValueError: for a player that draws random numbers or does what is illegal, or messages that are no symbols.
    """
    hears = (1 - seat, seat) not in channel.cut
    messages = every_message(channel.carrier)
    cases = len(messages) ** (core.horizon - 1) if hears else 1
    views = np.arange(len(core.labels))
    blocks = np.array_split(views, -(-len(views) * cases // BLOCK))
    found = [_ask(core, player, channel, seat, block, messages, hears) for block in blocks if len(block)]
    return Accounts(*(np.concatenate(column) for column in zip(*found, strict=True)))


def value(core: Pair, player: Player, channel: Channel) -> float:
    """The expected return of each agent.

    Args:
        core: the game; of its views.
        player: a deterministic player of both seats.
        channel: of symbols; without noise or delay on its link.

    Raises:
        ValueError: as ``accounts``; or for a link that draws random numbers or delays.
    """
    if changes(channel):
        rule = "Exact values need a link that does nothing at random, and at once"
        raise bad(rule, channel.link, "Play a sample of episodes.")
    told = [(speaker, 1 - speaker) not in channel.cut for speaker in (0, 1)]
    seats = [accounts(core, player, channel, seat) for seat in (0, 1)]
    # What nobody hears may be anything: two accounts agree on it.
    said = [seat.said * passes for seat, passes in zip(seats, told, strict=True)]
    heard = [seat.heard for seat in seats]
    step = 1 + max(int(said[0].max()), int(heard[1].max()))
    talks = [said[0] + step * heard[0], heard[1] + step * said[1]]
    _, joint = np.unique(np.concatenate(talks), return_inverse=True)
    talk = np.split(joint.reshape(-1), [len(talks[0])])
    return _earned(core, seats[0], talk[0], seats[1], talk[1]) + _earned(core, seats[1], talk[1], seats[0], talk[0])


def exact_value(core: Pair, player: Player, channel: Channel) -> tuple[float, str] | None:
    """``value``, and how it was found; None for what cannot be followed, or has too many accounts."""
    messages = counted(channel.carrier)
    if changes(channel) or messages is None or len(core.labels) * messages ** (core.horizon - 1) > MOST:
        return None
    return value(core, player, channel), "by joining what both do in each view, whatever they hear"


def _ask(
    core: Pair,
    player: Player,
    channel: Channel,
    seat: int,
    view: Int64[np.ndarray, "K"],
    messages: Float32[np.ndarray, "M size"],
    hears: bool,
) -> tuple[Int64[np.ndarray, "E"], ...]:
    """View, heard, said, answer of the accounts of these views."""
    rng, branches = np.random.default_rng(0), len(messages) if hears else 1
    # Both seats begin, as a team checks that all are there; the rows of this one go on.
    state = {name: both[np.full(len(view), seat)] for name, both in player.initial_state(np.arange(2)).items()}
    heard, said = np.zeros((2, len(view)), dtype=np.int64)
    told = np.zeros((len(view), 1, channel.carrier.size), dtype=np.float32)
    for step in range(core.horizon):
        answering = step == core.horizon - 1
        legal = np.tile((np.arange(core.actions) == WAIT) ^ answering, (len(view), 1))
        present = np.full((len(view), 1), hears and step > 0)
        with deterministic(player, rng):
            inputs = PlayerInput(core.seen(view), told, present, legal)
            action, sent, state = player.step(inputs, state, rng)
        check_signals(sent, len(view), channel.carrier)
        _check_legal(core, action, legal)
        if answering:
            break
        said = len(messages) * said + message_numbers(channel.carrier, sent)
        row, message = np.arange(len(view)).repeat(branches), np.tile(np.arange(branches), len(view))
        view, said, heard = view[row], said[row], branches * heard[row] + message
        told = messages[message][:, None] * np.float32(hears)
        state = {name: kept[row] for name, kept in state.items()}
    return view, heard, said, action.astype(np.int64) - 1


def _earned(
    core: Pair, own: Accounts, talk: Int64[np.ndarray, "E"], other: Accounts, others: Int64[np.ndarray, "F"]
) -> float:
    """What one agent's answers add, over all pairs of accounts with the same talk."""
    label, chance = core.labels, core.chance
    earned = 0.0
    for third in range(len(core.label_names)):
        has = label[other.view] == third
        joins = np.bincount(others[has], chance[other.view[has]], minlength=1 + int(talk.max()))
        worth = core.worth[label[own.view], own.answer, third]
        earned += float((chance[own.view] * worth * joins[talk]).sum())
    return earned


def _check_legal(core: Pair, action: Int64[np.ndarray, "K"], legal: Bool[np.ndarray, "K A"]) -> None:
    wrong = ~allowed(action, legal)
    if wrong.any():
        names = [name for name, ok in zip(core.action_names, legal[0], strict=True) if ok]
        rule = f"A player may now only choose among {names}"
        raise bad(rule, int(action[wrong][0]), "Let it choose a legal action.")
