"""The folder of a run: its files, checkpoints, lock, and the remedies that messages print."""
