"""The pictures: two splits that share nothing, uniform draws, copies by name."""

import copy
import pickle
import warnings
from urllib.error import URLError

import numpy as np
import pytest
from interlect.envs import make_core
from interlect.envs.core.play import returns
from interlect.envs.pictures import classifier
from interlect.envs.pictures.features import features
from interlect.envs.pictures.images import SPLITS, digits, mnist, pictures_of
from interlect.protocols import Channel
from interlect.protocols.common.draws import Draws
from sklearn.datasets import load_digits


def rows(image: np.ndarray) -> set[bytes]:
    return {row.tobytes() for row in image}


def test_the_splits_share_no_picture_and_leave_none_out() -> None:
    train, held_out = digits("train"), digits("held_out")
    everything, label = load_digits(return_X_y=True)
    assert not rows(train.image) & rows(held_out.image)
    assert rows(train.image) | rows(held_out.image) == rows((everything / 16).astype(np.float32))
    named = {image.tobytes(): digit for image, digit in zip((everything / 16).astype(np.float32), label, strict=True)}
    for part in (train, held_out):
        assert [named[image.tobytes()] for image in part.image] == part.digit.tolist()


@pytest.mark.parametrize(("split", "share"), [("train", 0.7), ("held_out", 0.3)])
def test_the_split_is_stratified(split: str, share: float) -> None:
    pictures, label = digits(split), load_digits(return_X_y=True)[1]
    assert (pictures.image.dtype, pictures.image.shape[1]) == (np.float32, 64)
    assert pictures.image.min() == 0
    assert pictures.image.max() == 1
    assert np.abs(pictures.count / np.bincount(label) - share).max() < 0.01
    assert pictures.count.sum() == len(pictures.image)
    assert (pictures.digit[pictures.first] == np.arange(10)).all()


@pytest.mark.parametrize("split", SPLITS)
def test_classes_and_then_their_pictures_are_drawn_uniformly(split: str) -> None:
    pictures, draws = digits(split), 400_000
    number = pictures.draw(Draws(draws, 0).bits(0))
    for seen, chance in (
        (np.bincount(pictures.digit[number], minlength=10), np.full(10, 0.1)),
        (np.bincount(number, minlength=len(pictures.digit)), 0.1 / pictures.count[pictures.digit]),
    ):
        chi_squared = ((seen - draws * chance) ** 2 / (draws * chance)).sum()
        free = len(chance) - 1
        assert abs(chi_squared - free) < 5 * np.sqrt(2 * free)


def test_copies_are_the_same_pictures() -> None:
    pictures = digits("held_out")
    assert digits("held_out") is pictures
    assert copy.deepcopy(pictures) is pictures
    assert pickle.loads(pickle.dumps(pictures)) is pictures
    assert len(pickle.dumps(pictures)) < 200


def test_unknown_split() -> None:
    with pytest.raises(ValueError, match=r"; received 'held out'. Did you mean 'held_out'\?"):
        digits("held out")


@pytest.mark.parametrize("split", SPLITS)
def test_every_picture_is_known_again(split: str) -> None:
    pictures = digits(split)
    rows = np.random.default_rng(0).permutation(len(pictures.digit))
    np.testing.assert_array_equal(pictures.number(pictures.image[rows]), rows)
    assert (pictures.pixels, pictures.side) == (64, 8)
    strange = pictures.image[:1] / 2
    with pytest.raises(ValueError, match=rf"one of the {len(rows)} pictures of digits, {split}; received"):
        pictures.number(strange)


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """MNIST as it would be fetched, but of 4 x 4 pixels, and all that it was asked for with."""
    from interlect.envs.pictures.images import _mnist

    asked: list[dict] = []
    image = np.random.default_rng(0).integers(0, 256, (70_000, 16)).astype(np.float64)
    digit = np.array([str(number) for number in np.random.default_rng(1).integers(0, 10, 70_000)], dtype=object)

    def fetch(name: str, **options) -> tuple[np.ndarray, np.ndarray]:
        asked.append({"name": name, **options})
        return image, digit

    monkeypatch.setattr("sklearn.datasets.fetch_openml", fetch)
    _mnist.cache_clear()
    yield asked
    _mnist.cache_clear()


def test_mnist_is_fetched_once_scaled_and_split(fetched: list[dict]) -> None:
    train, held_out = mnist("train"), pictures_of("mnist", "held_out")
    assert [options["name"] for options in fetched] == ["mnist_784"]
    from sklearn.datasets import fetch_openml

    image, digit = fetch_openml("again")
    for pictures, part in ((train, slice(60_000)), (held_out, slice(60_000, None))):
        assert (pictures.data, pictures.pixels, pictures.side) == ("mnist", 16, 4)
        assert pictures.image.dtype == np.float32
        order = np.argsort(digit[part].astype(int), kind="stable")
        np.testing.assert_array_equal(pictures.image, image[part][order].astype(np.float32) / 255)
        np.testing.assert_array_equal(pictures.digit, digit[part][order].astype(int))
        assert pickle.loads(pickle.dumps(pictures)) is pictures


@pytest.mark.parametrize(("name", "size"), [("color_digit_v0", 32), ("multistep_digit_v0", 16)])
def test_games_see_mnist_and_have_its_size(fetched: list[dict], name: str, size: int) -> None:
    from interlect.envs import game

    core = make_core(name, lanes=200, seed=0, data="mnist", pictures="held_out")
    assert core.observation_space.shape == (size,)
    assert core.reset().observation.shape == (200, 2, size)
    player = game(name, data="mnist", pictures="held_out").reference_player("oracle", core, Channel().carrier)
    assert returns(core, player, Channel()).mean() > 0.9


def test_few_pictures_of_many_are_fitted_evenly(fetched: list[dict], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier, "MAX_FITTED", 50)
    monkeypatch.setattr(classifier, "COMPONENTS", 4)
    found = classifier.predicted_digits(pictures_of("mnist", "held_out"))
    assert len(found) == 10_000
    assert len(np.unique(found)) > 5


def test_features_tell_held_out_digits_apart_and_have_a_mean_variance_of_one() -> None:
    from sklearn.linear_model import RidgeClassifier

    train, held_out = digits("train"), digits("held_out")
    found = features(train.image)
    assert found.var(axis=0).mean() == pytest.approx(1)
    assert found.min() == 0
    linear = RidgeClassifier().fit(found, train.digit)
    assert linear.score(features(held_out.image), held_out.digit) > 0.95


def test_mnist_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    from interlect.envs.pictures.images import _mnist

    def fetch(name: str, **options) -> None:
        warnings.warn("A network error occurred while downloading data. Retrying...", stacklevel=2)
        raise URLError("no route to host")

    monkeypatch.setattr("sklearn.datasets.fetch_openml", fetch)
    _mnist.cache_clear()
    with pytest.raises(
        ValueError, match=r"downloaded from OpenML at its first use; received URLError.*use data=\"digits\""
    ) as error:
        make_core("multistep_digit_v0", data="mnist")
    assert isinstance(error.value.__cause__, URLError)


def test_unknown_data() -> None:
    with pytest.raises(ValueError, match=r"; received 'minst'. Did you mean 'mnist'\?"):
        pictures_of("minst", "train")
    with pytest.raises(ValueError, match="; received 'test'"):
        mnist("test")
