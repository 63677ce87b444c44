"""The referential game: a sender sees an object, and a receiver finds it among others, or names its attributes.

| | |
|---|---|
| Import | ``from interlect.envs import referential_v0`` |
| Registry | ``pettingzoo.make("parallel", "interlect/referential_v0")`` after ``import interlect.envs``; also "aec" |
| Parallel API | yes |
| Agents | 2: ``sender_0`` and ``receiver_0`` |
| Action space | ``Discrete(6)``; with a channel of 2 symbols out of 10 ``MultiDiscrete([6, 10, 10])`` |
| Observation space | ``Box(0, 1, (100,), float32)``; with that channel ``Box(0, 1, (100 + 21,), float32)`` |
| State space | ``Box(0, 1, (5 * 20 + 5 + 1,), float32)`` |
| Steps of an episode | 2; with ``task="reconstruct"`` 1 + K |

Spaces are those of the defaults: ``task="discriminate"``, C = 5 candidates of K = 2 attributes with 10 values each.

At step 1 the sender sees an object, drawn uniformly from the split. The receiver hears the sender's message at step 2.
This is the signaling game of Lewis (1969) with two tasks from the literature. In both, all agents receive a reward of 1
at the last step if the receiver is correct, else 0, and the episode terminates.

Discriminate (Lazaridou et al. 2017): at step 2 the receiver sees C candidates of different kinds in random order, the
object among them, and picks one.

Reconstruct (Chaabouni et al. 2020): at step 2 + k the receiver observes the index k of an attribute, counted from 0,
and names its value. All values must be correct. The receiver hears the sender at each of these steps. Because the
sender always sees the same object, a sender without memory repeats its message. With ``once``, the receiver hears only
the first message and has to remember it.

| option | meaning |
|---|---|
| ``task="discriminate"`` | or ``"reconstruct"`` |
| ``objects="attributes"`` | combinations of values; ``"digits"``: scikit-learn's pictures, discriminated by class |
| ``candidates=5`` | number of candidates C including the object |
| ``attributes=2`` | number of attributes K of an object |
| ``values=10`` | number of values of every attribute, or a tuple with one number per attribute |
| ``split="all"`` | or ``"train"`` or ``"held_out"``; for pictures about 70% and 30% |
| ``holdout="random"`` | which combinations are held out; or ``"compositional"`` or ``"values"``, see below |
| ``holdout_share=0.1`` | approximate fraction held out |
| ``split_seed=0`` | seed of the held-out combinations |
| ``partial=False`` | reconstruct: reward the fraction of attributes named correctly, at the end |
| ``once=False`` | reconstruct: the receiver hears only the first message |
| ``same_picture=False`` | digits: the receiver sees the sender's picture instead of another one of its class |
| ``shown=None`` | number of the episode, an array ``[1]``, repeated after every reset; None draws episodes |

With 10 x 10 values and a fraction of 0.1, "random" holds out 10 of the 100 combinations. "compositional" holds out 10
pairs, one for each value of the first attribute and one for each value of the second, so every value occurs in
training. "values" trains on the first 9 values of each attribute, 81 combinations; the 19 others have an unseen value.

Actions
-------
| action | name | legal |
|---|---|---|
| 0 | wait | for the sender always; for the receiver at step 1 |
| 1 + a | candidate a, or value a of the requested attribute | for the receiver from step 2 on |

``infos[agent]["action_mask"]`` (int8) marks the legal actions, and then every symbol of a message. An illegal action
is replaced by the first legal one, or raises an error with ``illegal="error"``. With a channel each agent chooses
``[action, message...]`` at every step; no agent hears the receiver. With a continuous channel the action space is one
``Box``: logits of the actions, then the message.

Observation
-----------
All observations have D = C S numbers (S in "reconstruct"), with S the sum of all values, or 64 for pictures.

| numbers | meaning |
|---|---|
| D, of the sender | S: the object, one-hot attribute by attribute, or its gray values; then zeros |
| D, of the receiver, discriminate | at step 1 zeros; then C times S: the candidates |
| D, of the receiver, reconstruct | at step 1 zeros; then K: the requested attribute (one-hot); then zeros |
| + 1 + size, with a channel | 1 if a message was received, then the message (else zeros) |
| + k (these + A + size), with ``history=k`` | for each of the last k steps, latest first: these, action, message |
| + 2 + T + 1, with ``history`` > 0 | identity, number of steps played |

``size`` is the length of a decoded message: the number of bits, L V for L symbols out of V, or the width; 0 without a
channel. A is the number of actions, T the number of steps. Actions, identity and steps are one-hot. With
``mask_in_observation`` the observation is a dict with these numbers under ``"observation"``, and ``"action_mask"``.

State
-----
| numbers | meaning |
|---|---|
| C times the sum of all values, discriminate | the candidates' attributes, or digits (one-hot) |
| C, discriminate | position of the object (one-hot) |
| the sum of all values, reconstruct | the object's attributes (one-hot) |
| K, reconstruct | which attributes were named correctly |
| 1 | fraction of steps played |

Version history
---------------
v0: first version.
"""

