"""The batched core of a game, the registry of games, rollouts without learning, evaluation, and reference returns."""
