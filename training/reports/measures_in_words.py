"""The most important measures of a game in words."""

from collections.abc import Mapping

from ...protocols.analysis.language import percent
from .rendering import number

SENTENCES = {
    "modes": "Painted points cover {} components of the mixture.",
    "high_quality": "{:%} of painted points are within three standard deviations of the nearest mean.",
    "kind_accuracy": "A support vector classifier recognizes the observed digit in {:%} of painted pictures.",
    "color_and_shape_accuracy": "Color and shape are both those of the caption in {:%} of painted pictures.",
    "recognizable": "A shape is recognizable in {:%} of painted pictures.",
    "feature_frechet_distance": (
        "The Fréchet distance between features of genuine and painted pictures is {}, where less is better."
    ),
    "frechet_distance": "The Fréchet distance between genuine and painted pictures is {}, where less is better.",
}
"""Sentences by measure, the most important first. Values are formatted as numbers, or as percentages with ``{:%}``."""
MAX_SENTENCES = 2
"""Maximum number of measures that a headline states."""


def in_words(measures: Mapping[str, float]) -> str:
    """The most important measures, in sentences, or the first ones by name if no sentence is known for any."""
    known = [name for name in SENTENCES if name in measures][:MAX_SENTENCES]
    if not known:
        named = [f"{name} {number(value)}" for name, value in list(measures.items())[:MAX_SENTENCES]]
        return f"Measures: {', '.join(named)}."
    return " ".join(_sentence(name, measures[name]) for name in known)


def _sentence(name: str, value: float) -> str:
    sentence = SENTENCES[name]
    if "{:%}" in sentence:
        return sentence.replace("{:%}", percent(value))
    return sentence.replace("{}", number(int(value) if value == int(value) else value))
