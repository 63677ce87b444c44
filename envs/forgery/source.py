"""The base class of the sources of genuine pictures."""

import math
from abc import ABC, abstractmethod

import numpy as np
from jaxtyping import Float32, Int64, UInt64

from ...protocols.common.checks import check_one_of
from ...protocols.common.errors import argument, invalid

CONDITIONS = ("none", "kind", "caption")
"""What agents observe of the kind of a picture: nothing, the kind itself, or a caption."""


class Source(ABC):
    """A distribution of genuine pictures.

    Attributes:
        shape: Shape of a picture: 2 numbers, or channels, height and width.
        kinds: Number of kinds (K).
    """

    shape: tuple[int, ...]
    kinds: int

    @property
    def size(self) -> int:
        """Number of numbers of a picture (D)."""
        return math.prod(self.shape)

    @abstractmethod
    def picture(self, kind: Int64[np.ndarray, "n"], bits: UInt64[np.ndarray, "n"]) -> Float32[np.ndarray, "n D"]:
        """One picture of each of these kinds, which 64 random bits select."""

    def caption(self, kind: int) -> str:
        """The caption of a kind, or its number."""
        return str(kind)

    def kind_codes(self) -> Float32[np.ndarray, "K C"]:
        """The observation of each kind with ``condition="kind"``, one-hot."""
        return np.eye(self.kinds, dtype=np.float32)

    def caption_codes(self) -> Float32[np.ndarray, "K C"]:
        """The observation of each kind with ``condition="caption"``.

        Raises:
            ValueError: If pictures have no captions.
        """
        rule = f"{argument('condition', 'caption')} needs pictures with captions"
        remedy = f"Pass {argument('condition', 'kind')}, or pictures with captions."
        raise invalid(rule, type(self).__name__, remedy)

    def words(self, condition: str) -> int:
        """Number of one-hot parts of a condition, such as the words of a caption."""
        return 1

    def codes(self, condition: str) -> Float32[np.ndarray, "K C"]:
        """What agents observe of each kind.

        Raises:
            ValueError: If there is no such condition, or pictures have no captions.
        """
        check_one_of("condition", condition, CONDITIONS)
        if condition == "none":
            return np.zeros((self.kinds, 0), dtype=np.float32)
        return self.kind_codes() if condition == "kind" else self.caption_codes()
