"""Architectures of complete agents, as graphs."""

from .cnet import cnet
from .image_classifier import image_classifier
from .relay_agent import relay_agent
from .sender_receiver import receiver, sender

__all__ = ["cnet", "image_classifier", "receiver", "relay_agent", "sender"]
