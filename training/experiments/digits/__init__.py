"""Experiments on the modules of a digit classifier."""
