"""Channels: carriers, links, message exchange, capacity, interventions, and serialization."""
