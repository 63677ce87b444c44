"""Learning outside of a run: re-learning of interfaces, distillation."""
