"""The relay: a message goes from hand to hand, and the last hand must name a function of all pictures on the way.

| | |
|---|---|
| Import | ``from interlect.envs import relay_v0`` |
| Registry | ``pettingzoo.make("parallel", "interlect/relay_v0")`` after ``import interlect.envs``; also "aec" |
| Parallel API | yes |
| Agents | N >= 2 (4 by default): ``runner_0`` to ``runner_{N-1}`` |
| Action space | ``Discrete(N + 3)``; with a channel of 16 symbols ``MultiDiscrete([N + 3, 16])`` |
| Observation space | ``Box(0, 1, (64,), float32)``; with that channel ``Box(0, 1, (64 + 17,), float32)`` |
| State space | ``Box(0, 1, (10 * N + N * N + 1,), float32)`` |
| Steps of an episode | K, the places of its chain; at most T = N |

Spaces are those of the defaults: ``task="count"``, ``chains="private"``.

Every agent sees a picture of its own all the time: one of scikit-learn's handwritten digits, drawn anew for each
episode, first its class and then a picture of that class, both uniformly. A chain of K agents is drawn as well. After
step t the agent at place t + 1 of the chain hears the one at place t, and nobody else hears anything. At step K - 1 the
last agent names an answer. If it is right every agent gets 1, else 0, and the episode terminates. Nobody is told the
chain, nor who spoke.

| option | what |
|---|---|
| ``task="count"`` | how many digits in the chain are odd: 0 to ``longest`` |
| ``task="spell"`` | the last three parities as a binary number, 0 to 7: odd is 1, the last agent's the lowest bit |
| ``pictures="train"`` | about 70% of the pictures; ``"held_out"`` the others |
| ``chains="private"`` | the one chain 0 to N - 1 |
| ``chains="public"`` | 2 to N different agents, or all and then one of them again; each length is equally likely |
| ``chains=array`` | one of these rows, equally likely, padded with -1: two places or more, no agent twice in a row |
| ``longest=N + 1`` | the most places of a chain, in use or not: it fixes the answers of "count" |

An agent with two places counts twice.

Actions
-------
| action | name | legal |
|---|---|---|
| 0 | wait | always, but not for the last agent at the last step |
| 1 + a | the answer a | for the last agent at the last step |

``infos[agent]["action_mask"]`` (int8) says what is legal; every message is always legal. An illegal action counts as
the first legal one, wait or the answer 0, or raises with ``illegal="error"``. With a channel each agent chooses
``[action, message...]`` at every step. A continuous channel has one ``Box``: logits, then the message.

Observation
-----------
| numbers | what |
|---|---|
| 64 | the picture, 8 x 8 gray values, row by row |
| + 1 + size, with a channel | 1 if something was heard, then what was heard (else zeros); not from whom |
| + k (these + A + size), with ``history=k`` | for each of the last k steps, latest first: these, action, message |
| + N + T + 1, with ``history`` > 0 | identity, steps played |

``size`` is the length of a decoded message: bits, L V for L symbols out of V, or the width; 0 without a channel. A is
the number of actions. Actions, identity and steps are one-hot. With ``mask_in_observation`` all this is under
``"observation"``, beside ``"action_mask"``.

State
-----
| numbers | what |
|---|---|
| 10 N | each agent's digit (one-hot) |
| T N | who has each place (one-hot; zeros where the chain is shorter) |
| 1 | the share of the chain's K places that the message has passed |

Version history
---------------
v0: the first.
"""

from typing import Any

from pettingzoo import AECEnv

from ...protocols.channels.channel import Channel
from ..adapters import GameEnv, to_aec
from .chains import Choice
from .drawing import DRAWINGS
from .rules import Relay

__all__ = ["env", "parallel_env", "raw_env"]


def parallel_env(
    agents: int = 4,
    channel: Channel | None = None,
    history: int = 0,
    mask_in_observation: bool = False,
    render_mode: str | None = None,
    *,
    task: str = "count",
    pictures: str = "train",
    chains: Choice = "private",
    longest: int | None = None,
    illegal: str = "replace",
    seed: int | None = None,
) -> GameEnv:
    """The relay under PettingZoo's parallel API.

    Args:
        agents: N >= 2.
        channel: carries the message from hand to hand; None leaves everybody alone.
        history: how many past steps are part of an observation, together with identity and time.
        mask_in_observation: make observations ``{"observation": ..., "action_mask": ...}``.
        render_mode: "ansi" (a string), "rgb_array" (uint8) or "human" (prints the string).
        task: "count" or "spell".
        pictures: "train" or "held_out".
        chains: "private", "public", or an array ``[C, L]`` of agents padded with -1.
        longest: the most places of a chain; N + 1 if None.
        illegal: what becomes of a masked action: "replace" makes it the first legal one, "error" raises.
        seed: of the episodes before the first ``reset(seed=...)``; None takes the system's entropy.

    Raises:
        ValueError: for arguments that cannot be.
    """
    return GameEnv(
        Relay(agents, 1, seed, task, pictures, chains, longest),
        channel,
        history,
        mask_in_observation,
        render_mode,
        illegal=illegal,
        name="relay_v0",
        drawings=DRAWINGS,
    )


def raw_env(**arguments: Any) -> AECEnv[str, Any, Any]:
    """The relay under PettingZoo's AEC API, without wrappers; arguments as for ``parallel_env``."""
    return to_aec(parallel_env(**arguments), checked=False)


def env(**arguments: Any) -> AECEnv[str, Any, Any]:
    """The relay under PettingZoo's AEC API; arguments as for ``parallel_env``."""
    return to_aec(parallel_env(**arguments))
