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
| Steps of an episode | 2; with ``task="rebuild"`` 1 + K |

Spaces are those of the defaults: ``task="discriminate"``, C = 5 candidates of K = 2 attributes with 10 values each.

At step 1 the sender sees an object, drawn uniformly from those of the split. What it says is heard at step 2. It is the
signaling game of Lewis (1969) with the two tasks of the literature. In both everybody gets 1 if the receiver is right,
else 0, at the last step, and the episode terminates.

Discriminate (Lazaridou et al. 2017): at step 2 the receiver sees C candidates, the object among them, no two of one
kind, in an order that is drawn. It picks one.

Rebuild (Chaabouni et al. 2020): at step 2 + k the receiver is asked for attribute k, counted from 0, and names its
value. All must be right. The sender is heard at each of these steps; as it sees the same at all of them, one without
memory repeats itself. With ``once`` only the first message is heard, and the receiver has to remember it.

| option | what |
|---|---|
| ``task="discriminate"`` | or ``"rebuild"`` |
| ``objects="attributes"`` | combinations of values; ``"digits"`` scikit-learn's pictures, to tell apart by class |
| ``candidates=5`` | C, the object among them |
| ``attributes=2`` | K, how many an object has |
| ``values=10`` | how many each attribute has: a number, or a tuple with one for each |
| ``split="all"`` | or ``"train"`` or ``"held_out"``; of pictures about 70% and 30% |
| ``holdout="random"`` | which combinations are held out: any; ``"compositional"`` or ``"values"``, see below |
| ``holdout_share=0.1`` | about how much is held out |
| ``split_seed=0`` | of what is held out |
| ``partial=False`` | rebuild: pay the share of attributes that were right, at the end |
| ``once=False`` | rebuild: only the first message is heard |
| ``same_picture=False`` | digits: the receiver sees the sender's very picture, not another one of its class |
| ``shown=None`` | the number of the episode, an array ``[1]``, the same each time; None draws it |

What is held out, with 10 x 10 values and a share of 0.1: "random" holds out 10 of 100 combinations. "compositional"
holds out 10, one with each value of the first attribute and one with each of the second: every value is trained on, and
these pairs never are. "values" trains on the first 9 values of each attribute, 81 combinations; the 19 others have an
unseen value.

Actions
-------
| action | name | legal |
|---|---|---|
| 0 | wait | for the sender always; for the receiver at step 1 |
| 1 + a | candidate a, or the value a of the attribute that is asked for | for the receiver from step 2 on |

``infos[agent]["action_mask"]`` (int8) says what is legal; every message is always legal. An illegal action counts as
the first legal one, or raises with ``illegal="error"``. With a channel each agent chooses ``[action, message...]`` at
every step; nobody hears the receiver. A continuous channel has one ``Box``: logits, then the message.

Observation
-----------
All observations have D = C S numbers (S in "rebuild"), with S the sum of all values, or 64 for pictures.

| numbers | what |
|---|---|
| D, of the sender | S: the object, one-hot attribute by attribute, or its gray values; then zeros |
| D, of the receiver, discriminate | at step 1 zeros; then C times S: the candidates |
| D, of the receiver, rebuild | at step 1 zeros; then K: which attribute is asked for (one-hot); then zeros |
| + 1 + size, with a channel | 1 if the sender was heard, then what it said (else zeros) |
| + k (these + A + size), with ``history=k`` | for each of the last k steps, latest first: these, action, message |
| + 2 + T + 1, with ``history`` > 0 | identity, steps played |

``size`` is the length of a decoded message: bits, L V for L symbols out of V, or the width; 0 without a channel. A is
the number of actions, T that of steps. Actions, identity and steps are one-hot. With ``mask_in_observation`` all this
is under ``"observation"``, beside ``"action_mask"``.

State
-----
| numbers | what |
|---|---|
| C times the sum of all values, discriminate | the candidates' attributes, or digits (one-hot) |
| C, discriminate | which one is the object (one-hot) |
| the sum of all values, rebuild | the object's attributes (one-hot) |
| K, rebuild | which attributes were named right |
| 1 | the share of the steps that are over |

Version history
---------------
v0: the first.
"""

from typing import Any

import numpy as np
from jaxtyping import Integer
from pettingzoo import AECEnv

from ...protocols.channels.channel import Channel
from ..adapters import GameEnv, to_aec
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
    seed: int | None = None,
) -> GameEnv:
    """The referential game under PettingZoo's parallel API.

    Args:
        agents: N = 2.
        channel: carries what the sender says; None leaves both alone.
        history: how many past steps are part of an observation, together with identity and time.
        mask_in_observation: make observations ``{"observation": ..., "action_mask": ...}``.
        render_mode: "ansi" (a string), "rgb_array" (uint8) or "human" (prints the string).
        task: "discriminate" or "rebuild".
        objects: "attributes" or "digits".
        candidates: how many, the object among them.
        attributes: how many an object has.
        values: how many each attribute has; one number for all, or one each.
        split: "all", "train" or "held_out".
        holdout: "random", "compositional" or "values".
        holdout_share: about how much is held out.
        split_seed: of what is held out.
        partial: pay the share of attributes that were named right.
        once: let the receiver hear the first message alone.
        same_picture: let the receiver see the sender's very picture.
        shown: the number of the episode, the same each time.
        illegal: what becomes of a masked action: "replace" makes it the first legal one, "error" raises.
        seed: of the episodes before the first ``reset(seed=...)``; None takes the system's entropy.

    Raises:
        ValueError: for arguments that cannot be.
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
        name="referential_v0",
        drawings=DRAWINGS,
    )


def raw_env(**arguments: Any) -> AECEnv[str, Any, Any]:
    """The referential game under PettingZoo's AEC API, without wrappers; arguments as for ``parallel_env``."""
    return to_aec(parallel_env(**arguments), checked=False)


def env(**arguments: Any) -> AECEnv[str, Any, Any]:
    """The referential game under PettingZoo's AEC API; arguments as for ``parallel_env``."""
    return to_aec(parallel_env(**arguments))
