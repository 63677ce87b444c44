"""Measures of a protocol: information, compositionality, languages, decision trees."""
