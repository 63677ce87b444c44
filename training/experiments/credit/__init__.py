"""Experiments on credit: gradients that pass through a channel or wire, are blocked, or are synthetic."""
