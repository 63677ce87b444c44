"""Modules with ports: what agents are made of."""

from .answers import Heads, Point
from .base import MODULES, Container, Module, Port, build, register
from .codebook import Quantize
from .containers import Frozen, Residual, Series
from .credit import Blocked, SyntheticCredit
from .layers import Embed, HearSum, Linear, Relu
from .passing import Affine, Code, Gate, Identity
from .recurrent import GRU
from .regularizers import Dropout, Norm
from .sequences import HearAll, HearRNN, SpeakRNN
from .signals import Noise, Standardize
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
    "register",
]
