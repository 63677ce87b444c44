"""Forgery: painters send pictures, and critics judge whether a picture is genuine.

| | |
|---|---|
| Import | ``from interlect.envs import forgery_v0`` |
| Registry | ``pettingzoo.make("parallel", "interlect/forgery_v0")`` after ``import interlect.envs``; also "aec" |
| Parallel API | yes |
| Agents | 2 P (2 by default): ``painter_0`` to ``painter_{P-1}``, ``critic_0`` to ``critic_{P-1}`` |
| Action space | ``Discrete(3)``; with a channel for pictures of two numbers ``Box(-1, 1, (3 + 2,), float32)`` |
| Observation space | ``Box(-1, 1, (4,), float32)``; with that channel ``Box(-1, 1, (4 + 3,), float32)`` |
| State space | ``Box(0, 1, (K + P (noise + D + 1) + 1,), float32)`` |
| Steps of an episode | 2 |

The generator and the discriminator of an adversarial network (Goodfellow et al. 2014) as agents. A picture is a message
of D numbers in [-1, 1], so pass ``channel=Channel(Continuous(D))``, with D = 2 for points in the plane and 64 for
digits. At step 1, each painter observes random numbers and sends a picture. At step 2, a fair coin decides for each
critic whether it observes a genuine picture, or hears the picture of its painter, and it judges the picture.

A critic receives 1 if it is right and -1 if it is wrong, and the painter that it meets receives the negative of that.
So the game is zero-sum. The best critic earns the total variation distance between the distributions of genuine and
painted pictures. At the equilibrium these are equal, and all agents earn 0.

| option | meaning |
|---|---|
| ``data="ring"`` | genuine pictures: 8 components on a circle; or ``"grid"``, ``"digits"``, ``"shapes"``, a path |
| ``pictures="train"`` | about 70% of the digits; ``"held_out"``: the others |
| ``noise=2`` | number of random numbers that a painter observes, uniform in [-1, 1) |
| ``condition="none"`` | ``"kind"``: all agents observe the kind of the picture; ``"caption"``: its caption, one-hot |
| ``pairing=None`` | the painter that each critic meets, such as ``(1, 0)``; None for painter i and critic i |

Actions
-------
| action | name | legal |
|---|---|---|
| 0 | wait | for painters always; for critics at step 1 |
| 1 | fake | for critics at step 2 |
| 2 | real | for critics at step 2 |

``infos[agent]["action_mask"]`` (int8) marks the legal actions. An illegal action is replaced by the first legal one, or
raises an error with ``illegal="error"``. With a continuous channel the action space is one ``Box``: logits of the
actions, then the picture.

Observation
-----------
| numbers | meaning |
|---|---|
| C | the condition, the same for all agents: the kind (one-hot); C = 0 with ``condition="none"`` |
| noise | of painters: the random numbers; of critics: zeros |
| D | of critics at step 2: the genuine picture, or zeros if it hears its painter; else zeros |
| + 1 + D, with a channel | 1 if a picture was received, then the picture (else zeros) |
| + k (these + 3 + D), with ``history=k`` | for each of the last k steps, latest first: these, action, message |
| + 2 P + 3, with ``history`` > 0 | identity and number of steps played, one-hot |

With ``mask_in_observation`` the observation is a dict with these numbers under ``"observation"``, and
``"action_mask"``.

State
-----
| numbers | meaning |
|---|---|
| K | the kind of the genuine pictures (one-hot) |
| P noise | the random numbers of each painter, scaled to [0, 1] |
| P D | the genuine picture of each critic, scaled to [0, 1] |
| P | 1 for each critic that observes it |
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
from .rules import Forgery

__all__ = ["env", "parallel_env", "raw_env"]


def parallel_env(
    agents: int = 2,
    channel: Channel | None = None,
    history: int = 0,
    mask_in_observation: bool = False,
    render_mode: str | None = None,
    *,
    data: str = "ring",
    pictures: str = "train",
    noise: int = 2,
    condition: str = "none",
    pairing: tuple[int, ...] | None = None,
    illegal: str = "replace",
    mask: Mask = "full",
    seed: int | None = None,
) -> GameEnv:
    """Forgery under PettingZoo's parallel API.

    Args:
        agents: Number of agents, 2 P: the painters, then the critics.
        channel: Channel of the pictures, such as ``Channel(Continuous(2))``; None for no pictures.
        history: Number of past steps contained in an observation. If positive, identity and time are added as well.
        mask_in_observation: Whether observations are dicts ``{"observation": ..., "action_mask": ...}``.
        render_mode: "ansi" (a string), "rgb_array" (a uint8 array) or "human" (prints the string).
        data: Genuine pictures: "ring", "grid", "digits", "shapes", or the path of a file that ends with ".npz".
        pictures: Split of the pictures, "train" or "held_out".
        noise: Number of random numbers that a painter observes.
        condition: What agents observe of the kind of the picture: "none", "kind" or "caption".
        pairing: The painter that each critic meets, a permutation of 0 to P - 1.
        illegal: Treatment of illegal actions. "replace" plays the first legal action, and "error" raises an error.
        mask: What action masks cover, see ``GameEnv``: "full", "action" or None.
        seed: Seed of the episodes before the first ``reset(seed=...)``. If None, it is drawn from the system's entropy.

    Raises:
        ValueError: If an argument is invalid.
    """
    return GameEnv(
        Forgery(agents, 1, seed, data, pictures, noise, condition, pairing),
        channel,
        history,
        mask_in_observation,
        render_mode,
        illegal=illegal,
        mask=mask,
        name="forgery_v0",
        drawings=DRAWINGS,
    )


def raw_env(**arguments: Any) -> AECEnv[str, Any, Any]:
    """Forgery under PettingZoo's AEC API, without wrappers. The arguments are those of ``parallel_env``."""
    return to_aec(parallel_env(**arguments), checked=False)


def env(**arguments: Any) -> AECEnv[str, Any, Any]:
    """Forgery under PettingZoo's AEC API. The arguments are those of ``parallel_env``."""
    return to_aec(parallel_env(**arguments))
