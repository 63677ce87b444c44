"""The action spaces of PettingZoo agents: an action, together with a message if there is a channel."""

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float32, Shaped

from ...protocols.channels.carriers import Carrier
from ...protocols.channels.channel import Channel
from ...protocols.common.errors import InvalidArgument, invalid

ActionAndSignal = tuple[Any, Float32[np.ndarray, "..."]]
"""An action and the signal sent with it. Without a channel, the signal is empty."""

ActionsAndSignals = tuple[Shaped[np.ndarray, "rows ..."], Float32[np.ndarray, "rows ..."]]
"""The action and the signal of each row."""

Legal = Sequence[bool] | np.ndarray | tuple[np.ndarray, ...] | None
"""The mask of legal actions, or one mask per number of a ``MultiDiscrete`` action; None if all actions are legal."""

NO_SIGNAL = np.zeros(0, dtype=np.float32)


def wrong_agents_error(agents: list[Any], actions: dict[Any, Any]) -> ValueError:
    """The error for a step whose actions are not those of the live agents."""
    return invalid(f"A step needs one action per live agent: {agents}", list(actions), "Pass one action per agent.")


class ActionAndMessage(spaces.MultiDiscrete):
    """``MultiDiscrete([A] + [V] * L)``: an action, then a message. ``sample`` takes masks of either length."""

    def sample(self, mask: Any = None, probability: Any = None) -> Any:
        """A random element that a mask allows.

        Args:
            mask: A flat mask over the first numbers of the action, such as ``[A]`` or ``[A + V L]``; or a tuple with
                one mask per component. Components that it does not cover are free.
            probability: As for ``MultiDiscrete.sample``.

        Raises:
            ValueError: If a flat mask covers a component only in part.
        """
        if mask is not None:
            parts = mask if isinstance(mask, tuple) else self._split(np.asarray(mask, dtype=np.int8))
            mask = (*parts, *[np.ones(n, dtype=np.int8) for n in self.nvec[len(parts) :]])
        return super().sample(mask, probability)

    def _split(self, mask: np.ndarray) -> list[np.ndarray]:
        ends = np.cumsum(self.nvec)
        if mask.ndim != 1 or len(mask) not in ends:
            rule = f"A flat mask of {self} must cover complete components, so its length must be one of {ends.tolist()}"
            raise invalid(rule, f"the shape {list(mask.shape)}", "Pass infos[agent]['action_mask'].")
        return [part for part in np.split(mask, ends[:-1]) if len(part)]


class LogitsAndMessage(spaces.Box):
    """``Box(A + width)``: one logit per action, then a message. The *legal* action with the largest logit is taken."""

    def sample(self, mask: Any = None, probability: Any = None) -> Any:
        """Sample an element. Masks do not restrict it."""
        return super().sample()


def chosen_element(
    space: spaces.Space[Any], actions: int, action: int, message: Shaped[np.ndarray, "..."]
) -> np.ndarray:
    """The element of an action space that stands for an action and a message.

    Args:
        space: The action space of an agent with a channel.
        actions: Number of actions (A).
        action: The action.
        message: The message, an element of the space of the channel's carrier.
    """
    if isinstance(space, spaces.MultiDiscrete):
        return np.concatenate([[action], message]).astype(np.int64)
    logits = np.where(np.arange(actions) == action, 1.0, -1.0)
    return np.concatenate([logits, message]).astype(np.float32)


