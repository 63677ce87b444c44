"""Recipes of whole agents."""

from .cnet import cnet
from .runner import runner

__all__ = ["cnet", "runner"]
