"""Color-digit: two agents see colored digits, and one bit has to encode the most valuable part (Foerster et al. 2016).

| | |
|---|---|
| Import | ``from interlect.envs import color_digit_v0`` |
| Registry | ``pettingzoo.make("parallel", "interlect/color_digit_v0")`` after ``import interlect.envs``; also "aec" |
| Parallel API | yes |
| Agents | 2: ``viewer_0`` and ``viewer_1`` |
| Action space | ``Discrete(3)``; with a channel of one bit ``MultiDiscrete([3, 2])`` |
| Observation space | ``Box(0, 1, (2 * 64,), float32)``; with that channel ``Box(0, 1, (2 * 64 + 2,), float32)`` |
| State space | ``Box(0, 1, (2 * 10 + 2 * 2 + 1,), float32)`` |
| Steps of an episode | 2 |

Each agent sees its own picture, a handwritten digit in one of two colors, red or blue. For each episode its class is
drawn, then a picture of that class, and a color, all uniformly. At step 1 both agents exchange messages; each hears the
other one, not itself. At step 2 each chooses zero or one, and the episode terminates. Let c and d be the color and the
parity of an agent (blue and odd are 1), and c' and d' those of the other agent. If it chooses u, this adds

    2 (-1)^(u + c + d') + (-1)^(u + d + c')

to the reward, which both agents receive: -6 to 6. The other agent's parity counts twice as much as its color. One bit
is enough for the best choice and earns 4 on average; one bit about the color earns 2, and no communication earns 0.

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
| 0 | wait | at step 1 |
| 1 | zero | at step 2 |
| 2 | one | at step 2 |

``infos[agent]["action_mask"]`` (int8) marks the legal actions, and then every symbol of a message. An illegal action
is replaced by the first legal one, wait or the answer "zero", or raises an error with ``illegal="error"``. With a
channel each agent chooses ``[action, message...]`` at every step: a message sent at step t is received at step t + 1,
and a message sent with the answer is not received. With a continuous channel the action space is one ``Box``: logits
of the actions, then the message.

Observation
-----------
| numbers | meaning |
|---|---|
| 2 P | two planes, red and blue: the picture in the plane of its color, zeros in the other plane |
| + 1 + size, with a channel | 1 if a message was received, then the message (else zeros) |
| + k (these + 3 + size), with ``history=k`` | for each of the last k steps, latest first: these, action, message |
| + 2 + 3, with ``history`` > 0 | identity, number of steps played |

The picture is visible at every step. ``size`` is the length of a decoded message: the number of bits, L V for L symbols
out of V, or the width; 0 without a channel. Actions, identity and steps are one-hot. With ``mask_in_observation`` the
observation is a dict with these numbers under ``"observation"``, and ``"action_mask"``.

State
-----
| numbers | meaning |
|---|---|
| 20 | each agent's digit (one-hot) |
| 4 | each agent's color (one-hot) |
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
from .rules import ColorDigit

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
    """Color-digit under PettingZoo's parallel API.

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
        ColorDigit(agents, 1, seed, pictures, data),
        channel,
        history,
        mask_in_observation,
        render_mode,
        illegal=illegal,
        mask=mask,
        name="color_digit_v0",
        drawings=DRAWINGS,
    )


def raw_env(**arguments: Any) -> AECEnv[str, Any, Any]:
    """Color-digit under PettingZoo's AEC API, without wrappers. The arguments are those of ``parallel_env``."""
    return to_aec(parallel_env(**arguments), checked=False)


def env(**arguments: Any) -> AECEnv[str, Any, Any]:
    """Color-digit under PettingZoo's AEC API. The arguments are those of ``parallel_env``."""
    return to_aec(parallel_env(**arguments))
