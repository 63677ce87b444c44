"""The switch riddle: N prisoners find out, through one switch, when all of them have been in the room.

| | |
|---|---|
| Import | ``from interlect.envs import switch_riddle_v0`` |
| Registry | ``pettingzoo.make("parallel", "interlect/switch_riddle_v0")`` after ``import interlect.envs``; also "aec" |
| Parallel API | yes |
| Agents | N >= 2 (3 by default): ``prisoner_0`` to ``prisoner_{N-1}`` |
| Action space | ``Discrete(2)``; with a one-bit channel ``MultiDiscrete([2, 2])`` |
| Observation space | ``Box(0, 1, (1,), float32)``; with a one-bit channel ``Box(0, 1, (3,), float32)`` |
| State space | ``Box(0, 1, (2 N + 1,), float32)`` |
| Steps of an episode | T = 4 N - 6 |

Each day one agent, drawn uniformly, is in the room, where a switch shows the message that the room's previous occupant
left. The agent in the room may tell that all agents have been there. Then every agent receives +1 if that is true, the
telling agent included, else -1, and the episode terminates. If no agent tells within T days, the episode terminates
with reward 0; with ``deadline="truncates"`` it is truncated instead. Source: Foerster, Assael, de Freitas and Whiteson
2016, arXiv:1605.06676, section 6.1.

Actions
-------
| action | name | legal |
|---|---|---|
| 0 | none | always |
| 1 | tell | in the room |

``infos[agent]["action_mask"]`` (int8) marks the legal actions, and then every symbol of a message. An illegal action
is replaced by none, or raises an error with ``illegal="error"``. With a channel each agent chooses ``[action,
message...]`` on every day; only the message of the day's occupant is delivered, and only to the next day's occupant.
With a continuous channel the action space is one ``Box``: two logits, then the message.

Observation
-----------
| numbers | meaning |
|---|---|
| 1 | 1 in the room, 0 outside |
| + 1 + size, with a channel | 1 if a message was received, then the message (else zeros) |
| + k (these + 2 + size), with ``history=k`` | for each of the last k days, latest first: these, action, message |
| + N + T + 1, with ``history`` > 0 | identity, number of days played |

``size`` is the length of a decoded message: the number of bits, L V for L symbols out of V, or the width; 0 without a
channel. Actions, identity and days are one-hot. With ``mask_in_observation`` the observation is a dict with these
numbers under ``"observation"``, and ``"action_mask"``.

State
-----
| numbers | meaning |
|---|---|
| N | which agent is in the room |
| N | which agents have visited |
| 1 | fraction of the T days that have passed |

Version history
---------------
v0: first version.
"""

from typing import Any

from jaxtyping import Integer
from numpy import ndarray
from pettingzoo import AECEnv

from ...protocols.channels.channel import Channel
from ..adapters import GameEnv, Mask, to_aec
from .drawing import DRAWINGS
from .rules import SwitchRiddle

__all__ = ["env", "parallel_env", "raw_env"]


def parallel_env(
    agents: int = 3,
    channel: Channel | None = None,
    history: int = 0,
    mask_in_observation: bool = False,
    render_mode: str | None = None,
    *,
    illegal: str = "replace",
    mask: Mask = "full",
    seed: int | None = None,
    visits: Integer[ndarray, "1 T"] | None = None,
    deadline: str = "terminates",
) -> GameEnv:
    """The riddle under PettingZoo's parallel API.

    Args:
        agents: Number of agents N >= 2.
        channel: The switch, such as ``Channel()`` for one bit; None for no switch.
        history: Number of past days contained in an observation. If positive, identity and time are added as well.
        mask_in_observation: Whether observations are dicts ``{"observation": ..., "action_mask": ...}``.
        render_mode: "ansi" (a string), "rgb_array" (a uint8 array) or "human" (prints the string).
        illegal: Treatment of illegal actions. "replace" plays none, and "error" raises an error.
        mask: What action masks cover, see ``GameEnv``: "full", "action" or None.
        seed: Seed of the visits before the first ``reset(seed=...)``. If None, it is drawn from the system's entropy.
        visits: The visitor of each day, the same in every episode. If None, visitors are drawn.
        deadline: Whether an episode "terminates" after T days, or "truncates".

    Raises:
        ValueError: If an argument is invalid.
    """
    return GameEnv(
        SwitchRiddle(agents, lanes=1, seed=seed, visits=visits, deadline=deadline),
        channel,
        history,
        mask_in_observation,
        render_mode,
        illegal=illegal,
        mask=mask,
        name="switch_riddle_v0",
        drawings=DRAWINGS,
    )


def raw_env(**arguments: Any) -> AECEnv[str, Any, Any]:
    """The riddle under PettingZoo's AEC API, without wrappers. The arguments are those of ``parallel_env``."""
    return to_aec(parallel_env(**arguments), checked=False)


def env(**arguments: Any) -> AECEnv[str, Any, Any]:
    """The riddle under PettingZoo's AEC API. The arguments are those of ``parallel_env``."""
    return to_aec(parallel_env(**arguments))
