"""Benchmarks of the speed of games, learners and compiled graphs, in comparison with other packages."""
