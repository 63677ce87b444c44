"""A learned channel for any PettingZoo parallel environment: ``with_channel``."""

from .topologies import Topology, by_distance
from .wrapper import WithChannel, with_channel

__all__ = ["Topology", "WithChannel", "by_distance", "with_channel"]