class ActionReader(ABC):
    """Decodes the elements of an action space, ``space()``, into an action and a signal."""

    @abstractmethod
    def space(self) -> spaces.Space[Any]:
        """A new instance of the action space."""

    @abstractmethod
    def read(self, agent: Any, choice: Any, legal: Legal) -> ActionAndSignal:
        """Decode one element of the space into an action and a signal.

        Raises:
            ValueError: If ``choice`` is outside the space.
        """

    def read_rows(
        self,
        agent: Callable[[int], Any],
        choices: Shaped[np.ndarray, "rows ..."],
        legal: Bool[np.ndarray, "rows A"] | None,
    ) -> ActionsAndSignals:
        """Decode one element per row, with the results of ``read``.

        Args:
            agent: The agent of a row, for error messages.
            choices: The elements.
            legal: The masks of legal actions; None if all actions are legal.

        Raises:
            ValueError: If a row is outside the space. The error is that of ``read`` for the first such row.
        """
        found = self._read_valid(choices, legal)
        if found is not None:
            return found
        masks = [None] * len(choices) if legal is None else legal
        read = [self.read(agent(row), *pair) for row, pair in enumerate(zip(choices, masks, strict=True))]
        return np.stack([action for action, _ in read]), np.stack([signal for _, signal in read])

    @abstractmethod
    def _read_valid(self, choices: np.ndarray, legal: np.ndarray | None) -> ActionsAndSignals | None:
        """The actions and signals of all rows at once; None if a row may be outside the space."""


class DiscreteReader(ActionReader):
    """The reader without a channel, for ``Discrete(A)``."""

    def __init__(self, own: spaces.Discrete, names: Sequence[str]) -> None:
        self._own, self._names = own, names

    def space(self) -> spaces.Discrete:
        return spaces.Discrete(int(self._own.n), start=int(self._own.start))

    def read(self, agent: Any, choice: Any, legal: Legal) -> ActionAndSignal:
        return _action(agent, choice, self._own, self._names), NO_SIGNAL

    def _read_valid(self, choices: np.ndarray, legal: np.ndarray | None) -> ActionsAndSignals | None:
        if choices.ndim != 1 or not _are_integers(choices, self._own.start, self._own.n):
            return None
        return choices.astype(self._own.dtype), np.zeros((len(choices), 0), dtype=np.float32)


class SymbolReader(ActionReader):
    """The reader for a carrier of symbols: ``MultiDiscrete([A] + [V] * L)``, the action and then the message."""

    def __init__(
        self,
        own: spaces.Discrete | spaces.MultiDiscrete,
        names: Sequence[str],
        carrier: Carrier,
        alphabet: spaces.MultiDiscrete,
    ) -> None:
        self._own, self._names, self._carrier = own, names, carrier
        sizes = _sizes(own)
        self._parts = len(sizes)
        self._sizes = [*sizes, *alphabet.nvec.tolist()]
        self._start = [*np.ravel(own.start).tolist(), *alphabet.start.tolist()]
        self._shape = (len(self._sizes),)
        self._signals: dict[tuple[int, ...], np.ndarray] = {}

    def space(self) -> ActionAndMessage:
        return ActionAndMessage(self._sizes, start=self._start)

    def read(self, agent: Any, choice: Any, legal: Legal) -> ActionAndSignal:
        numbers = np.asarray(choice)
        if numbers.shape != self._shape or numbers.dtype.kind not in "iu":
            rule = f"{agent} must choose {len(self._sizes)} integers, its action and then its message"
            raise invalid(rule, choice, f"Choose an element of MultiDiscrete({self._sizes}).")
        return self._action(agent, numbers[: self._parts]), self._signal(agent, tuple(numbers[self._parts :].tolist()))

    def _read_valid(self, choices: np.ndarray, legal: np.ndarray | None) -> ActionsAndSignals | None:
        if choices.shape[1:] != self._shape or not _are_integers(choices, self._start, self._sizes):
            return None
        own = choices[:, : self._parts].astype(self._own.dtype)
        action = own[:, 0] if isinstance(self._own, spaces.Discrete) else own
        return action, self._carrier.signal(choices[:, self._parts :])

    def _action(self, agent: Any, numbers: np.ndarray) -> Any:
        if isinstance(self._own, spaces.Discrete):
            return _action(agent, int(numbers[0]), self._own, self._names)
        if not ((numbers >= self._own.start) & (numbers < self._own.start + self._own.nvec)).all():
            rule = f"The action of {agent} must be an element of {self._own}"
            raise invalid(rule, numbers.tolist(), "Choose an element of this space.")
        return numbers.astype(self._own.dtype)

    def _signal(self, agent: Any, message: tuple[int, ...]) -> np.ndarray:
        signal = self._signals.get(message)
        if signal is None:
            try:
                signal = self._carrier.signal(np.array(message))
            except InvalidArgument:
                rule = f"The message of {agent} must be an element of {self._carrier.space}"
                raise invalid(rule, list(message), "Choose an element of this space.") from None
            if len(self._signals) < 4096:
                self._signals[message] = signal
        return signal


