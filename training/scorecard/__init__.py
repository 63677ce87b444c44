"""The scorecard: all six operators applied to what was trained, each measured beside its controls."""
