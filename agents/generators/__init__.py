"""Painters and critics of forgery: the generators and discriminators of adversarial networks."""

from .dense import critic, painter
from .pictures import JudgedPicture, Part

__all__ = ["JudgedPicture", "Part", "critic", "painter"]
