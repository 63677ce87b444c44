"""Answers that depend on what is seen, and the two seats of a referential game."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from interlect.agents import Agent, Team, receiver, sender
from interlect.agents.modules import CandidateScores, QuestionHeads
from interlect.envs.core.evaluation import evaluate
from interlect.envs.core.registry import game
from interlect.protocols import Channel, Symbols

ROWS, WIDTH = 4, 6


@given(st.integers(1, 4), st.integers(0, 3), st.integers(1, 5))
def test_who_is_asked_answers(questions, more, answers):
    heads, x = QuestionHeads(questions + more, questions, WIDTH, answers), torch.randn(ROWS, WIDTH)
    for question in range(questions):
        seen = torch.zeros(ROWS, questions + more)
        seen[:, question] = 1
        mine = slice(question * answers, (question + 1) * answers)
        expected = x @ heads.maps.weight[mine].T + heads.maps.bias[mine]
        torch.testing.assert_close(heads(seen, x), expected)
    assert not heads(torch.zeros(ROWS, questions + more), x).any()


@given(st.integers(1, 4), st.integers(1, 3))
def test_candidates_that_change_places_change_scores_alike(candidates, size):
    point, x = CandidateScores(candidates, size, WIDTH), torch.randn(ROWS, WIDTH)
    seen, order = torch.rand(ROWS, candidates, size), torch.randperm(candidates)
    scores = point(seen.flatten(1), x)
    assert not scores[:, 0].any()
    torch.testing.assert_close(point(seen[:, order].flatten(1), x)[:, 1:], scores[:, 1:][:, order])
    torch.testing.assert_close(scores[:, 1], (point.embed(seen[:, 0]) * x).sum(-1))


@pytest.mark.parametrize("task", ["reconstruct", "discriminate"])
def test_both_seats_play(task):
    played = game(
        "referential_v0", task=task, attributes=1, values=4, **({"candidates": 3} if task != "reconstruct" else {})
    )
    core, channel = played.core(2, 1, 0), Channel(Symbols(4, 2))
    (size,) = core.observation_space.shape
    asks = {"questions": 1} if task == "reconstruct" else {"candidates": 3}
    agents = [
        Agent(sender(size, core.actions, channel.carrier, 8)),
        Agent(receiver(size, core.actions, channel.carrier, 8, **asks)),
    ]
    found = evaluate(played, 2, Team(agents, channel), channel)
    assert 0 <= found.normalized_return <= 1
