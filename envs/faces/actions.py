"""What a PettingZoo agent does in one step: an action, and a message if there is a channel."""

import operator
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from jaxtyping import Float32

from ...protocols.carriers import Carrier
from ...protocols.channel import Channel
from ...protocols.errors import bad

Deed = tuple[int, Float32[np.ndarray, "..."]]
"""An action and the signal sent with it; the signal is empty where there is no channel."""

NO_SIGNAL = np.zeros(0, dtype=np.float32)


class ActionAndMessage(spaces.MultiDiscrete):
    """``MultiDiscrete([A] + [V] * L)``: an action, then a message. ``sample`` takes a mask over the A actions."""

    def sample(self, mask: Any = None, probability: Any = None) -> Any:
        """A random element whose action ``mask [A]`` allows; also what ``MultiDiscrete.sample`` takes."""
        if mask is not None and not isinstance(mask, tuple):
            free = [np.ones(n, dtype=np.int8) for n in self.nvec[1:]]
            mask = (np.asarray(mask, dtype=np.int8), *free)
        return super().sample(mask, probability)


class LogitsAndMessage(spaces.Box):
    """``Box(A + width)``: a logit an action, then a message. The largest *legal* logit acts: nothing is illegal."""

    def sample(self, mask: Any = None, probability: Any = None) -> Any:
        """A random element; every mask allows all of them."""
        return super().sample()


class Acts(ABC):
    """Reads what an agent chose from ``space()``."""

    @abstractmethod
    def space(self) -> spaces.Space[Any]:
        """A new space to choose from."""

    @abstractmethod
    def read(self, agent: str, choice: Any, legal: Sequence[bool]) -> Deed:
        """The action and the signal of one choice.

        Raises:
            ValueError: if ``choice`` is outside the space.
        """


class PlainActs(Acts):
    """Without a channel: ``Discrete(A)``."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def space(self) -> spaces.Discrete:
        return spaces.Discrete(len(self._names))

    def read(self, agent: str, choice: Any, legal: Sequence[bool]) -> Deed:
        return _action(agent, choice, self._names), NO_SIGNAL


class SymbolicActs(Acts):
    """With a carrier of symbols: ``MultiDiscrete([A] + [V] * L)``."""

    def __init__(self, names: Sequence[str], carrier: Carrier, alphabet: spaces.MultiDiscrete) -> None:
        self._names = names
        self._carrier = carrier
        self._sizes = [len(names), *alphabet.nvec.tolist()]
        self._shape = (len(self._sizes),)
        self._signals: dict[tuple[int, ...], np.ndarray] = {}

    def space(self) -> ActionAndMessage:
        return ActionAndMessage(self._sizes)

    def read(self, agent: str, choice: Any, legal: Sequence[bool]) -> Deed:
        numbers = np.asarray(choice)
        if numbers.shape != self._shape or numbers.dtype.kind not in "iu":
            rule = f"{agent} chooses {len(self._sizes)} integers, its action and then its message"
            raise bad(rule, choice, f"Choose from MultiDiscrete({self._sizes}).")
        action, *message = numbers.tolist()
        return _action(agent, action, self._names), self._signal(tuple(message))

    def _signal(self, message: tuple[int, ...]) -> np.ndarray:
        signal = self._signals.get(message)
        if signal is None:
            signal = self._carrier.signal(np.array(message))
            if len(self._signals) < 4096:
                self._signals[message] = signal
        return signal


class ContinuousActs(Acts):
    """With a continuous carrier: one ``Box``, A logits in [-1, 1] and then the message."""

    def __init__(self, names: Sequence[str], carrier: Carrier, message: spaces.Box) -> None:
        self._actions = len(names)
        self._carrier = carrier
        ones = np.ones(self._actions, dtype=np.float32)
        self._low = np.concatenate([-ones, message.low])
        self._high = np.concatenate([ones, message.high])

    def space(self) -> LogitsAndMessage:
        return LogitsAndMessage(self._low, self._high, dtype=np.float32)

    def read(self, agent: str, choice: Any, legal: Sequence[bool]) -> Deed:
        numbers = np.asarray(choice, dtype=np.float32)
        if numbers.shape != self._low.shape:
            rule = f"{agent} chooses {self._actions} logits and then a message, {len(self._low)} numbers in all"
            raise bad(rule, choice, f"Choose an array of shape {self._low.shape}.")
        if not ((numbers >= self._low) & (numbers <= self._high)).all():
            raise bad(f"What {agent} chooses must lie in its Box", choice, "Clip it, and look for NaN.")
        logits = np.where(legal, numbers[: self._actions], -np.inf)
        return int(logits.argmax()), self._carrier.signal(numbers[self._actions :])


def acts(names: Sequence[str], channel: Channel | None) -> Acts:
    """The reader for a game with these actions over that channel.

    Raises:
        ValueError: if messages of this carrier are neither MultiDiscrete nor a flat Box.
    """
    if channel is None:
        return PlainActs(names)
    if not isinstance(channel, Channel):
        raise bad("What carries messages is a Channel, or None", channel, "Give Channel(carrier, link, credit).")
    carrier = channel.carrier
    match carrier.space:
        case spaces.MultiDiscrete() as space:
            return SymbolicActs(names, carrier, space)
        case spaces.Box(shape=(_,)) as space:
            return ContinuousActs(names, carrier, space)
        case space:
            raise bad("Messages must be MultiDiscrete or a flat Box", space, "Use another carrier.")


def _action(agent: str, choice: Any, names: Sequence[str]) -> int:
    try:
        action = operator.index(choice)
    except TypeError:
        raise bad(f"The action of {agent} must be an integer", choice, f"Choose one of {_menu(names)}.") from None
    if not 0 <= action < len(names):
        raise bad(f"{agent} has {len(names)} actions", choice, f"Choose one of {_menu(names)}.")
    return action


def _menu(names: Sequence[str]) -> str:
    return ", ".join(f"{i} ({name})" for i, name in enumerate(names))