from typing import Any

import numpy as np
from jaxtyping import Integer
from pettingzoo import AECEnv

from ...protocols.channels.channel import Channel
from ..adapters import GameEnv, Mask, to_aec
from .drawing import DRAWINGS
from .rules import Referential

__all__ = ["env", "parallel_env", "raw_env"]


def parallel_env(
    agents: int = 2,
    channel: Channel | None = None,
    history: int = 0,
    mask_in_observation: bool = False,
    render_mode: str | None = None,
    *,
    task: str = "discriminate",
    objects: str = "attributes",
    candidates: int = 5,
    attributes: int = 2,
    values: int | tuple[int, ...] = 10,
    split: str = "all",
    holdout: str = "random",
    holdout_share: float = 0.1,
    split_seed: int = 0,
    partial: bool = False,
    once: bool = False,
    same_picture: bool = False,
    shown: Integer[np.ndarray, "1"] | None = None,
    illegal: str = "replace",
    mask: Mask = "full",
    seed: int | None = None,
) -> GameEnv:
    """The referential game under PettingZoo's parallel API.

    Args:
        agents: Number of agents N, which must be 2.
        channel: Channel of the messages; None for no communication.
        history: Number of past steps contained in an observation. If positive, identity and time are added as well.
        mask_in_observation: Whether observations are dicts ``{"observation": ..., "action_mask": ...}``.
        render_mode: "ansi" (a string), "rgb_array" (a uint8 array) or "human" (prints the string).
        task: "discriminate" or "reconstruct".
        objects: "attributes" or "digits".
        candidates: Number of candidates, including the object.
        attributes: Number of attributes of an object.
        values: Number of values of each attribute, or one number for all attributes.
        split: "all", "train" or "held_out".
        holdout: "random", "compositional" or "values".
        holdout_share: Approximate fraction held out.
        split_seed: Seed of the held-out combinations.
        partial: Whether to reward the fraction of attributes named correctly.
        once: Whether the receiver hears only the first message.
        same_picture: Whether the receiver sees the sender's picture.
        shown: Number of the episode that is repeated after every reset. If None, episodes are drawn.
        illegal: Treatment of illegal actions. "replace" plays the first legal action, and "error" raises an error.
        mask: What action masks cover, see ``GameEnv``: "full", "action" or None.
        seed: Seed of the episodes before the first ``reset(seed=...)``. If None, it is drawn from the system's entropy.

    Raises:
        ValueError: If an argument is invalid.
    """
    core = Referential(
        agents=agents,
        lanes=1,
        seed=seed,
        task=task,
        objects=objects,
        candidates=candidates,
        attributes=attributes,
        values=values,
        split=split,
        holdout=holdout,
        holdout_share=holdout_share,
        split_seed=split_seed,
        partial=partial,
        once=once,
        same_picture=same_picture,
        shown=shown,
    )
    return GameEnv(
        core,
        channel,
        history,
        mask_in_observation,
        render_mode,
        illegal=illegal,
        mask=mask,
        name="referential_v0",
        drawings=DRAWINGS,
    )


def raw_env(**arguments: Any) -> AECEnv[str, Any, Any]:
    """The referential game under PettingZoo's AEC API, without wrappers. Arguments are those of ``parallel_env``."""
    return to_aec(parallel_env(**arguments), checked=False)


def env(**arguments: Any) -> AECEnv[str, Any, Any]:
    """The referential game under PettingZoo's AEC API. The arguments are those of ``parallel_env``."""
    return to_aec(parallel_env(**arguments))
