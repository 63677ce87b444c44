"""Naming digits: rules, reference returns, drawing and knowledge of a game in which nobody hears anybody."""
