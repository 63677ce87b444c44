"""Painters and critics of forgery: the generators and discriminators of adversarial networks."""

from .dense import critic, painter
from .pictures import JudgedPicture, Slice

__all__ = ["JudgedPicture", "Slice", "critic", "painter"]
