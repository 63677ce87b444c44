"""Modules with ports: what agents are made of."""

from .answers import Heads, Point
from .base import Container, Module, Port
from .codebook import Quantize
from .containers import Frozen, Residual, Series
from .credit import Blocked, SyntheticCredit
from .layers import Embed, HearSum, Linear, Relu
from .normalization import Dropout, Noise, Norm, Standardize
from .passing import Affine, Code, Gate, Identity
from .recurrent import GRU
from .registry import MODULES, build, register_module
from .sequences import HearAll, HearRNN, SpeakRNN
from .synthetic_input import SyntheticInput

__all__ = [
    "GRU",
    "MODULES",
    "Affine",
    "Blocked",
    "Code",
    "Container",
    "Dropout",
    "Embed",
    "Frozen",
    "Gate",
    "Heads",
    "HearAll",
    "HearRNN",
    "HearSum",
    "Identity",
    "Linear",
    "Module",
    "Noise",
    "Norm",
    "Point",
    "Port",
    "Quantize",
    "Relu",
    "Residual",
    "Series",
    "SpeakRNN",
    "Standardize",
    "SyntheticCredit",
    "SyntheticInput",
    "build",
    "register_module",
]
