"""The objects that messages refer to: combinations of attribute values, or pictures of digits.

An object is of a *kind*: a combination of values, or a digit. A *view* is what an agent sees of a kind: a combination
has one view, a digit has many pictures. Kinds and views are numbered from 0.
"""

from abc import ABC, abstractmethod

import numpy as np
from jaxtyping import Float32, Int64, Integer, UInt64

from ...protocols.common.checks import check_integer, check_one_of
from ...protocols.common.draws import below
from ...protocols.common.errors import invalid
from ..pictures.images import CLASSES, PIXELS, SPLITS, digits
from .splits import MAX_COMBINATIONS, split_of

MAX_ATTRIBUTES = 20
"""Maximum number of attributes: more of them, with two values each, are more than ``MAX_COMBINATIONS``."""


class Objects(ABC):
    """All objects of one split.

    Attributes:
        kinds: Number of kinds (M).
        values: Number of values of each attribute. Pictures have one attribute, the digit.
        names: Names of the attributes.
        size: Length of the observation of one object.
        one_view_per_kind: Whether each kind has exactly one view, so that episodes can be enumerated.
    """

    kinds: int
    values: tuple[int, ...]
    names: tuple[str, ...]
    size: int
    one_view_per_kind: bool

    @abstractmethod
    def attributes(self, view: Integer[np.ndarray, "*shape"]) -> Int64[np.ndarray, "*shape K"]:
        """The attributes of the kind of each view."""

    @abstractmethod
    def view(
        self, kind: Integer[np.ndarray, "*shape"], fraction: UInt64[np.ndarray, "*shape"]
    ) -> Int64[np.ndarray, "*shape"]:
        """A view of each kind, uniform for a uniform 32-bit fraction."""

    @abstractmethod
    def another_view(
        self, view: Integer[np.ndarray, "*shape"], fraction: UInt64[np.ndarray, "*shape"]
    ) -> Int64[np.ndarray, "*shape"]:
        """Another view of the same kind, uniform among the other views; the same view if there is no other."""

    @abstractmethod
    def observation_of(self, view: Integer[np.ndarray, "*shape"]) -> Float32[np.ndarray, "*shape size"]:
        """The observation of each view, as numbers from 0 to 1."""

    @abstractmethod
    def recognize(self, seen: Float32[np.ndarray, "*shape size"]) -> Int64[np.ndarray, "*shape K"]:
        """The attributes of observed objects, without errors."""

    def code(self, attributes: Integer[np.ndarray, "*shape K"]) -> Int64[np.ndarray, "*shape"]:
        """The number of each combination among those of all splits. The last attribute is the lowest digit."""
        columns = tuple(np.moveaxis(attributes, -1, 0))
        return np.asarray(np.ravel_multi_index(columns, self.values, mode="clip"), dtype=np.int64)


class AttributeObjects(Objects):
    """Combinations of attribute values, observed as concatenated one-hot vectors.

    Args:
        attributes: Number of attributes (K).
        values: Number of values of each attribute, or one number for all attributes.
        split: "all", "train" or "held_out"; see ``split_of`` for this and the other arguments.

    Raises:
        ValueError: If an argument is invalid.
    """

    one_view_per_kind = True

    def __init__(
        self,
        attributes: int,
        values: int | tuple[int, ...],
        split: str,
        holdout: str,
        holdout_share: float,
        split_seed: int,
    ) -> None:
        check_integer("attributes", attributes, 1, limit=MAX_ATTRIBUTES)
        counts = tuple(values) if isinstance(values, tuple | list) else (values,) * attributes
        if len(counts) != attributes:
            rule = f"values must be one number, or one for each of {attributes} attributes"
            raise invalid(rule, values, f"Pass {attributes} numbers.")
        for value in counts:
            check_integer("values of an attribute", value, 2, limit=MAX_COMBINATIONS)
        self.values = tuple(int(value) for value in counts)
        self.names = tuple(f"attribute_{k}" for k in range(attributes))
        self.rows = split_of(self.values, split, holdout, holdout_share, split_seed)
        self.kinds, self.size = len(self.rows), sum(self.values)
        self._first = np.cumsum((0, *self.values[:-1]))

    def attributes(self, view: Integer[np.ndarray, "*shape"]) -> Int64[np.ndarray, "*shape K"]:
        rows: np.ndarray = self.rows[view]
        return rows

    def view(
        self, kind: Integer[np.ndarray, "*shape"], fraction: UInt64[np.ndarray, "*shape"]
    ) -> Int64[np.ndarray, "*shape"]:
        return kind.astype(np.int64)

    def another_view(
        self, view: Integer[np.ndarray, "*shape"], fraction: UInt64[np.ndarray, "*shape"]
    ) -> Int64[np.ndarray, "*shape"]:
        return view.astype(np.int64)

    def observation_of(self, view: Integer[np.ndarray, "*shape"]) -> Float32[np.ndarray, "*shape size"]:
        return one_hot(self.attributes(view), self.values)

    def recognize(self, seen: Float32[np.ndarray, "*shape size"]) -> Int64[np.ndarray, "*shape K"]:
        parts = np.split(seen, self._first[1:], axis=-1)
        return np.stack([part.argmax(axis=-1) for part in parts], axis=-1).astype(np.int64)


