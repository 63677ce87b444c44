"""Modules, the graph they form, and recipes of whole agents."""

from .compiler import Agent
from .graph import Graph, Wire
from .modules import GRU, MODULES, Embed, HearSum, Linear, Module, Port, register
from .player import Seated, Team
from .recipes import cnet, runner
from .saving import load_agent, load_team, save_agent, save_team
from .stack import Stack

__all__ = [
    "GRU",
    "MODULES",
    "Agent",
    "Embed",
    "Graph",
    "HearSum",
    "Linear",
    "Module",
    "Port",
    "Seated",
    "Stack",
    "Team",
    "Wire",
    "cnet",
    "load_agent",
    "load_team",
    "register",
    "runner",
    "save_agent",
    "save_team",
]
