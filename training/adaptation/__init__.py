"""Training outside of a run: re-learning of interfaces, and distillation."""
