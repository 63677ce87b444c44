"""Recipes of whole agents."""

from .cnet import cnet
from .reader import reader
from .runner import runner

__all__ = ["cnet", "reader", "runner"]
