"""Adapters of cores to other libraries: PettingZoo's parallel and AEC interfaces, and stable-baselines3."""

from .action_masks import Mask
from .pettingzoo import GameEnv, to_aec
from .render_state import RenderState

__all__ = ["GameEnv", "Mask", "RenderState", "to_aec"]
