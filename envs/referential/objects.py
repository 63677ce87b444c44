"""What can be referred to: objects made of attributes, or pictures of digits.

An object is of a *kind*: attribute objects of one combination of values, pictures of one digit. A *look* is what an
agent sees of a kind: one for a combination, one of many pictures for a digit. Kinds and looks go by numbers.
"""

from abc import ABC, abstractmethod

import numpy as np
from jaxtyping import Float32, Int64, Integer, UInt64

from ...protocols.common.checks import one_of, whole
from ...protocols.common.draws import below
from ...protocols.common.errors import bad
from ..pictures.images import CLASSES, PIXELS, SPLITS, digits
from .splits import split_of


class Objects(ABC):
    """All objects of one split.

    Attributes:
        kinds: how many kinds there are (M).
        values: how many values each attribute has; for pictures there is one attribute, the digit.
        names: what attributes are called.
        size: how many numbers an agent sees of one object.
        plain: whether each kind has one look, so that what is drawn is the kind alone.
    """

    kinds: int
    values: tuple[int, ...]
    names: tuple[str, ...]
    size: int
    plain: bool

    @abstractmethod
    def attributes(self, look: Integer[np.ndarray, "*shape"]) -> Int64[np.ndarray, "*shape K"]:
        """The attributes of each look's kind."""

    @abstractmethod
    def look(
        self, kind: Integer[np.ndarray, "*shape"], fraction: UInt64[np.ndarray, "*shape"]
    ) -> Int64[np.ndarray, "*shape"]:
        """A look of each kind, uniform for a uniform 32-bit fraction."""

    @abstractmethod
    def another(
        self, look: Integer[np.ndarray, "*shape"], fraction: UInt64[np.ndarray, "*shape"]
    ) -> Int64[np.ndarray, "*shape"]:
        """Another look of the same kind, uniform among the others; the same one where there is no other."""

    @abstractmethod
    def seen(self, look: Integer[np.ndarray, "*shape"]) -> Float32[np.ndarray, "*shape size"]:
        """What an agent sees, numbers from 0 to 1."""

    @abstractmethod
    def recognize(self, seen: Float32[np.ndarray, "*shape size"]) -> Int64[np.ndarray, "*shape K"]:
        """The attributes of what an agent sees; eyes that do not err."""

    def code(self, attributes: Integer[np.ndarray, "*shape K"]) -> Int64[np.ndarray, "*shape"]:
        """The number of a combination among all, in this split or not; the last attribute is its lowest digit."""
        columns = tuple(np.moveaxis(attributes, -1, 0))
        return np.asarray(np.ravel_multi_index(columns, self.values, mode="clip"), dtype=np.int64)


class AttributeObjects(Objects):
    """Combinations of attribute values, seen as one-hot rows side by side.

    Args:
        attributes: how many (K).
        values: of each attribute; a number for all, or one each.
        split: "all", "train" or "held_out"; with the others, see ``split_of``.

    Raises:
        ValueError: for arguments that cannot be.
    """

    plain = True

    def __init__(
        self,
        attributes: int,
        values: int | tuple[int, ...],
        split: str,
        holdout: str,
        holdout_share: float,
        split_seed: int,
    ) -> None:
        whole("attributes", attributes, 1)
        each = tuple(values) if isinstance(values, tuple | list) else (values,) * attributes
        if len(each) != attributes:
            raise bad(f"values is one number, or one for each of {attributes} attributes", values, "Give as many.")
        for value in each:
            whole("values of an attribute", value, 2)
        self.values = tuple(int(value) for value in each)
        self.names = tuple(f"attribute_{k}" for k in range(attributes))
        self.rows = split_of(self.values, split, holdout, holdout_share, split_seed)
        self.kinds, self.size = len(self.rows), sum(self.values)
        self._first = np.cumsum((0, *self.values[:-1]))

    def attributes(self, look: Integer[np.ndarray, "*shape"]) -> Int64[np.ndarray, "*shape K"]:
        rows: np.ndarray = self.rows[look]
        return rows

    def look(
        self, kind: Integer[np.ndarray, "*shape"], fraction: UInt64[np.ndarray, "*shape"]
    ) -> Int64[np.ndarray, "*shape"]:
        return kind.astype(np.int64)

    def another(
        self, look: Integer[np.ndarray, "*shape"], fraction: UInt64[np.ndarray, "*shape"]
    ) -> Int64[np.ndarray, "*shape"]:
        return look.astype(np.int64)

    def seen(self, look: Integer[np.ndarray, "*shape"]) -> Float32[np.ndarray, "*shape size"]:
        return one_hot(self.attributes(look), self.values)

    def recognize(self, seen: Float32[np.ndarray, "*shape size"]) -> Int64[np.ndarray, "*shape K"]:
        parts = np.split(seen, self._first[1:], axis=-1)
        return np.stack([part.argmax(axis=-1) for part in parts], axis=-1).astype(np.int64)


