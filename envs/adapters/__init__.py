"""Adapters of cores to other libraries: PettingZoo's parallel and AEC interfaces, and stable-baselines3."""

from .action_masks import Mask
from .batched import BatchedGame
from .pettingzoo import GameEnv, to_aec
from .render_state import RenderState

__all__ = ["BatchedGame", "GameEnv", "Mask", "RenderState", "to_aec"]
