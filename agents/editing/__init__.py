"""Sequences of operators (scripts between two graphs, arrangements of modules), and differences between graphs."""

from .arrangements import Arrangements, rearrange
from .differences import Difference, describe
from .scripts import Step, apply, script

__all__ = ["Arrangements", "Difference", "Step", "apply", "describe", "rearrange", "script"]
