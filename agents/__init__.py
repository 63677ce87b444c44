"""Agents as graphs of modules: modules, graphs, teams, architectures, and saving."""

from .architectures import cnet, image_classifier, receiver, relay_agent, sender
from .compiler import Agent
from .generators import critic, painter
from .graph import Graph, Wire
from .modules import (
    GRU,
    MODULES,
    Affine,
    BatchNorm,
    Dropout,
    Embed,
    Frozen,
    Gate,
    Identity,
    Linear,
    LinearMessageEncoder,
    Module,
    Port,
    Quantize,
    Relu,
    Residual,
    RNNMessageDecoder,
    RNNMessageEncoder,
    Series,
    StopGradient,
    SumMessageEncoder,
    SymbolMap,
    SyntheticGradient,
    SyntheticInput,
    register_module,
)
from .saving import load_agent, load_team, save_agent, save_team
from .subgraph import Subgraph
from .teams.batched_agents import BatchedAgents
from .teams.separate_agents import SeparateAgents
from .teams.stacked_agents import StackedAgents
from .teams.team import AgentPlayer, Team

__all__ = [
    "GRU",
    "MODULES",
    "Affine",
    "Agent",
    "AgentPlayer",
    "BatchNorm",
    "BatchedAgents",
    "Dropout",
    "Embed",
    "Frozen",
    "Gate",
    "Graph",
    "Identity",
    "Linear",
    "LinearMessageEncoder",
    "Module",
    "Port",
    "Quantize",
    "RNNMessageDecoder",
    "RNNMessageEncoder",
    "Relu",
    "Residual",
    "SeparateAgents",
    "Series",
    "StackedAgents",
    "StopGradient",
    "Subgraph",
    "SumMessageEncoder",
    "SymbolMap",
    "SyntheticGradient",
    "SyntheticInput",
    "Team",
    "Wire",
    "cnet",
    "critic",
    "image_classifier",
    "load_agent",
    "load_team",
    "painter",
    "receiver",
    "register_module",
    "relay_agent",
    "save_agent",
    "save_team",
    "sender",
]
