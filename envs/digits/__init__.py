"""Naming digits: rules, bars, drawing and knowledge of a game in which nobody hears anybody."""