class BoxReader(ActionReader):
    """The reader for a continuous carrier: one ``Box``, the numbers of the action and then the message."""

    def __init__(self, own: spaces.Box, carrier: Carrier, message: spaces.Box) -> None:
        self._size = own.shape[0]
        self._carrier = carrier
        self._low = np.concatenate([own.low, message.low])
        self._high = np.concatenate([own.high, message.high])

    def space(self) -> spaces.Box:
        return self._kind()(self._low, self._high, dtype=self._low.dtype.type)

    def read(self, agent: Any, choice: Any, legal: Legal) -> ActionAndSignal:
        numbers = np.asarray(choice, dtype=self._low.dtype)
        if numbers.shape != self._low.shape:
            numbers_in_total = f"{len(self._low)} numbers in total"
            rule = f"{agent} must choose {self._size} {self._what()} and then a message, {numbers_in_total}"
            raise invalid(rule, choice, f"Choose an array of shape {self._low.shape}.")
        if not ((numbers >= self._low) & (numbers <= self._high)).all():
            remedy = "Choose numbers within the bounds of the Box, without NaN."
            raise invalid(f"The action of {agent} must lie in its Box", choice, remedy)
        signal = self._carrier.signal(numbers[self._size :])
        mask = np.concatenate(legal) if isinstance(legal, tuple) else legal
        return self._actions(numbers[None, : self._size], None if mask is None else np.array([mask]))[0], signal

    def _read_valid(self, choices: np.ndarray, legal: np.ndarray | None) -> ActionsAndSignals | None:
        numbers = np.asarray(choices, dtype=self._low.dtype)
        if numbers.shape[1:] != self._low.shape or not ((numbers >= self._low) & (numbers <= self._high)).all():
            return None
        return self._actions(numbers[:, : self._size], legal), self._carrier.signal(numbers[:, self._size :])

    @abstractmethod
    def _kind(self) -> type[spaces.Box]:
        """The class of the space."""

    @abstractmethod
    def _what(self) -> str:
        """The name of the first numbers, for error messages."""

    @abstractmethod
    def _actions(self, numbers: np.ndarray, legal: np.ndarray | None) -> np.ndarray:
        """The action that the first numbers of each row encode."""


class LogitReader(BoxReader):
    """One logit in [-1, 1] per action, and the argmax over legal actions in each part of a ``MultiDiscrete``."""

    def __init__(self, own: spaces.Discrete | spaces.MultiDiscrete, carrier: Carrier, message: spaces.Box) -> None:
        ends = np.cumsum(_sizes(own)).tolist()
        super().__init__(spaces.Box(-1.0, 1.0, (ends[-1],), np.float32), carrier, message)
        self._own = own
        self._parts = [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]

    def _kind(self) -> type[spaces.Box]:
        return LogitsAndMessage

    def _what(self) -> str:
        return "logits"

    def _actions(self, numbers: np.ndarray, legal: np.ndarray | None) -> np.ndarray:
        if legal is not None:
            numbers = np.where(legal, numbers, -np.inf)
        best = np.stack([numbers[:, part].argmax(axis=1) for part in self._parts], axis=1) + self._own.start
        own: np.ndarray = best[:, 0] if isinstance(self._own, spaces.Discrete) else best
        return own.astype(self._own.dtype)


