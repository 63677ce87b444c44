"""Captions: sequences of words from a vocabulary, observed one-hot."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32

from ...protocols.common.errors import did_you_mean, invalid


class Vocabulary:
    """The words of captions, in alphabetical order.

    Args:
        captions: All captions, whose words are separated by spaces. Upper and lower case are the same.

    Attributes:
        words: The words (V).
        length: Number of words of the longest caption (L).

    Raises:
        ValueError: If there are no captions, or one is empty or not a string.
    """

    def __init__(self, captions: Sequence[str]) -> None:
        if not len(captions):
            raise invalid("A vocabulary needs at least one caption", captions, "Pass the captions of the pictures.")
        split = [words_of(caption) for caption in captions]
        self.words = tuple(sorted({word for words in split for word in words}))
        self.length = max(map(len, split))
        self._number = {word: number for number, word in enumerate(self.words)}

    def encode(self, caption: str) -> Float32[np.ndarray, "L V"]:
        """The words of a caption, one-hot. Positions after its last word are zero.

        Raises:
            ValueError: If the caption is empty or longer than ``length`` words, or a word is not in the vocabulary.
        """
        words = words_of(caption)
        if len(words) > self.length:
            rule = f"A caption must have at most {self.length} words"
            raise invalid(rule, f"{len(words)}: {caption!r}", "Shorten it.")
        code = np.zeros((self.length, len(self.words)), dtype=np.float32)
        for place, word in enumerate(words):
            if word not in self._number:
                remedy = f"Use words among {', '.join(self.words[:20])}.{did_you_mean(word, self.words)}"
                raise invalid("Every word of a caption must be in the vocabulary", word, remedy)
            code[place, self._number[word]] = 1
        return code

    def decode(self, code: Float32[np.ndarray, "L V"]) -> str:
        """The caption that was encoded."""
        return " ".join(self.words[row.argmax()] for row in code if row.any())


def words_of(caption: object) -> list[str]:
    """The words of a caption, in lower case.

    Raises:
        ValueError: If it is not a string, or has no words.
    """
    if not isinstance(caption, str) or not caption.split():
        raise invalid("A caption must be a string of at least one word", caption, "Describe the picture.")
    return caption.lower().split()
