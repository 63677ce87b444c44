"""Shared by all packages: errors, checks, files, random numbers, and the ``Player`` protocol."""
