"""Measures of painted pictures against genuine ones, which no critic takes part in."""

import numpy as np
from jaxtyping import Float, Integer

from ...protocols.analysis.generated import (
    authenticity,
    coverage,
    diversity,
    frechet_distance,
    mixture_measures,
    precision,
)
from ..core.core import Core
from ..core.play import Transcript
from ..pictures.classifier import classify
from ..pictures.features import features
from ..pictures.images import digits
from .named_attributes import name_attributes
from .rules import Forgery
from .shapes import ATTRIBUTES, Shapes
from .sources import Digits, Mixture

NAMED = 1000
"""Maximum number of pictures whose attributes are named."""
LARGEST = 8
"""Largest height and width of pictures in a Frechet distance of pixels; larger ones are averaged over blocks."""


def measures(core: Core, transcript: Transcript) -> dict[str, float]:
    """Compare the pictures of all painters together with genuine pictures of other lanes.

    For points in the plane: ``modes`` (number of components covered), ``high_quality`` (fraction of points within three
    standard deviations of a mean) and ``kl_divergence`` (of the components from a uniform choice, in nats). For digits:
    ``frechet_distance`` between pictures, ``feature_frechet_distance`` between their features in a classifier that is
    fitted to the training pictures, ``precision`` and ``coverage`` by nearest neighbors, ``diversity`` within a kind
    relative to genuine pictures, ``authenticity`` with respect to the training pictures; and ``kind_accuracy``, the
    fraction that a support vector classifier assigns to the kind that the painter observed, if it observes the kind.
    For shapes, ``name_attributes`` says which attributes are those of the observed kind. The pixels of shapes and of
    pictures in a file are averaged to 8 x 8 blocks before a Frechet distance.

    With several painters, these are measures of a sample with one picture per lane, to which all painters contribute
    equally. The same measures of each painter alone, on a sample of the same size, are averaged over painters, as
    ``modes_per_painter`` and so on.
    """
    assert isinstance(core, Forgery)
    painted = transcript.sent[0, :, : core.painters]
    lanes = np.arange(core.lanes)
    pooled = _of_sample(core, painted[lanes, lanes % core.painters])
    if core.painters == 1:
        return pooled
    each = [_of_sample(core, painted[:, painter]) for painter in range(core.painters)]
    return pooled | {f"{name}_per_painter": float(np.mean([found[name] for found in each])) for name in pooled}


def _of_sample(core: Forgery, pictures: Float[np.ndarray, "B D"]) -> dict[str, float]:
    """Measures of one painted picture per lane."""
    if isinstance(core.source, Mixture):
        found = mixture_measures(pictures, core.source.means, core.source.deviation)
        return {name: float(value) for name, value in found._asdict().items()}
    genuine, kind, named = core.genuine_picture[:, 0], core.kind, core.conditions > 0
    if isinstance(core.source, Digits):
        return _of_digits(genuine, pictures, kind, named)
    if isinstance(core.source, Shapes):
        return _of_shapes(core.source, genuine, pictures, kind, named)
    shape = core.source.shape
    return {"frechet_distance": frechet_distance(shrunk(genuine, shape), shrunk(pictures, shape))}


def _of_digits(
    genuine: Float[np.ndarray, "n D"], pictures: Float[np.ndarray, "n D"], kind: Integer[np.ndarray, "n"], named: bool
) -> dict[str, float]:
    shown, real = (pictures + 1) / 2, (genuine + 1) / 2
    predicted = classify(shown)
    within = kind if named else predicted
    different = np.unique(genuine, axis=0)  # repeated pictures would be their own nearest neighbors
    found = {
        "frechet_distance": frechet_distance(genuine, pictures),
        "feature_frechet_distance": frechet_distance(features(real), features(shown)),
        "precision": precision(different, pictures),
        "coverage": coverage(different, pictures),
        "diversity": diversity(pictures, within) / diversity(genuine, kind),
        "authenticity": authenticity(digits("train").image, shown),
    }
    return ({"kind_accuracy": float((predicted == kind).mean())} if named else {}) | found


def _of_shapes(
    shapes: Shapes,
    genuine: Float[np.ndarray, "n D"],
    pictures: Float[np.ndarray, "n D"],
    kind: Integer[np.ndarray, "n"],
    named: bool,
) -> dict[str, float]:
    found = name_attributes(pictures[:NAMED]).attributes
    measured = {
        "recognizable": float((found >= 0).all(axis=1).mean()),
        "frechet_distance": frechet_distance(shrunk(genuine, shapes.shape), shrunk(pictures, shapes.shape)),
    }
    if not named:
        return measured
    right = found == shapes.attributes[kind[:NAMED]]
    accuracies = {
        "color_and_shape_accuracy": float((right[:, 1] & right[:, 2]).mean()),
        "attribute_accuracy": float(right.mean()),
        **{f"{name}_accuracy": float(right[:, i].mean()) for i, name in enumerate(ATTRIBUTES)},
    }
    return accuracies | measured | {"diversity": diversity(pictures, kind) / diversity(genuine, kind)}


def shrunk(pictures: Float[np.ndarray, "n D"], shape: tuple[int, ...]) -> Float[np.ndarray, "n d"]:
    """Pictures of at most 8 x 8 pixels, by averaging blocks.

    Args:
        pictures: The pictures.
        shape: Their channels, height and width. Rows and columns that fill no block are left out.
    """
    channels, height, width = shape
    down, across = max(1, height // LARGEST), max(1, width // LARGEST)
    rows, columns = height // down, width // across
    kept = pictures.reshape(-1, *shape)[:, :, : rows * down, : columns * across]
    means: np.ndarray = kept.reshape(-1, channels, rows, down, columns, across).mean(axis=(3, 5))
    return means.reshape(len(pictures), -1)
