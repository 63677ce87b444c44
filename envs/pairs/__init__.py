"""Code that color-digit and multi-step digits share: rules, exact values, reference players, drawings, knowledge."""
