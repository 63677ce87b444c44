"""Measures of generated samples: known answers, and parity with independent implementations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from interlect.protocols.analysis.generated import (
    authenticity,
    coverage,
    diversity,
    frechet_distance,
    mixture_measures,
    precision,
    unseen_critic_errors,
)
from scipy.linalg import sqrtm
from sklearn.neighbors import NearestNeighbors

MEANS = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])


def samples(counts: list[int], distance: float = 0.0) -> np.ndarray:
    """This many samples of each component, at a distance from its mean."""
    return np.repeat(MEANS, counts, axis=0) + np.array([distance, 0.0])


def test_a_component_needs_twenty_samples_of_high_quality() -> None:
    assert mixture_measures(samples([100, 20, 19, 0]), MEANS, 0.01).modes == 2
    assert mixture_measures(samples([100, 20, 19, 0], 0.031), MEANS, 0.01).modes == 0


def test_a_component_needs_a_hundredth_of_its_expected_samples() -> None:
    assert mixture_measures(samples([9975, 25, 0, 0]), MEANS, 0.01).modes == 2
    assert mixture_measures(samples([9976, 24, 0, 0]), MEANS, 0.01).modes == 1


def test_samples_of_high_quality_lie_within_three_deviations() -> None:
    both = np.concatenate([samples([10, 10, 10, 10], 0.0299), samples([5, 5, 5, 5], 0.0301)])
    assert mixture_measures(both, MEANS, 0.01).high_quality == pytest.approx(2 / 3)


def test_the_divergence_is_that_of_the_components() -> None:
    assert mixture_measures(samples([5, 5, 5, 5]), MEANS, 0.01).kl_divergence == pytest.approx(0)
    assert mixture_measures(samples([5, 5, 0, 0]), MEANS, 0.01).kl_divergence == pytest.approx(np.log(2))
    assert mixture_measures(samples([20, 0, 0, 0]), MEANS, 0.01).kl_divergence == pytest.approx(np.log(4))


def test_normal_samples_are_of_high_quality_by_the_rayleigh_distribution() -> None:
    rng = np.random.default_rng(0)
    drawn = MEANS[rng.integers(4, size=200_000)] + 0.01 * rng.standard_normal((200_000, 2))
    assert mixture_measures(drawn, MEANS, 0.01).high_quality == pytest.approx(1 - np.exp(-4.5), abs=1e-3)


@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_the_frechet_distance_is_that_of_the_matrix_square_root(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    real = rng.standard_normal((50, size)) @ rng.standard_normal((size, size))
    other = rng.standard_normal((40, size)) @ rng.standard_normal((size, size)) + rng.standard_normal(size)
    first, second = (np.atleast_2d(np.cov(sample, rowvar=False)) for sample in (real, other))
    shift = real.mean(axis=0) - other.mean(axis=0)
    expected = shift @ shift + np.trace(first + second - 2 * sqrtm(first @ second).real)
    assert frechet_distance(real, other) == pytest.approx(expected, rel=1e-3, abs=1e-3)
    assert frechet_distance(real, real) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(real, real + 2) == pytest.approx(4 * size)


@given(st.integers(0, 2**32 - 1))
def test_precision_and_coverage_are_those_of_nearest_neighbors(seed: int) -> None:
    rng = np.random.default_rng(seed)
    real, other = rng.standard_normal((60, 3)), rng.standard_normal((40, 3)) * rng.uniform(0.2, 3)
    # The nearest neighbor of a sample among all samples is the sample itself.
    radius = NearestNeighbors(n_neighbors=6).fit(real).kneighbors(real)[0][:, -1]
    inside = np.array([[np.linalg.norm(o - r) <= bound for r, bound in zip(real, radius, strict=True)] for o in other])
    assert precision(real, other) == pytest.approx(inside.any(axis=1).mean())
    assert coverage(real, other) == pytest.approx(inside.any(axis=0).mean())


def test_a_copy_is_precise_and_covers_everything_and_one_sample_covers_little() -> None:
    real = np.random.default_rng(0).standard_normal((500, 2))
    assert (precision(real, real), coverage(real, real)) == (1, 1)
    assert precision(real, np.repeat(real[:1], 500, axis=0)) == 1
    assert coverage(real, np.repeat(real[:1], 500, axis=0)) < 0.05
    assert precision(real, real + 100) == coverage(real, real + 100) == 0


def test_diversity_is_the_distance_within_a_kind() -> None:
    apart = np.array([[0.0], [0.0], [10.0], [10.0]]).repeat(50, axis=0)
    assert diversity(apart, np.repeat([0, 1], 100)) == 0
    assert diversity(apart, np.tile([0, 1], 100)) == pytest.approx(5, abs=0.3)


def test_a_sample_is_authentic_if_it_is_farther_than_the_nearest_training_sample_from_the_next() -> None:
    training = np.array([[0.0], [1.0], [5.0]])  # their nearest other training samples are 1, 1 and 4 away
    for sample, expected in ((0.0, 0), (-0.99, 0), (-1.01, 1), (2.01, 1), (1.99, 0), (8.99, 0), (9.01, 1)):
        assert authenticity(training, np.array([[sample]])) == expected
    assert authenticity(training, np.array([[0.0], [-2.0], [5.0], [10.0]])) == 0.5


@given(st.integers(0, 2**32 - 1))
def test_authenticity_is_that_of_nearest_neighbors(seed: int) -> None:
    rng = np.random.default_rng(seed)
    training, other = rng.standard_normal((60, 3)), rng.standard_normal((40, 3)) * rng.uniform(0.2, 3)
    neighbors = NearestNeighbors(n_neighbors=2).fit(training)
    own = neighbors.kneighbors(training)[0][:, 1]
    distance, nearest = (found[:, 0] for found in neighbors.kneighbors(other))
    assert authenticity(training, other) == pytest.approx((distance > own[nearest]).mean())
    assert authenticity(training, training) == 0


@pytest.mark.parametrize(
    "measure",
    [
        lambda few: frechet_distance(few, few),
        lambda few: precision(few, few),
        lambda few: coverage(few, few),
        lambda few: authenticity(few, few),
        lambda few: diversity(few, np.arange(len(few))),
    ],
)
def test_too_few_samples_are_refused(measure) -> None:
    with pytest.raises(ValueError, match=r"need.*; received .*\. Pass more samples"):
        measure(np.zeros((1, 2)))


def test_generators_are_scored_by_critics_that_did_not_train_against_them() -> None:
    error = np.array([[0.9, 0.2, 0.4], [0.1, 0.8, 0.6]])
    trained = np.array([[True, False, False], [False, True, False]])
    found = unseen_critic_errors(error, trained)
    np.testing.assert_allclose(found.mean, [0.3, 0.35])
    np.testing.assert_allclose(found.worst, [0.2, 0.1])
    alone = unseen_critic_errors(error[:1], np.array([[True, True, False]]))
    np.testing.assert_allclose(alone, [[0.4], [0.4]])
    trained[1] = True
    with pytest.raises(ValueError, match=r"generator 1 against all 3.\. Add critics of other runs"):
        unseen_critic_errors(error, trained)
