"""Recipes of whole agents."""

from .cnet import cnet
from .reader import reader
from .runner import runner
from .signalers import receiver, sender

__all__ = ["cnet", "reader", "receiver", "runner", "sender"]
