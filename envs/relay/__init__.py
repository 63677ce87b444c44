"""The relay: its rules, chains, reference returns and drawing. Exported are the sets of chains, for ``chains=``."""

from .chains import ordered_subsets, private, public, returning, without

__all__ = ["ordered_subsets", "private", "public", "returning", "without"]
