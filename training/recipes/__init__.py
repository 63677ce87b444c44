"""Recipes: which settings and learner have which name, defaults per game, and estimates of memory."""
