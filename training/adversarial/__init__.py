"""Learners of adversarial networks: painters and critics that learn from each other in forgery."""
