"""Modules with ports: what agents are made of."""

from .base import MODULES, Module, Port, build, register
from .layers import Embed, HearSum, Linear
from .recurrent import GRU
from .regularizers import Dropout, Norm
from .signals import Noise, Standardize

__all__ = [
    "GRU",
    "MODULES",
    "Dropout",
    "Embed",
    "HearSum",
    "Linear",
    "Module",
    "Noise",
    "Norm",
    "Port",
    "Standardize",
    "build",
    "register",
]
