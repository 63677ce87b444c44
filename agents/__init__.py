"""Modules, the graph they form, and recipes of whole agents."""

from .compiler import Agent
from .decoupling import anticipate, decouple
from .graph import Graph, Wire
from .modules import (
    GRU,
    MODULES,
    Affine,
    Blocked,
    Code,
    Dropout,
    Embed,
    Frozen,
    Gate,
    HearGRU,
    HearSum,
    Identity,
    Linear,
    Module,
    Norm,
    Port,
    Quantize,
    Relu,
    Residual,
    Series,
    SpeakGRU,
    SyntheticCredit,
    SyntheticInput,
    register,
)
from .player import Seated, Team
from .recipes import cnet, reader, receiver, runner, sender
from .saving import load_agent, load_team, save_agent, save_team
from .stack import Stack
from .subgraph import Subgraph
from .together import Together

__all__ = [
    "GRU",
    "MODULES",
    "Affine",
    "Agent",
    "Blocked",
    "Code",
    "Dropout",
    "Embed",
    "Frozen",
    "Gate",
    "Graph",
    "HearGRU",
    "HearSum",
    "Identity",
    "Linear",
    "Module",
    "Norm",
    "Port",
    "Quantize",
    "Relu",
    "Residual",
    "Seated",
    "Series",
    "SpeakGRU",
    "Stack",
    "Subgraph",
    "SyntheticCredit",
    "SyntheticInput",
    "Team",
    "Together",
    "Wire",
    "anticipate",
    "cnet",
    "decouple",
    "load_agent",
    "load_team",
    "reader",
    "receiver",
    "register",
    "runner",
    "save_agent",
    "save_team",
    "sender",
]
