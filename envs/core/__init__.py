"""The batched core of a game, the registry, playing, evaluation and reference returns."""
