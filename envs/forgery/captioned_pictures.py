"""Captioned pictures from a file of the user."""

import hashlib
import zipfile
import zlib
from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int64, UInt8, UInt64

from ...protocols.common.draws import below, halves
from ...protocols.common.errors import argument, invalid
from ..pictures.images import SPLITS
from .captions import Vocabulary, words_of
from .source import Source

HELD_OUT_EVERY = 10
"""Every tenth picture is held out if a file does not say which ones are."""
SHOWN = 10
"""Maximum number of pictures without a caption that an error names."""


class CaptionedPictures(Source):
    """Pictures with captions. A kind is a caption of the split, so each caption is equally likely.

    Args:
        pictures: The pictures of a split.
        captions: The caption of each.
        vocabulary: The words of all captions, of both splits.

    Raises:
        ValueError: If a caption is empty, or has other words.
    """

    def __init__(self, pictures: UInt8[np.ndarray, "n H W C"], captions: list[str], vocabulary: Vocabulary) -> None:
        height, width, channels = pictures.shape[1:]
        self.shape = channels, height, width
        plain = [" ".join(words_of(caption)) for caption in captions]
        self.captions, number = np.unique(np.array(plain), return_inverse=True)
        self.kinds, self.vocabulary = len(self.captions), vocabulary
        order = number.argsort(kind="stable")
        self._pictures = pictures[order].transpose(0, 3, 1, 2).reshape(len(pictures), -1)
        self._count = np.bincount(number, minlength=self.kinds)
        self._first = self._count.cumsum() - self._count

    def picture(self, kind: Int64[np.ndarray, "n"], bits: UInt64[np.ndarray, "n"]) -> Float32[np.ndarray, "n D"]:
        number = self._first[kind] + below(halves(bits)[0], self._count[kind])
        shown: np.ndarray = self._pictures[number].astype(np.float32) / np.float32(127.5) - 1
        return shown

    def caption(self, kind: int) -> str:
        return str(self.captions[kind])

    def words(self, condition: str) -> int:
        return self.vocabulary.length if condition == "caption" else 1

    def kind_codes(self) -> Float32[np.ndarray, "K C"]:
        """Raise an error, because the splits have different kinds.

        Raises:
            ValueError: Always.
        """
        remedy = f"Pass {argument('condition', 'caption')} or {argument('condition', 'none')}."
        raise invalid("Captioned pictures of a file have no numbered kinds", argument("condition", "kind"), remedy)

    def caption_codes(self) -> Float32[np.ndarray, "K C"]:
        """The words, each one-hot."""
        return np.stack([self.vocabulary.encode(str(caption)).ravel() for caption in self.captions])


def read_captioned_pictures(path: str, split: str) -> CaptionedPictures:
    """Read the pictures of a split from a NumPy file.

    The arrays of the file are ``pictures``, uint8 ``[n, height, width, channels]``; ``captions``, n strings; and
    optionally ``held_out``, n booleans. Without it, every tenth picture is held out.

    Args:
        path: Path of a file that ``np.savez`` wrote.
        split: "train" or "held_out".

    Raises:
        ValueError: If there is no such file, it holds other arrays, a caption is empty, or a split has no pictures.
    """
    return _read(*_file(path), split)


def content_digest(path: str) -> str:
    """The SHA-256 of the arrays in a file of captioned pictures, whatever the file's name, age and compression.

    Raises:
        ValueError: As ``read_captioned_pictures``.
    """
    return _content_digest(*_file(path))


def _file(path: str) -> tuple[str, int]:
    """The absolute path of a file, and the time of its last change in nanoseconds.

    Raises:
        ValueError: If there is no such file.
    """
    file = Path(path)
    try:
        return str(file.resolve()), file.stat().st_mtime_ns
    except OSError as error:
        remedy = f"Put the file back, or choose another: {error.strerror}."
        raise invalid("data must be the path of a file", path, remedy) from error


@lru_cache(maxsize=4)
def _content_digest(path: str, changed: int) -> str:
    pictures, captions, held_out = _arrays(path)
    found = hashlib.sha256(repr((pictures.shape, captions)).encode())
    for array in (pictures, held_out):
        found.update(array.tobytes())
    return found.hexdigest()


@lru_cache(maxsize=4)
def _read(path: str, changed: int, split: str) -> CaptionedPictures:
    pictures, captions, held_out = _arrays(path)
    chosen = held_out == (split == SPLITS[1])
    if not chosen.any():
        remedy = "Add pictures, or an array held_out of booleans."
        raise invalid(f"Captioned pictures must include some of the split {split}", path, remedy)
    shown = [caption for caption, take in zip(captions, chosen, strict=True) if take]
    return CaptionedPictures(pictures[chosen], shown, Vocabulary(captions))


def _arrays(path: str) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Pictures, captions, and whether each is held out."""
    rule = "A file of captioned pictures must hold the arrays pictures (uint8) and captions (strings)"
    remedy = "Write it with np.savez(path, pictures=..., captions=...)."
    if not zipfile.is_zipfile(path):
        raise invalid("data must be a file that np.savez wrote", f"{path}, which is another kind of file", remedy)
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files if isinstance(file[name], np.ndarray)}
    except (OSError, ValueError, zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise invalid(rule, f"{path}, which is damaged or holds Python objects", remedy) from error
    pictures, captions = arrays.get("pictures"), arrays.get("captions")
    if pictures is None or captions is None:
        raise invalid(rule, f"{path} with {', '.join(arrays) or 'no arrays'}", remedy)
    if pictures.dtype != np.uint8 or pictures.ndim != 4 or not len(pictures):
        rule = "Pictures must be a uint8 array of number, height, width and channels"
        remedy = "Stack pictures of one size, from 0 to 255; for gray ones pass pictures[..., None]."
        raise invalid(rule, f"{pictures.dtype}{list(pictures.shape)}", remedy)
    if captions.dtype.kind != "U" or captions.shape != (len(pictures),):
        received = f"{captions.dtype}{list(captions.shape)} for {len(pictures)} pictures"
        raise invalid("Captions must be strings, one per picture", received, "Pass np.array(list_of_captions).")
    empty = [number for number, caption in enumerate(captions.tolist()) if not caption.split()]
    if empty:
        indices = ", ".join([*map(str, empty[:SHOWN]), *(["..."] if len(empty) > SHOWN else [])])
        remedy = "Describe these pictures."
        raise invalid("A caption must be a string of at least one word", f"none in {path} at indices {indices}", remedy)
    every = np.arange(len(pictures)) % HELD_OUT_EVERY == HELD_OUT_EVERY - 1
    held_out = arrays.get("held_out", every)
    if held_out.dtype != bool or held_out.shape != (len(pictures),):
        received = f"{held_out.dtype}{list(held_out.shape)} for {len(pictures)} pictures"
        raise invalid("held_out must be booleans, one per picture", received, "Pass a boolean array, or leave it out.")
    return pictures, captions.tolist(), held_out
