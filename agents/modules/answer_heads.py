"""Ways to answer that depend on what is seen: one head a question, or one score a candidate."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .base import Module, Port
from .registry import register_module


@register_module
class QuestionHeads(Module):
    """As many heads as questions, each a linear map; what is asked, one-hot, says which one answers.

    Args:
        size: of what is seen, which begins with the question.
        questions: how many there are.
        width: of what is known.
        answers: how many.
    """

    def __init__(self, size: int, questions: int, width: int, answers: int) -> None:
        inputs = {"seen": Port((size,)), "x": Port((width,))}
        arguments = {"size": size, "questions": questions, "width": width, "answers": answers}
        super().__init__(inputs, {"out": Port((answers,))}, **arguments)
        self.maps = nn.Linear(width, questions * answers)
        self.questions = questions

    def forward(self, seen: Float[Tensor, "rows size"], x: Float[Tensor, "rows width"]) -> Float[Tensor, "rows A"]:
        answers: Tensor = self.maps(x).unflatten(-1, (self.questions, -1))
        return (seen[:, : self.questions, None] * answers).sum(1)


@register_module
class CandidateScores(Module):
    """A score a candidate, an inner product (Lazaridou et al. 2017); the first answer is none of them, with score 0.

    Args:
        candidates: how many (C), seen side by side, all with the same eye of two layers.
        size: of one.
        width: of what is known.
    """

    def __init__(self, candidates: int, size: int, width: int) -> None:
        arguments = {"candidates": candidates, "size": size, "width": width}
        inputs = {"seen": Port((candidates * size,)), "x": Port((width,))}
        super().__init__(inputs, {"out": Port((1 + candidates,))}, **arguments)
        self.eye = nn.Sequential(nn.Linear(size, width), nn.ReLU(), nn.Linear(width, width))
        self.candidates = candidates

    def forward(self, seen: Float[Tensor, "rows size"], x: Float[Tensor, "rows width"]) -> Float[Tensor, "rows A"]:
        fits = self.eye(seen.unflatten(-1, (self.candidates, -1))) @ x.unsqueeze(-1)
        return torch.nn.functional.pad(fits.squeeze(-1), (1, 0))
