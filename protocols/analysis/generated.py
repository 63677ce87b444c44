"""Measures of generated samples against samples of a distribution. None uses a network that took part in training."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Integer

from ..common.errors import invalid

DEVIATIONS = 3.0
"""Largest distance of a sample of high quality from the nearest mean, in standard deviations."""
MIN_SHARE, MIN_SAMPLES = 0.01, 20
"""A component of a mixture is covered by this fraction of its expected samples, and by at least so many."""


class MixtureMeasures(NamedTuple):
    """How well samples represent a mixture.

    Attributes:
        modes: Number of components that are covered.
        high_quality: Fraction of samples of high quality.
        kl_divergence: Kullback-Leibler divergence of the nearest components from a uniform choice, in nats.
    """

    modes: int
    high_quality: float
    kl_divergence: float


def mixture_measures(
    samples: Float[np.ndarray, "n D"], means: Float[np.ndarray, "K D"], deviation: float
) -> MixtureMeasures:
    """Compare samples with a mixture of K equally likely normal distributions (Srivastava et al. 2017, section 4).

    A sample is of high quality if it lies within three standard deviations of a mean. A component is covered if at
    least 1% of its expected samples, and at least 20 samples, are of high quality and closest to it.

    Args:
        samples: The samples.
        means: The mean of each component.
        deviation: The standard deviation of all coordinates of all components.
    """
    from scipy.special import rel_entr

    distance = np.linalg.norm(samples[:, None] - means, axis=2)
    nearest, good = distance.argmin(axis=1), distance.min(axis=1) <= DEVIATIONS * deviation
    count = np.bincount(nearest[good], minlength=len(means))
    least = max(MIN_SAMPLES, MIN_SHARE * len(samples) / len(means))
    share = np.bincount(nearest) / len(samples)
    divergence = float(rel_entr(share, 1 / len(means)).sum())
    return MixtureMeasures(int((count >= least).sum()), float(good.mean()), divergence)


def frechet_distance(real: Float[np.ndarray, "m D"], generated: Float[np.ndarray, "n D"]) -> float:
    """The Frechet distance between normal distributions fitted to two samples (Heusel et al. 2017, eq. 6).

    Raises:
        ValueError: If a sample has fewer than two rows.
    """
    for sample in (real, generated):
        if len(sample) < 2:
            raise invalid("A Frechet distance needs at least two rows", len(sample), "Pass more samples.")
    first, second = (np.atleast_2d(np.cov(sample.astype(np.float64), rowvar=False)) for sample in (real, generated))
    root = _square_root(first)
    # The trace of (A B)^(1/2) equals that of (A^(1/2) B A^(1/2))^(1/2), which is symmetric.
    mixed = np.linalg.eigvalsh(root @ second @ root).clip(0)
    shift = real.mean(axis=0, dtype=np.float64) - generated.mean(axis=0, dtype=np.float64)
    return float(shift @ shift + np.trace(first) + np.trace(second) - 2 * np.sqrt(mixed).sum())


def precision(real: Float[np.ndarray, "m D"], generated: Float[np.ndarray, "n D"], neighbors: int = 5) -> float:
    """Fraction of generated samples that are within the neighborhood of a real one (Kynkaanniemi et al. 2019, eq. 1).

    The neighborhood of a sample reaches to its ``neighbors``-th nearest other sample.
    """
    between = _distances(generated, real)
    return float((between <= _radius(real, neighbors)).any(axis=1).mean())


def coverage(real: Float[np.ndarray, "m D"], generated: Float[np.ndarray, "n D"], neighbors: int = 5) -> float:
    """Fraction of real samples with a generated one in their neighborhood (Naeem et al. 2020, eq. 9)."""
    between = _distances(generated, real)
    return float((between.min(axis=0) <= _radius(real, neighbors)).mean())


def authenticity(training: Float[np.ndarray, "m D"], generated: Float[np.ndarray, "n D"]) -> float:
    """Fraction of generated samples that are no copies of training samples (Alaa et al. 2022, arXiv:2102.08921).

    A generated sample is authentic if it is farther from the nearest training sample than that one is from its nearest
    other training sample. A generator that copies has authenticity 0. For good samples that were not used in training
    it is not 1: compare with their value.

    Raises:
        ValueError: If there are fewer than two training samples.
    """
    between = _distances(generated, training)
    return float((between.min(axis=1) > _radius(training, 1)[between.argmin(axis=1)]).mean())


def diversity(
    samples: Float[np.ndarray, "n D"], kind: Integer[np.ndarray, "n"], seed: int = 0, pairs: int = 10_000
) -> float:
    """Mean distance between two random samples of the same kind, over ``pairs`` random pairs.

    Raises:
        ValueError: If no two samples are of the same kind.
    """
    rng = np.random.default_rng(seed)
    first, second = rng.integers(len(samples), size=(2, 20 * pairs))
    same = (kind[first] == kind[second]) & (first != second)
    first, second = first[same][:pairs], second[same][:pairs]
    if not len(first):
        raise invalid("Diversity needs samples of the same kind", len(samples), "Pass more samples.")
    return float(np.linalg.norm(samples[first] - samples[second], axis=1).mean())


class UnseenCriticErrors(NamedTuple):
    """Scores of generators by critics that did not train against them; higher is better.

    Attributes:
        mean: Mean error of these critics, per generator.
        worst: Error of the critic that the generator deceives least, per generator.
    """

    mean: Float[np.ndarray, "G"]
    worst: Float[np.ndarray, "G"]


def unseen_critic_errors(error: Float[np.ndarray, "G C"], trained: Bool[np.ndarray, "G C"]) -> UnseenCriticErrors:
    """The generative adversarial metric GAM-II (Im et al. 2016, arXiv:1612.04021, section 4).

    Args:
        error: Error of each critic on the samples of each generator.
        trained: Whether the critic and the generator trained against each other.

    Raises:
        ValueError: If a generator trained against all critics.
    """
    if trained.all(axis=1).any():
        received = f"generator {trained.all(axis=1).argmax()} against all {trained.shape[1]}"
        raise invalid("Some critic must not have trained against the generator", received, "Add critics of other runs.")
    return UnseenCriticErrors(
        np.where(trained, 0, error).sum(axis=1) / (~trained).sum(axis=1), np.where(trained, np.inf, error).min(axis=1)
    )


def _square_root(matrix: Float[np.ndarray, "D D"]) -> Float[np.ndarray, "D D"]:
    """The square root of a symmetric positive semidefinite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    root: np.ndarray = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    return root


def _distances(first: Float[np.ndarray, "n D"], second: Float[np.ndarray, "m D"]) -> Float[np.ndarray, "n m"]:
    from scipy.spatial.distance import cdist

    found: np.ndarray = cdist(first, second)
    return found


def _radius(samples: Float[np.ndarray, "m D"], neighbors: int) -> Float[np.ndarray, "m"]:
    """The distance of each sample from its ``neighbors``-th nearest other sample."""
    if len(samples) <= neighbors:
        rule = f"Neighborhoods of {neighbors} need more samples than that"
        raise invalid(rule, len(samples), "Pass more samples, or fewer neighbors.")
    found: np.ndarray = np.partition(_distances(samples, samples), neighbors, axis=1)[:, neighbors]
    return found