class DigitObjects(Objects):
    """Scikit-learn's handwritten digits: the kind is the digit, and a look one picture of it.

    Args:
        split: "train", "held_out", or "all" for both.

    Raises:
        ValueError: if there is no such split.
    """

    plain = False
    kinds, values, names, size = CLASSES, (CLASSES,), ("digit",), PIXELS

    def __init__(self, split: str) -> None:
        one_of("split of the objects", split, ("all", *SPLITS))
        self.split = split
        parts = [digits(part) for part in (SPLITS if split == "all" else (split,))]
        digit = np.concatenate([part.digit for part in parts])
        order = np.argsort(digit, kind="stable")
        self.digit = digit[order]
        self.image: Float32[np.ndarray, "P 64"] = np.concatenate([part.image for part in parts])[order]
        self._first = np.searchsorted(self.digit, np.arange(CLASSES))
        self._count = np.bincount(self.digit, minlength=CLASSES)

    def attributes(self, look: Integer[np.ndarray, "*shape"]) -> Int64[np.ndarray, "*shape K"]:
        digit: np.ndarray = self.digit[look]
        return digit[..., None]

    def look(
        self, kind: Integer[np.ndarray, "*shape"], fraction: UInt64[np.ndarray, "*shape"]
    ) -> Int64[np.ndarray, "*shape"]:
        number: np.ndarray = self._first[kind] + below(fraction, self._count[kind])
        return number

    def another(
        self, look: Integer[np.ndarray, "*shape"], fraction: UInt64[np.ndarray, "*shape"]
    ) -> Int64[np.ndarray, "*shape"]:
        first, count = self._first[self.digit[look]], self._count[self.digit[look]]
        further = 1 + below(fraction, count - 1)
        number: np.ndarray = first + (look - first + further) % count
        return number

    def seen(self, look: Integer[np.ndarray, "*shape"]) -> Float32[np.ndarray, "*shape size"]:
        image: np.ndarray = self.image[look]
        return image

    def recognize(self, seen: Float32[np.ndarray, "*shape size"]) -> Int64[np.ndarray, "*shape K"]:
        distance = np.square(self.image).sum(axis=1) - 2 * seen @ self.image.T
        nearest: np.ndarray = self.digit[distance.argmin(axis=-1)]
        return nearest[..., None]

    def __reduce__(self) -> tuple[object, tuple[str]]:
        """Copies and pickles hold the name of the split, not its pictures."""
        return DigitObjects, (self.split,)


def one_hot(numbers: Integer[np.ndarray, "*shape K"], sizes: tuple[int, ...]) -> Float32[np.ndarray, "*shape total"]:
    """Numbers as one-hot rows side by side, the k-th one of ``sizes[k]``."""
    rows = [np.eye(size, dtype=np.float32)[numbers[..., k]] for k, size in enumerate(sizes)]
    return np.concatenate(rows, axis=-1)
