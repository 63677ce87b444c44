"""Experiments over several seeds; each is a module to run with ``python -m``."""
