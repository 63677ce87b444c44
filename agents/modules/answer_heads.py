"""Action heads of receivers: one head per question, or one score per candidate."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .base import Module, Port
from .registry import register_module


@register_module
class QuestionHeads(Module):
    """One linear head per question. The one-hot question selects the head.

    Args:
        size: Size of the observation, which begins with the question.
        questions: Number of questions.
        width: Size of the hidden input ``x``.
        answers: Number of answers.
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
    """One score per candidate, an inner product (Lazaridou et al. 2017). The first action, no choice, has score 0.

    Args:
        candidates: Number of candidates (C), concatenated in the observation and embedded by the same two layers.
        size: Size of a candidate.
        width: Size of the hidden input ``x``.
    """

    def __init__(self, candidates: int, size: int, width: int) -> None:
        arguments = {"candidates": candidates, "size": size, "width": width}
        inputs = {"seen": Port((candidates * size,)), "x": Port((width,))}
        super().__init__(inputs, {"out": Port((1 + candidates,))}, **arguments)
        self.embed = nn.Sequential(nn.Linear(size, width), nn.ReLU(), nn.Linear(width, width))
        self.candidates = candidates

    def forward(self, seen: Float[Tensor, "rows size"], x: Float[Tensor, "rows width"]) -> Float[Tensor, "rows A"]:
        scores = self.embed(seen.unflatten(-1, (self.candidates, -1))) @ x.unsqueeze(-1)
        return torch.nn.functional.pad(scores.squeeze(-1), (1, 0))
