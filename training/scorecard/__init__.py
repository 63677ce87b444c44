"""The scorecard: all six operators applied to a trained team or agent, each measured together with its controls."""