class NumberReader(BoxReader):
    """The numbers of an action in a flat ``Box``, unchanged."""

    def __init__(self, own: spaces.Box, carrier: Carrier, message: spaces.Box) -> None:
        super().__init__(own, carrier, message)
        self._dtype = own.dtype

    def _kind(self) -> type[spaces.Box]:
        return spaces.Box

    def _what(self) -> str:
        return "numbers"

    def _actions(self, numbers: np.ndarray, legal: np.ndarray | None) -> np.ndarray:
        return numbers.astype(self._dtype)


def action_reader(
    own: spaces.Space[Any], channel: Channel | None, names: Sequence[str] = (), agent: Any = "an agent"
) -> ActionReader:
    """The decoder of an agent's actions in ``own`` together with messages over ``channel``.

    Args:
        own: The action space without messages.
        channel: The channel between the agents; None for no messages.
        names: The names of the actions, for error messages.
        agent: The agent, for error messages.

    Raises:
        ValueError: If messages of this carrier are neither MultiDiscrete nor a flat Box, or cannot be combined with
            such actions.
    """
    if channel is None and isinstance(own, spaces.Discrete):
        return DiscreteReader(own, names)
    if not isinstance(channel, Channel):
        raise invalid("channel must be a Channel or None", channel, "Pass Channel(carrier, link, credit).")
    carrier = channel.carrier
    match carrier.space, own:
        case spaces.MultiDiscrete() as message, spaces.Discrete() | spaces.MultiDiscrete(shape=(_,)):
            return SymbolReader(own, names, carrier, message)
        case spaces.Box(shape=(_,)) as message, spaces.Discrete() | spaces.MultiDiscrete(shape=(_,)):
            return LogitReader(own, carrier, message)
        case spaces.Box(shape=(_,)) as message, spaces.Box(shape=(_,)) if own.dtype.kind == "f":
            return NumberReader(own, carrier, message)
        case spaces.MultiDiscrete(), spaces.Box():
            rule = f"Messages of symbols need Discrete or flat MultiDiscrete actions, and those of {agent} are not"
            floats = len(own.shape) == 1 and own.dtype.kind == "f"
            first = "Use" if floats else "Use a wrapper that makes it a flat Box of floats, and"
            raise invalid(rule, own, f"{first} a continuous carrier: Channel(Continuous(width)).")
        case spaces.MultiDiscrete() | spaces.Box(shape=(_,)), _:
            rule = f"Messages need Discrete, flat MultiDiscrete or flat Box actions, and those of {agent} are not"
            raise invalid(rule, own, "Use a wrapper that flattens them, or remove the channel.")
        case space, _:
            raise invalid("Messages must be MultiDiscrete or a flat Box", space, "Use another carrier.")


def _sizes(own: spaces.Discrete | spaces.MultiDiscrete) -> list[int]:
    return [int(own.n)] if isinstance(own, spaces.Discrete) else own.nvec.tolist()


def _are_integers(choices: np.ndarray, start: Any, sizes: Any) -> bool:
    """Whether all choices are integers from ``start`` on, below ``start`` plus the sizes."""
    if choices.dtype.kind not in "iu":
        return False
    return bool(((choices >= start) & (choices < np.add(start, sizes))).all())


def _action(agent: Any, choice: Any, own: spaces.Discrete, names: Sequence[str]) -> Any:
    try:
        action = operator.index(choice)
    except TypeError:
        remedy = f"Choose one of {_menu(own, names)}."
        raise invalid(f"The action of {agent} must be an integer", choice, remedy) from None
    if not own.start <= action < own.start + own.n:
        raise invalid(f"{agent} must choose among {own.n} actions", choice, f"Choose one of {_menu(own, names)}.")
    return own.dtype.type(action)


def _menu(own: spaces.Discrete, names: Sequence[str]) -> str:
    return ", ".join(f"{i} ({name})" for i, name in enumerate(names)) or str(own)
