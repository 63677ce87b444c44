"""Wrappers for any PettingZoo parallel environment: with a communication channel, or as a game for the learners."""

from .pettingzoo_core import PettingZooCore
from .registration import register_environment
from .topologies import Topology, by_distance
from .wrapper import WithChannel, with_channel

__all__ = ["PettingZooCore", "Topology", "WithChannel", "by_distance", "register_environment", "with_channel"]
