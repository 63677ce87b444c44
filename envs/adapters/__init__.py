"""How other libraries see a core: PettingZoo's parallel and agent-environment-cycle interfaces."""

from .pettingzoo import GameEnv, to_aec
from .render_state import RenderState

__all__ = ["GameEnv", "RenderState", "to_aec"]
