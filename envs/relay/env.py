"""The relay: a message passes along a chain of agents, and the last one names a function of all their pictures.

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

Each agent sees its own picture at every step, one of scikit-learn's handwritten digits. For each episode its class is
drawn uniformly, then a picture of that class. A chain of K agents is drawn as well. After step t, counted from 0, the
agent at place t + 1 of the chain hears the agent at place t, and no other agent hears anything. At step K - 1 the last
agent names an answer. Every agent receives a reward of 1 if it is correct, else 0, and the episode terminates. Agents
observe neither the chain nor the identity of the sender.

| option | meaning |
|---|---|
| ``task="count"`` | the number of odd digits in the chain: 0 to ``longest`` |
| ``task="spell"`` | the last three parities as a binary number, 0 to 7: odd is 1, the last agent has the lowest bit |
| ``pictures="train"`` | about 70% of the pictures; ``"held_out"``: the others |
| ``chains="private"`` | the one chain 0 to N - 1 |
| ``chains="public"`` | 2 to N different agents, or all agents with one of them twice; lengths are equally likely |
| ``chains=array`` | equally likely rows padded with -1: two or more places, no agent in two adjacent ones |
| ``longest=N + 1`` | maximum number of places of a chain, which fixes the answers of "count" |

An agent with two places counts twice.

Actions
-------
| action | name | legal |
|---|---|---|
| 0 | wait | except for the last agent at the last step |
| 1 + a | the answer a | for the last agent at the last step |

``infos[agent]["action_mask"]`` (int8) marks the legal actions, and then every symbol of a message. An illegal action
is replaced by the first legal one, wait or the answer 0, or raises an error with ``illegal="error"``. With a channel
each agent chooses ``[action, message...]`` at every step. With a continuous channel the action space is one ``Box``:
logits of the actions, then the message.

Observation
-----------
| numbers | meaning |
|---|---|
| 64 | the picture, 8 x 8 gray values, row by row |
| + 1 + size, with a channel | 1 if a message was received, then the message (else zeros) |
| + k (these + A + size), with ``history=k`` | for each of the last k steps, latest first: these, action, message |
| + N + T + 1, with ``history`` > 0 | identity, number of steps played |

``size`` is the length of a decoded message: the number of bits, L V for L symbols out of V, or the width; 0 without a
channel. A is the number of actions. Actions, identity and steps are one-hot. With ``mask_in_observation`` the
observation is a dict with these numbers under ``"observation"``, and ``"action_mask"``.

State
-----
| numbers | meaning |
|---|---|
| 10 N | each agent's digit (one-hot) |
| T N | the agent at each place (one-hot; zeros beyond the end of the chain) |
| 1 | fraction of the chain's K places that the message has passed |

Version history
---------------
v0: first version.
"""

from typing import Any

from pettingzoo import AECEnv

from ...protocols.channels.channel import Channel
from ..adapters import GameEnv, Mask, to_aec
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
    mask: Mask = "full",
    seed: int | None = None,
) -> GameEnv:
    """The relay under PettingZoo's parallel API.

    Args:
        agents: Number of agents N >= 2.
        channel: Channel of the messages; None for no communication.
        history: Number of past steps contained in an observation. If positive, identity and time are added as well.
        mask_in_observation: Whether observations are dicts ``{"observation": ..., "action_mask": ...}``.
        render_mode: "ansi" (a string), "rgb_array" (a uint8 array) or "human" (prints the string).
        task: "count" or "spell".
        pictures: Split of the pictures, "train" or "held_out".
        chains: "private", "public", or an array ``[C, L]`` of agents padded with -1.
        longest: Maximum number of places of a chain; N + 1 if None.
        illegal: Treatment of illegal actions. "replace" plays the first legal action, and "error" raises an error.
        mask: What action masks cover, see ``GameEnv``: "full", "action" or None.
        seed: Seed of the episodes before the first ``reset(seed=...)``. If None, it is drawn from the system's entropy.

    Raises:
        ValueError: If an argument is invalid.
    """
    return GameEnv(
        Relay(agents, 1, seed, task, pictures, chains, longest),
        channel,
        history,
        mask_in_observation,
        render_mode,
        illegal=illegal,
        mask=mask,
        name="relay_v0",
        drawings=DRAWINGS,
    )


def raw_env(**arguments: Any) -> AECEnv[str, Any, Any]:
    """The relay under PettingZoo's AEC API, without wrappers. The arguments are those of ``parallel_env``."""
    return to_aec(parallel_env(**arguments), checked=False)


def env(**arguments: Any) -> AECEnv[str, Any, Any]:
    """The relay under PettingZoo's AEC API. The arguments are those of ``parallel_env``."""
    return to_aec(parallel_env(**arguments))
