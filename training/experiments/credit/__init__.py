"""Experiments on how gradients return: through the channel, blocked or synthetic."""
