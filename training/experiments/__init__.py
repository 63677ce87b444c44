"""Experiments over seeds, each a module to run with ``python -m``."""
