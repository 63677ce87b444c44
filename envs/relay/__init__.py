"""The relay: a message passes along a chain of agents. This module exports functions that return sets of chains."""

from .chains import chains_with_revisit, chains_without, ordered_subsets, private_chain, public_chains

__all__ = ["chains_with_revisit", "chains_without", "ordered_subsets", "private_chain", "public_chains"]
