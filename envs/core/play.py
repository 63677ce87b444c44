"""Rollouts without learning: one player (or team) plays a core, over a channel, with an intervention."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float32, Integer, Shaped

from ...protocols.channels.carriers import Carrier
from ...protocols.channels.channel import Channel
from ...protocols.channels.exchange import Exchange
from ...protocols.channels.interventions import Intervention, normal
from ...protocols.common.errors import invalid
from ...protocols.common.player import Player, PlayerInput, check_player
from .core import Core
from .message_text import heard_text, message_text, observation_text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Frame:
    """One step of B episodes: observations, messages, actions, rewards. ``live`` is false after an episode's end."""

    observation: Shaped[np.ndarray, "B N ..."]
    heard: Float32[np.ndarray, "B N N size"]
    present: Bool[np.ndarray, "B N N"]
    action: Integer[np.ndarray, "B N"]
    sent: Float32[np.ndarray, "B N ..."]
    reward: Float32[np.ndarray, "B N"]
    live: Bool[np.ndarray, "B"]
    hears: Bool[np.ndarray, "B N N"]
    facts: dict[str, Integer[np.ndarray, "B"]]


@dataclass(frozen=True)
class Transcript:
    """The frames of B episodes. The first axis is the steps."""

    observation: Shaped[np.ndarray, "T B N ..."]
    heard: Float32[np.ndarray, "T B N N size"]
    present: Bool[np.ndarray, "T B N N"]
    action: Integer[np.ndarray, "T B N"]
    sent: Float32[np.ndarray, "T B N ..."]
    reward: Float32[np.ndarray, "T B N"]
    live: Bool[np.ndarray, "T B"]
    hears: Bool[np.ndarray, "T B N N"]
    """``hears[t, b, receiver, sender]``: whether the receiver may hear the message sent at step t, at step t + 1."""
    facts: dict[str, Integer[np.ndarray, "T B"]]
    agents: tuple[str, ...]
    """Names of the agents."""
    actions: tuple[str, ...]
    """Names of the actions."""
    channel: Channel
    """The channel between the agents."""

    def to_frame(self) -> "pd.DataFrame":
        """The transcript as a pandas table with one row per episode, step and agent, for steps before an episode's end.

        The columns are ``episode``, ``step`` (from 0), ``agent``, the facts of the game's state (``fact_...``),
        ``observation`` (as text; many numbers are summarized), ``action``, ``sent`` (the message; None if no agent
        could hear it), ``heard`` (all messages heard, with their senders; None if there are none) and ``reward``.

        Raises:
            ValueError: If pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            remedy = 'Install it: pip install "interlect[pandas]".'
            raise invalid("A table of a transcript needs pandas", str(error), remedy) from error
        seats, lived = range(self.action.shape[2]), np.argwhere(self.live.T).tolist()
        return pd.DataFrame([self._row(episode, step, seat) for episode, step in lived for seat in seats])

    def _row(self, episode: int, step: int, seat: int) -> dict[str, Any]:
        carrier, at = self.channel.carrier, (step, episode, seat)
        heard = [
            f"{self.agents[sender]}: {heard_text(carrier, self.heard[at][sender])}"
            for sender in np.flatnonzero(self.present[at]).tolist()
        ]
        can_be_heard = self.hears[step, episode, :, seat].any()
        facts = {f"fact_{name}": int(fact[step, episode]) for name, fact in self.facts.items()}
        return {"episode": episode, "step": step, "agent": self.agents[seat], **facts} | {
            "observation": observation_text(np.asarray(self.observation[at])),
            "action": self.actions[int(self.action[at])],
            "sent": message_text(carrier.element(self.sent[at])) if can_be_heard else None,
            "heard": "; ".join(heard) or None,
            "reward": float(self.reward[at]),
        }

    @property
    def returns(self) -> Float32[np.ndarray, "B N"]:
        """The undiscounted return per lane and agent."""
        total: Float32[np.ndarray, "B N"] = self.reward.sum(axis=0)
        return total


def play(
    core: Core,
    player: Player,
    channel: Channel,
    intervene: Intervention = normal,
    rng: np.random.Generator | None = None,
) -> Transcript:
    """Play the next episode in every lane of ``core`` and record it.

    Args:
        core: The game. It is reset first.
        player: The player of all rows, lane-major (row = lane x N + seat).
        channel: The channel between the agents.
        intervene: The intervention on messages before they are heard.
        rng: The random generator of stochastic players and interventions; one with seed 0 if None.

    Raises:
        ValueError: If an argument has another type, or the player does not fit the game or the channel, chooses an
            illegal action, or sends a signal that is not one of the carrier's.
    """
    played = list(frames(core, player, channel, intervene, rng))
    names = [field.name for field in fields(Frame) if field.name != "facts"]
    stacked = {name: np.stack([getattr(frame, name) for frame in played]) for name in names}
    facts = {name: np.stack([frame.facts[name] for frame in played]) for name in played[0].facts}
    return Transcript(
        **stacked, facts=facts, agents=tuple(core.possible_agents), actions=core.action_names, channel=channel
    )


def returns(
    core: Core,
    player: Player,
    channel: Channel,
    intervene: Intervention = normal,
    rng: np.random.Generator | None = None,
) -> Float32[np.ndarray, "B N"]:
    """Play as ``play`` does, but record only the undiscounted return per lane and agent."""
    total = np.zeros((core.lanes, core.agents), dtype=np.float32)
    for frame in frames(core, player, channel, intervene, rng):
        total += frame.reward
    return total


def frames(
    core: Core,
    player: Player,
    channel: Channel,
    intervene: Intervention = normal,
    rng: np.random.Generator | None = None,
) -> Iterator[Frame]:
    """Play as ``play`` does, but yield each step until all lanes have ended."""
    if not isinstance(channel, Channel):
        remedy = "Pass the channel of the team, such as team.channel, or Channel() for other players."
        raise invalid("The channel of an episode must be a Channel", channel, remedy)
    if not isinstance(core, Core):
        raise invalid("The game of an episode must be a Core", core, "Pass make_core(name, agents, lanes).")
    if not isinstance(player, Player):
        rule = "The player of an episode must be a Player, with initial_state and step"
        raise invalid(rule, type(player).__name__, "Pass a Team, such as run.team, or a scripted player.")
    rng = rng or np.random.default_rng(0)
    batch, agents = core.lanes, core.agents
    check_player(player, core, channel.carrier)
    step = core.reset()
    state = player.initial_state(np.tile(np.arange(agents), batch))
    exchange = Exchange(channel, core.draws, agents, core.anonymous)
    delivery = exchange.delivery
    for _ in range(core.horizon):
        live = ~step.ended
        if not live.any():
            return
        heard, present = intervene(channel, delivery.heard, delivery.present, rng)
        slots = delivery._replace(heard=heard, present=present).slots
        facts = core.facts()
        seen, legal = step.observation, _rows(step.legal)
        inputs = PlayerInput(_rows(seen), _rows(slots[0]), _rows(slots[1]), legal)
        action, sent, state = player.step(inputs, state, rng)
        check_signals(sent, batch * agents, channel.carrier)
        action, sent = action.reshape(batch, agents), sent.reshape(batch, agents, *sent.shape[1:])
        step = core.step(action)
        yield Frame(seen, heard, present, action, sent, step.reward, live, step.hears, facts)
        delivery = exchange.deliver(sent, step.hears)


def check_signals(sent: np.ndarray, rows: int, carrier: Carrier) -> None:
    """Check that a player sent one signal per row, each for an element of the carrier's space."""
    if sent.shape != (rows, *carrier.signal_shape):
        rule = f"A player must send one signal per row, [rows, *signal_shape] = {[rows, *carrier.signal_shape]}"
        raise invalid(rule, sent.shape, "Use `carrier.signal(element)` in each row.")
    if not carrier.holds(sent):
        wrong = next(signal for signal in sent if not carrier.holds(signal))
        rule = f"A signal must represent an element of {carrier.space}"
        raise invalid(rule, wrong, "Use `carrier.signal(element)`.")


def _rows(array: np.ndarray) -> np.ndarray:
    return array.reshape(-1, *array.shape[2:])
