"""Painters and critics of forgery: the generators and discriminators of adversarial networks."""

from .dense import critic, painter
from .pictures import JudgedPicture, Slice
from .stacked import Concatenate, feature_critic, level, recovering_critic, stacked_encoder, stacked_painter

__all__ = [
    "Concatenate",
    "JudgedPicture",
    "Slice",
    "critic",
    "feature_critic",
    "level",
    "painter",
    "recovering_critic",
    "stacked_encoder",
    "stacked_painter",
]
