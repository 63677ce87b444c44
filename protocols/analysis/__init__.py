"""Measures of communication protocols: information, compositionality, languages, and decision trees."""
