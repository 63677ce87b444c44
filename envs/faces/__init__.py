"""How other libraries see a core: PettingZoo's parallel and agent-environment-cycle interfaces."""

from .aec import to_aec
from .moment import Moment
from .parallel import ParallelFace

__all__ = ["Moment", "ParallelFace", "to_aec"]
