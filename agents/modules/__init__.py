"""Modules with ports, the building blocks of agents."""

from .answer_heads import CandidateScores, QuestionHeads
from .base import Container, Module, Port
from .codebook import Quantize
from .containers import Frozen, Residual, Series
from .layers import Embed, Linear, Relu, SumMessageEncoder
from .message_networks import LinearMessageEncoder, RNNMessageDecoder, RNNMessageEncoder
from .normalization import BatchNorm, Dropout, LayerNorm, Noise
from .pointwise import Affine, Gate, Identity, SymbolMap
from .recurrent import GRU
from .registry import MODULES, build, register_module
from .synthetic_gradient import StopGradient, SyntheticGradient
from .synthetic_input import SyntheticInput

__all__ = [
    "GRU",
    "MODULES",
    "Affine",
    "BatchNorm",
    "CandidateScores",
    "Container",
    "Dropout",
    "Embed",
    "Frozen",
    "Gate",
    "Identity",
    "LayerNorm",
    "Linear",
    "LinearMessageEncoder",
    "Module",
    "Noise",
    "Port",
    "Quantize",
    "QuestionHeads",
    "RNNMessageDecoder",
    "RNNMessageEncoder",
    "Relu",
    "Residual",
    "Series",
    "StopGradient",
    "SumMessageEncoder",
    "SymbolMap",
    "SyntheticGradient",
    "SyntheticInput",
    "build",
    "register_module",
]
