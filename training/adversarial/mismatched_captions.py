"""Genuine pictures with captions of others, which a critic learns to reject (Reed et al. 2016, arXiv:1605.05396)."""

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from .objectives import Objective, critic_loss


def mismatched_captions(
    caption: Float[Tensor, "B C"], known: Float[Tensor, "K C"], words: int, rng: np.random.Generator
) -> tuple[Float[Tensor, "B C"], Bool[Tensor, "B"]]:
    """A caption of other pictures for each picture, and whether it differs from the picture's own.

    One random word is replaced by that of the caption in the next lane. If there are no pictures with this caption, or
    it is the same, the whole caption of the next lane is taken instead. A critic that sees only whole captions of other
    pictures learns late what they rarely differ in alone.

    Args:
        caption: The captions, one-hot, in random order.
        known: The captions of all genuine pictures.
        words: Number of words of a caption (L).
        rng: Random generator for the places of the words.
    """
    other = caption.roll(1, 0)
    changed, row = caption.unflatten(-1, (words, -1)).clone(), torch.arange(len(caption))
    place = torch.from_numpy(rng.integers(words, size=len(caption)))
    changed[row, place] = other.unflatten(-1, (words, -1))[row, place]
    wrong = changed.flatten(1)
    length = wrong.sum(1, keepdim=True)
    exists = ((wrong @ known.T == length) & (known.sum(1) == length)).any(1)
    replaced = exists & (wrong != caption).any(1)
    wrong = torch.where(replaced[:, None], wrong, other)
    return wrong, (wrong != caption).any(1)


def mismatch_loss(
    objective: Objective, matching: Float[Tensor, "B"], mismatched: Float[Tensor, "B"], differ: Bool[Tensor, "B"]
) -> Float[Tensor, ""]:
    """The loss of a critic that is to reject genuine pictures with other captions (Reed et al. 2016, algorithm 1).

    Args:
        objective: Name of the objective; see ``critic_loss``.
        matching: Logits of genuine pictures with their captions.
        mismatched: Logits of genuine pictures with other captions.
        differ: Whether the other captions differ. Rows without a difference do not count.
    """
    return critic_loss(objective, matching[differ], mismatched[differ]) if differ.any() else matching.sum() * 0
