"""Naming digits: each agent sees a handwritten digit and names it. There is no communication.

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

Each agent sees its own picture, one of scikit-learn's handwritten digits. For each episode its class is drawn
uniformly, then a picture of that class. The agent names a digit and receives a reward of 1 if it is correct, else 0,
and the episode terminates. The game is for studies of the modules of a single agent: agents can send messages, but no
agent receives any.

| option | meaning |
|---|---|
| ``pictures="train"`` | about 70% of the pictures; ``"held_out"``: the others |

Action a names the digit a. All actions are always legal.

Observation
-----------
| numbers | meaning |
|---|---|
| 64 | the picture, 8 x 8 gray values, row by row |
| + 1 + size, with a channel | zeros: no message is received |
| + k (these + 10 + size), with ``history=k`` | zeros: there is no earlier step |
| + N + 2, with ``history`` > 0 | identity and number of steps played, one-hot |

``size`` is the length of a decoded message. With ``mask_in_observation`` the observation is a dict with these
numbers under ``"observation"``, and ``"action_mask"``.

State
-----
| numbers | meaning |
|---|---|
| 10 N | each agent's digit (one-hot) |
| 1 | 1 after the agents have answered |

Version history
---------------
v0: first version.
"""

from typing import Any

from pettingzoo import AECEnv

from ...protocols.channels.channel import Channel
from ..adapters import GameEnv, Mask, to_aec
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
    mask: Mask = "full",
    seed: int | None = None,
) -> GameEnv:
    """Naming digits under PettingZoo's parallel API.

    Args:
        agents: Number of agents N >= 1.
        channel: Channel for messages, which no agent receives; None for no messages.
        history: Number of past steps contained in an observation. If positive, identity and time are added as well.
        mask_in_observation: Whether observations are dicts ``{"observation": ..., "action_mask": ...}``.
        render_mode: "ansi" (a string), "rgb_array" (a uint8 array) or "human" (prints the string).
        pictures: Split of the pictures, "train" or "held_out".
        illegal: Treatment of illegal actions. "replace" plays the first legal action, and "error" raises an error.
        mask: What action masks cover, see ``GameEnv``: "full", "action" or None.
        seed: Seed of the episodes before the first ``reset(seed=...)``. If None, it is drawn from the system's entropy.

    Raises:
        ValueError: If an argument is invalid.
    """
    return GameEnv(
        Digits(agents, 1, seed, pictures),
        channel,
        history,
        mask_in_observation,
        render_mode,
        illegal=illegal,
        mask=mask,
        name="digits_v0",
        drawings=DRAWINGS,
    )


def raw_env(**arguments: Any) -> AECEnv[str, Any, Any]:
    """Naming digits under PettingZoo's AEC API, without wrappers. The arguments are those of ``parallel_env``."""
    return to_aec(parallel_env(**arguments), checked=False)


def env(**arguments: Any) -> AECEnv[str, Any, Any]:
    """Naming digits under PettingZoo's AEC API. The arguments are those of ``parallel_env``."""
    return to_aec(parallel_env(**arguments))
