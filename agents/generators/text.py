"""Modules between captions and pictures: conditioning augmentation, and judgments of a picture with its caption."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..modules import Module, Port, register_module


@register_module
class CaptionEncoder(Module):
    """The sum of an embedding of each word of a caption, and of the states of a GRU at all words.

    A sum weighs early and late words alike, so that an attribute of a picture is learned wherever its word stands, and
    embeddings combine in captions that were never read.

    Args:
        length: Number of words of a caption (L). Words after its end are zero.
        vocabulary: Number of different words (V).
        width: Size of the state.
    """

    def __init__(self, length: int, vocabulary: int, width: int) -> None:
        inputs, outputs = {"heard": Port((1, length * vocabulary))}, {"out": Port((width,))}
        super().__init__(inputs, outputs, length=length, vocabulary=vocabulary, width=width)
        self.rnn = nn.GRU(vocabulary, width, batch_first=True)
        with torch.no_grad():
            self.rnn.all_weights[0][0].normal_()
        self.embed = nn.Linear(vocabulary, width, bias=False)
        nn.init.normal_(self.embed.weight, 0.0, 1.0)
        self.length = length

    def forward(self, heard: Float[Tensor, "rows 1 size"]) -> Float[Tensor, "rows width"]:
        words = heard[:, 0].unflatten(-1, (self.length, -1))
        states: Tensor = self.rnn(words)[0]
        summed: Tensor = (states * words.sum(-1, keepdim=True)).sum(1) + self.embed(words.sum(1))
        return summed


@register_module
class ConditioningAugmentation(Module):
    """A normal random vector, whose mean and deviation depend on the embedding of a caption.

    See Zhang et al. 2016 (arXiv:1612.03242, section 3.2). Similar captions thereby share their pictures, and one
    caption has many.

    Args:
        width: Size of the embedding.
        size: Size of the vector.
        random: If False, the output is the mean, and the deviation is not learned.
    """

    def __init__(self, width: int, size: int, random: bool = True) -> None:
        inputs = {"x": Port((width,)), "noise": Port((size,))}
        outputs = {name: Port((size,)) for name in ("out", "mean", "log_deviation")}
        super().__init__(inputs, outputs, width=width, size=size, random=random)
        self.map = nn.Linear(width, 2 * size)
        self.random = random

    def forward(
        self, x: Float[Tensor, "rows width"], noise: Float[Tensor, "rows size"]
    ) -> tuple[Float[Tensor, "rows size"], Float[Tensor, "rows size"], Float[Tensor, "rows size"]]:
        """Sample from uniform ``noise`` in [-1, 1)."""
        mean, log_deviation = self.map(x).chunk(2, -1)
        if not self.random:
            return mean, mean, torch.zeros_like(mean)
        return mean + log_deviation.exp() * normal(noise), mean, log_deviation


@register_module
class Projection(Module):
    """Features of a picture, each weighted by 1 plus a feature of its text (Miyato and Koyama 2018, arXiv:1802.05637).

    An affine map after it is the projection of the paper: an unconditional judgment, plus an inner product of text and
    picture.

    Args:
        width: Number of features.
    """

    def __init__(self, width: int) -> None:
        inputs = {"picture": Port((width,)), "text": Port((width,))}
        super().__init__(inputs, {"out": Port((width,))}, width=width)

    def forward(
        self, picture: Float[Tensor, "rows width"], text: Float[Tensor, "rows width"]
    ) -> Float[Tensor, "rows width"]:
        return picture * (1 + text)


def normal(uniform: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Standard normal numbers from uniform ones in [-1, 1), by the inverse of the normal distribution function."""
    return math.sqrt(2) * torch.erfinv(uniform.clamp(-1 + 1e-6, 1 - 1e-6))


def kl_to_standard_normal(
    mean: Float[Tensor, "rows size"], log_deviation: Float[Tensor, "rows size"]
) -> Float[Tensor, ""]:
    """The Kullback-Leibler divergence of normal vectors from the standard normal, in nats (Zhang et al. 2016, eq. 2).

    It is summed over numbers and averaged over rows.
    """
    divergence = (mean.square() + (2 * log_deviation).exp() - 1) / 2 - log_deviation
    return divergence.sum(-1).mean()
