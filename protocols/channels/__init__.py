"""Channels: carriers and symbols, links, capacity, interventions, and files of them."""
