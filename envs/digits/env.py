"""Naming digits: each agent sees a handwritten digit and names it. Nobody hears anybody.

| | |
|---|---|
| Import | ``from interlect.envs import digits_v0`` |
| Registry | ``pettingzoo.make("parallel", "interlect/digits_v0")`` after ``import interlect.envs``; also "aec" |
| Parallel API | yes |
| Agents | N >= 1 (1 by default): ``reader_0`` to ``reader_{N-1}`` |
| Action space | ``Discrete(10)``; with a channel of 16 symbols ``MultiDiscrete([10, 16])`` |
| Observation space | ``Box(0, 1, (64,), float32)``; with that channel ``Box(0, 1, (64 + 17,), float32)`` |
| State space | ``Box(0, 1, (10 * N + 1,), float32)`` |
| Steps of an episode | 1 |

Every agent sees a picture of its own: one of scikit-learn's handwritten digits, drawn anew for each episode, first its
class and then a picture of that class, both uniformly. It names a digit, gets 1 if that is right and 0 if not, and the
episode terminates. It is a game to study what is inside one agent: messages can be sent, and nobody ever hears one.

| option | what |
|---|---|
| ``pictures="train"`` | about 70% of the pictures; ``"held_out"`` the others |

Action a names the digit a; all are always legal.

Observation
-----------
| numbers | what |
|---|---|
| 64 | the picture, 8 x 8 gray values, row by row |
| + 1 + size, with a channel | zeros: nothing is heard |
| + k (these + 10 + size), with ``history=k`` | zeros: there is no step before |
| + N + 2, with ``history`` > 0 | identity, steps played |

``size`` is the length of a decoded message. With ``mask_in_observation`` all this is under ``"observation"``, beside
``"action_mask"``.

State
-----
| numbers | what |
|---|---|
| 10 N | each agent's digit (one-hot) |
| 1 | 1 once they were named |

Version history
---------------
v0: the first.
"""

from typing import Any

from pettingzoo import AECEnv

from ...protocols.channels.channel import Channel
from ..adapters import GameEnv, to_aec
from .drawing import DRAWINGS
from .rules import Digits

__all__ = ["env", "parallel_env", "raw_env"]


def parallel_env(
    agents: int = 1,
    channel: Channel | None = None,
    history: int = 0,
    mask_in_observation: bool = False,
    render_mode: str | None = None,
    *,
    pictures: str = "train",
    illegal: str = "replace",
    seed: int | None = None,
) -> GameEnv:
    """Naming digits under PettingZoo's parallel API.

    Args:
        agents: N >= 1.
        channel: takes messages, which nobody hears; None leaves them out.
        history: how many past steps are part of an observation, together with identity and time.
        mask_in_observation: make observations ``{"observation": ..., "action_mask": ...}``.
        render_mode: "ansi" (a string), "rgb_array" (uint8) or "human" (prints the string).
        pictures: "train" or "held_out".
        illegal: what becomes of an action that is none: "replace" makes it the first legal one, "error" raises.
        seed: of the episodes before the first ``reset(seed=...)``; None takes the system's entropy.

    Raises:
        ValueError: for arguments that cannot be.
    """
    return GameEnv(
        Digits(agents, 1, seed, pictures),
        channel,
        history,
        mask_in_observation,
        render_mode,
        illegal=illegal,
        name="digits_v0",
        drawings=DRAWINGS,
    )


def raw_env(**arguments: Any) -> AECEnv[str, Any, Any]:
    """Naming digits under PettingZoo's AEC API, without wrappers; arguments as for ``parallel_env``."""
    return to_aec(parallel_env(**arguments), checked=False)


def env(**arguments: Any) -> AECEnv[str, Any, Any]:
    """Naming digits under PettingZoo's AEC API; arguments as for ``parallel_env``."""
    return to_aec(parallel_env(**arguments))
