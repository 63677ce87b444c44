"""Learning outside of a run: re-learning, distilling, two processes."""
