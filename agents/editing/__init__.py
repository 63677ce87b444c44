"""Sequences of operators: scripts between two graphs, orders of modules; and how two graphs differ."""

from .arrangements import Arrangements, rearrange
from .differences import Difference, describe
from .scripts import Step, apply, script

__all__ = ["Arrangements", "Difference", "Step", "apply", "describe", "rearrange", "script"]
