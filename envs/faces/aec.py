"""PettingZoo's agent-environment-cycle interface: the parallel one, played in turns."""

from typing import Any

from pettingzoo import AECEnv
from pettingzoo.utils import wrappers
from pettingzoo.utils.conversions import parallel_to_aec_wrapper

from .parallel import ParallelFace


def to_aec(face: ParallelFace, checked: bool = True) -> AECEnv[str, Any, Any]:
    """The same environment in turns: the agents choose one after another, the last choice plays the step.

    Args:
        face: what to convert.
        checked: add PettingZoo's usual wrappers, which catch choices outside the space and calls out of order.
    """
    env: AECEnv[str, Any, Any] = parallel_to_aec_wrapper(face)
    if not checked:
        return env
    return wrappers.OrderEnforcingWrapper(wrappers.AssertOutOfBoundsWrapper(env))
