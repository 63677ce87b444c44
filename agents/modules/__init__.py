"""Modules with ports: what agents are made of."""

from .base import MODULES, Module, Port, build, register
from .layers import Embed, HearSum, Linear
from .recurrent import GRU

__all__ = ["GRU", "MODULES", "Embed", "HearSum", "Linear", "Module", "Port", "build", "register"]
