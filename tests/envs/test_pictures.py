"""The pictures: two splits that share nothing, uniform draws, copies by name."""

import copy
import pickle

import numpy as np
import pytest
from interlect.envs.pictures import SPLITS, digits
from interlect.protocols.draws import Draws
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
    with pytest.raises(ValueError, match=r"no split of the pictures 'held out'. Did you mean 'held_out'\?"):
        digits("held out")
