"""Naming digits: a game without communication, in which each agent classifies a handwritten digit."""
