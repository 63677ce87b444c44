"""Any PettingZoo parallel environment: a learned channel for it, and itself for the learners of this package."""

from .copies import Copies
from .learnable import register_environment
from .topologies import Topology, by_distance
from .wrapper import WithChannel, with_channel

__all__ = ["Copies", "Topology", "WithChannel", "by_distance", "register_environment", "with_channel"]