class DigitObjects(Objects):
    """Scikit-learn's handwritten digits: the kind is the digit, and a view is one picture of it.

    Args:
        split: "train", "held_out", or "all" for both.

    Raises:
        ValueError: If there is no such split.
    """

    one_view_per_kind = False
    kinds, values, names, size = CLASSES, (CLASSES,), ("digit",), PIXELS

    def __init__(self, split: str) -> None:
        check_one_of("split", split, ("all", *SPLITS))
        self.split = split
        parts = [digits(part) for part in (SPLITS if split == "all" else (split,))]
        digit = np.concatenate([part.digit for part in parts])
        order = np.argsort(digit, kind="stable")
        self.digit = digit[order]
        self.image: Float32[np.ndarray, "P 64"] = np.concatenate([part.image for part in parts])[order]
        self._first = np.searchsorted(self.digit, np.arange(CLASSES))
        self._count = np.bincount(self.digit, minlength=CLASSES)

    def attributes(self, view: Integer[np.ndarray, "*shape"]) -> Int64[np.ndarray, "*shape K"]:
        digit: np.ndarray = self.digit[view]
        return digit[..., None]

    def view(
        self, kind: Integer[np.ndarray, "*shape"], fraction: UInt64[np.ndarray, "*shape"]
    ) -> Int64[np.ndarray, "*shape"]:
        number: np.ndarray = self._first[kind] + below(fraction, self._count[kind])
        return number

    def another_view(
        self, view: Integer[np.ndarray, "*shape"], fraction: UInt64[np.ndarray, "*shape"]
    ) -> Int64[np.ndarray, "*shape"]:
        first, count = self._first[self.digit[view]], self._count[self.digit[view]]
        further = 1 + below(fraction, count - 1)
        number: np.ndarray = first + (view - first + further) % count
        return number

    def observation_of(self, view: Integer[np.ndarray, "*shape"]) -> Float32[np.ndarray, "*shape size"]:
        image: np.ndarray = self.image[view]
        return image

    def recognize(self, seen: Float32[np.ndarray, "*shape size"]) -> Int64[np.ndarray, "*shape K"]:
        distance = np.square(self.image).sum(axis=1) - 2 * seen @ self.image.T
        nearest: np.ndarray = self.digit[distance.argmin(axis=-1)]
        return nearest[..., None]

    def __reduce__(self) -> tuple[object, tuple[str]]:
        """Copy and pickle by the name of the split, without its pictures."""
        return DigitObjects, (self.split,)


def one_hot(numbers: Integer[np.ndarray, "*shape K"], sizes: tuple[int, ...]) -> Float32[np.ndarray, "*shape total"]:
    """The concatenated one-hot vectors of numbers. The k-th vector has ``sizes[k]`` entries."""
    rows = [np.eye(size, dtype=np.float32)[numbers[..., k]] for k, size in enumerate(sizes)]
    return np.concatenate(rows, axis=-1)
