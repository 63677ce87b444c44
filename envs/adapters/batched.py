"""A core with all its lanes as a batch of environments, on which the adapters to other libraries are built."""

from typing import Any

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float32, Int64, Shaped

from ...protocols.channels.channel import Channel
from ...protocols.channels.exchange import Delivery, Exchange
from ...protocols.common.checks import check_one_of
from ...protocols.common.errors import invalid
from ..core.core import Core, Step
from .action_masks import Mask, MessageMask
from .actions import action_reader
from .observer import Observer

_RESET = "Use reset() to begin an episode."


class BatchedGame:
    """All lanes of a core, with observation vectors, messages over a channel and masks. It adds no rules to the game.

    Lanes are independent: each plays episode after episode, and begins the next one whenever ``reset_lanes`` is called
    with it. After ``reset(seed)``, the episodes of lane k are equal to those of a ``parallel_env`` with the same
    options after ``reset(seed=lane_seed(seed, k))``; see ``protocols.common.draws``. A ``parallel_env`` is itself such
    a batch of one lane.

    Args:
        core: The game.
        channel: The channel between the agents; None for a game without communication.
        history: Number of past steps in an observation. If positive, it also contains identity and time.
        illegal: "replace" plays the first legal action instead of an illegal one; "error" raises.
        mask: What action masks cover; see ``Mask``.

    Attributes:
        core: The game.
        channel: The channel.
        observation_space: The space of one agent's observation vector.
        action_space: The action space of one agent.
        reader: The decoder of actions.
        observer: The builder of observations.
        masks: What action masks cover.
        exchange: The exchange of messages; None without a channel.

    Raises:
        ValueError: If the mask or the treatment of illegal actions is unknown, the history is not valid, or the channel
            is cut between seats that do not exist.
    """

    def __init__(
        self,
        core: Core,
        channel: Channel | None = None,
        history: int = 0,
        *,
        illegal: str = "replace",
        mask: Mask = "full",
    ) -> None:
        check_one_of("illegal", illegal, ["replace", "error"])
        self.core, self.channel, self._replaces = core, channel, illegal == "replace"
        self.reader = action_reader(spaces.Discrete(core.actions), channel, core.action_names)
        if channel is not None:
            channel.check_seats(core.agents)
        self.masks = MessageMask(mask, channel)
        self.exchange = None if channel is None else Exchange(channel, core.draws, core.agents, core.anonymous)
        self.observer = Observer(core, channel, history)
        self.observation_space, self.action_space = self.observer.space(), self.reader.space()
        self._all_legal = np.ones((core.lanes, core.agents, core.actions + self.masks.symbols), dtype=bool)
        self._seats = np.arange(core.lanes)[:, None], np.arange(core.agents)
        self._step: Step | None = None

    @property
    def current(self) -> Step:
        """The current step of the core.

        Raises:
            ValueError: If no episode has begun.
        """
        if self._step is None:
            raise invalid("A step needs a running episode", "no episode yet", _RESET)
        return self._step

    @property
    def delivery(self) -> Delivery | None:
        """The messages that the agents hear now; None without a channel."""
        return None if self.exchange is None else self.exchange.delivery

    def reset(self, seed: int | None = None) -> Float32[np.ndarray, "B N D"]:
        """Begin the next episode in all lanes, or the first episode of ``seed``, and return the observations."""
        self._step = self.core.reset(seed)
        return self._begin(None)

    def reset_lanes(self, lanes: Bool[np.ndarray, "B"]) -> Float32[np.ndarray, "K N D"]:
        """Begin the next episode in the K lanes where ``lanes`` is true, and return their observations.

        Raises:
            ValueError: If ``reset`` has not been called, or ``lanes`` is not one Boolean per lane.
        """
        if self._step is None:
            raise invalid("reset_lanes needs lanes that have begun", "no episode yet", _RESET)
        if not isinstance(lanes, np.ndarray) or lanes.dtype != bool or lanes.shape != (self.core.lanes,):
            rule = f"lanes must be a Boolean array of shape {[self.core.lanes]}, one entry per lane"
            raise invalid(rule, lanes, "Pass step.ended.")
        self._step = self.core.reset(lanes=lanes)
        return self._begin(lanes)

    def step(self, choices: Shaped[np.ndarray, "B N ..."]) -> tuple[Float32[np.ndarray, "B N D"], Step]:
        """Play one joint step in all lanes. An invalid action raises before the state changes.

        Args:
            choices: One element of ``action_space`` per lane and agent.

        Returns:
            The observations, which are the last ones of their episodes in lanes that ended; and the core's step, with
            rewards and flags.

        Raises:
            ValueError: If a lane has ended or has not begun, an element is outside the space, or an action is illegal
                and ``illegal`` is "error".
        """
        before, (lanes, agents) = self.current, (self.core.lanes, self.core.agents)
        if before.ended.any():
            ended = before.ended.nonzero()[0].tolist()
            remedy = "Call reset_lanes(step.ended) before the next step."
            raise invalid("A step needs a running episode in every lane", f"lanes that have ended: {ended}", remedy)
        choices = np.asarray(choices)
        if choices.shape[:2] != (lanes, agents):
            rule = f"A step needs one action per lane and agent, an array of shape [{lanes}, {agents}, ...]"
            raise invalid(rule, f"an array of shape {list(choices.shape)}", "Pass one element of action_space each.")
        rows = lanes * agents
        action, sent = self.reader.read_rows(
            self._row_name, choices.reshape(rows, *choices.shape[2:]), before.legal.reshape(rows, -1)
        )
        action = self.legal_action(action.reshape(lanes, agents))
        return self.play(action, sent.reshape(lanes, agents, *sent.shape[1:]))

    def play(
        self, action: Int64[np.ndarray, "B N"], sent: Float32[np.ndarray, "B N ..."]
    ) -> tuple[Float32[np.ndarray, "B N D"], Step]:
        """Play one joint step of decoded, legal actions and signals; see ``step``.

        Signals are ignored without a channel. Lanes that have ended do not change, except for their history.
        """
        self._step = step = self.core.step(action)
        if self.exchange is not None:
            self.exchange.deliver(sent, step.hears)
        self.observer.remember(action, None if self.exchange is None else sent)
        return self._see(None), step

    def legal_action(self, action: Int64[np.ndarray, "B N"]) -> Int64[np.ndarray, "B N"]:
        """The actions to play: the first legal action instead of an illegal one, if illegal actions are replaced."""
        if not self._replaces:
            return action
        legal = self.current.legal
        allowed = legal[*self._seats, action]
        return action if allowed.all() else np.where(allowed, action, legal.argmax(axis=-1))

    def action_masks(self) -> Bool[np.ndarray, "B N entries"]:
        """The legal actions of all agents in all lanes, followed by the symbols of a message, in a new array.

        Raises:
            ValueError: If there are no masks.
        """
        if not self.masks.kept:
            rule = "There are no masks for this action space, or with mask=None"
            raise invalid(rule, self.action_space, 'Pass mask="action" for the legal actions.')
        masks = self._all_legal.copy()
        masks[..., : self.core.actions] = self.current.legal
        return masks

    def _begin(self, lanes: Bool[np.ndarray, "B"] | None) -> Float32[np.ndarray, "K N D"]:
        self.observer.forget(lanes)
        if self.exchange is not None:
            self.exchange.reset(lanes)
        return self._see(lanes)

    def _see(self, lanes: Bool[np.ndarray, "B"] | None) -> Float32[np.ndarray, "K N D"]:
        slots = None if self.exchange is None else self.exchange.delivery.slots
        return self.observer.see(self.current.observation, slots, lanes)

    def _row_name(self, row: int) -> Any:
        lane, agent = divmod(row, self.core.agents)
        return f"{self.core.possible_agents[agent]} in lane {lane}"
