"""Multi-step digits: two agents send each other, bit by bit, the digit they see (Foerster et al. 2016).

| | |
|---|---|
| Import | ``from interlect.envs import multistep_digit_v0`` |
| Registry | ``pettingzoo.make("parallel", "interlect/multistep_digit_v0")`` after ``import interlect.envs``; or "aec" |
| Parallel API | yes |
| Agents | 2: ``guesser_0`` and ``guesser_1`` |
| Action space | ``Discrete(11)``; with a channel of one bit ``MultiDiscrete([11, 2])`` |
| Observation space | ``Box(0, 1, (64,), float32)``; with that channel ``Box(0, 1, (64 + 2,), float32)`` |
| State space | ``Box(0, 1, (2 * 10 + 1,), float32)`` |
| Steps of an episode | 5 |

Each agent sees its own picture, a handwritten digit. For each episode its class is drawn, then a picture of that class,
both uniformly. At steps 1 to 4 both agents exchange messages; each hears the other one, not itself. At step 5 each
names a digit, and the episode terminates. Each correct guess of the other agent's digit adds 0.5 to the reward, which
both agents receive: at most 1. With k bits each way the optimum is .1, .2, .4, .8 and 1, for k = 0 to 4.

| option | meaning |
|---|---|
| ``pictures="train"`` | the training pictures; ``"held_out"``: the others |
| ``data="digits"`` | scikit-learn's digits, about 70% for training; ``"mnist"``: MNIST, 60,000 of 70,000 |

Spaces are those of scikit-learn's digits, P = 64 numbers per picture (8 x 8 gray values, row by row). MNIST has
P = 784, 28 x 28; it is downloaded from OpenML at its first use and cached by scikit-learn.

Actions
-------
| action | name | legal |
|---|---|---|
| 0 | wait | at steps 1 to 4 |
| 1 + d | the digit d | at step 5 |

``infos[agent]["action_mask"]`` (int8) marks the legal actions, and then every symbol of a message. An illegal action
is replaced by the first legal one, wait or the answer "0", or raises an error with ``illegal="error"``. With a channel
each agent chooses ``[action, message...]`` at every step: a message sent at step t is received at step t + 1, and a
message sent with the answer is not received. With a continuous channel the action space is one ``Box``: logits of the
actions, then the message.

Observation
-----------
| numbers | meaning |
|---|---|
| P | the picture |
| + 1 + size, with a channel | 1 if a message was received, then the message (else zeros) |
| + k (these + 11 + size), with ``history=k`` | for each of the last k steps, latest first: these, action, message |
| + 2 + 6, with ``history`` > 0 | identity, number of steps played |

The picture is visible at every step. ``size`` is the length of a decoded message: the number of bits, L V for L symbols
out of V, or the width; 0 without a channel. Actions, identity and steps are one-hot. With ``mask_in_observation`` the
observation is a dict with these numbers under ``"observation"``, and ``"action_mask"``.

State
-----
| numbers | meaning |
|---|---|
| 20 | each agent's digit (one-hot) |
| 1 | fraction of steps played |

Version history
---------------
v0: first version.
"""

from typing import Any

from pettingzoo import AECEnv

from ...protocols.channels.channel import Channel
from ..adapters import GameEnv, Mask, to_aec
from .drawing import DRAWINGS
from .rules import MultistepDigit

__all__ = ["env", "parallel_env", "raw_env"]


def parallel_env(
    agents: int = 2,
    channel: Channel | None = None,
    history: int = 0,
    mask_in_observation: bool = False,
    render_mode: str | None = None,
    *,
    pictures: str = "train",
    data: str = "digits",
    illegal: str = "replace",
    mask: Mask = "full",
    seed: int | None = None,
) -> GameEnv:
    """Multi-step digits under PettingZoo's parallel API.

    Args:
        agents: Number of agents, which must be 2.
        channel: Channel of the messages; None for no communication.
        history: Number of past steps contained in an observation. If positive, identity and time are added as well.
        mask_in_observation: Whether observations are dicts ``{"observation": ..., "action_mask": ...}``.
        render_mode: "ansi" (a string), "rgb_array" (a uint8 array) or "human" (prints the string).
        pictures: Split of the pictures, "train" or "held_out".
        data: Data set, "digits" or "mnist".
        illegal: Treatment of illegal actions. "replace" plays the first legal action, and "error" raises an error.
        mask: What action masks cover, see ``GameEnv``: "full", "action" or None.
        seed: Seed of the episodes before the first ``reset(seed=...)``. If None, it is drawn from the system's entropy.

    Raises:
        ValueError: If an argument is invalid.
    """
    return GameEnv(
        MultistepDigit(agents, 1, seed, pictures, data),
        channel,
        history,
        mask_in_observation,
        render_mode,
        illegal=illegal,
        mask=mask,
        name="multistep_digit_v0",
        drawings=DRAWINGS,
    )


def raw_env(**arguments: Any) -> AECEnv[str, Any, Any]:
    """Multi-step digits under PettingZoo's AEC API, without wrappers. The arguments are those of ``parallel_env``."""
    return to_aec(parallel_env(**arguments), checked=False)


def env(**arguments: Any) -> AECEnv[str, Any, Any]:
    """Multi-step digits under PettingZoo's AEC API. The arguments are those of ``parallel_env``."""
    return to_aec(parallel_env(**arguments))
