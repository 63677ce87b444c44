"""Recipes of whole agents."""

from .cnet import cnet

__all__ = ["cnet"]
