"""Distilling: a student learns to answer as a teacher does (Hinton, Vinyals and Dean 2015, arXiv:1503.02531).

A study of it: ``distilled_substitution``.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ...agents import Agent
from ...protocols.common.errors import bad, unknown
from .fitting import Budget, fit, parameters_of

Inputs: TypeAlias = dict[str, Tensor]
"""An agent's inputs by name, each [rows, ...]."""
Heads: TypeAlias = dict[str, Tensor]
"""Logits by name of the output, each [rows, ..., choices]."""
Teacher: TypeAlias = Callable[[Inputs], Heads]
BatchLoss: TypeAlias = tuple[Inputs, Mapping[str, Int[Tensor, "rows ..."]]]
"""Inputs of one batch, and the right choice for those heads that have one."""


def answers(agent: Agent, inputs: Inputs) -> Heads:
    """What an agent without memory puts out, in the mode that it is in; inputs that it does not take are left out.

    Raises:
        ValueError: if one of its inputs is missing.
    """
    for name in agent.graph.inputs:
        if name not in inputs:
            raise unknown("input among those given", name, inputs)
    outputs: Heads = agent(*(inputs[name] for name in agent.graph.inputs), None)[0]
    return outputs


def teacher(agent: Agent, heads: Sequence[str]) -> Teacher:
    """An agent as a teacher: its logits for these outputs, as in evaluation and without gradients.

    Raises:
        ValueError: if it has no such output.
    """
    for head in heads:
        if head not in agent.graph.outputs:
            raise unknown("output of the teacher", head, agent.graph.outputs)

    def teach(inputs: Inputs) -> Heads:
        mode = agent.training
        with torch.no_grad():
            outputs = answers(agent.eval(), inputs)
        agent.train(mode)
        return {head: outputs[head] for head in heads}

    return teach


def distill_loss(
    student: Heads, teacher: Heads, right: Mapping[str, Int[Tensor, "rows ..."]], temperature: float, mix: float
) -> Float[Tensor, ""]:
    """``mix T^2 KL(teacher || student)`` at temperature T, and ``1 - mix`` cross-entropy of what is right.

    Summed over the teacher's heads, mean over rows and over a head's places. The teacher may rule choices out by minus
    infinity. A head without a right choice is learned from the teacher alone.
    """
    total = torch.zeros(())
    for head, theirs in teacher.items():
        ours = student[head]
        soft, log_soft = (theirs / temperature).softmax(-1), (theirs / temperature).log_softmax(-1)
        gap = log_soft.masked_fill(soft == 0, 0.0) - (ours / temperature).log_softmax(-1)
        total = total + mix * temperature**2 * (soft * gap).sum(-1).mean()
        if head in right and mix < 1:
            loss = nn.functional.cross_entropy(ours.flatten(0, -2), right[head].flatten())
            total = total + (1 - mix) * loss
    return total


def distill(
    student: Agent,
    teacher: Teacher,
    batch_loss: Callable[[np.random.Generator, int], BatchLoss],
    temperature: float = 3.0,
    mix: float = 0.7,
    budget: Budget | None = None,
    learned: Sequence[str] | None = None,
) -> Agent:
    """Let a student learn from a teacher.

    Args:
        student: an agent without memory; it stays as it is.
        teacher: see ``teacher``; any function of named inputs.
        batch_loss: draws the inputs of so many rows, and what is right where that is known.
        temperature: T of the softened answers.
        mix: the teacher's share; 0 learns from what is right alone.
        budget: how much is learned.
        learned: names of the student's modules that learn; all if None.

    Returns:
        The student that learned, with parameters of its own, in evaluation mode.

    Raises:
        ValueError: for a temperature or mix out of range, an unknown module, or heads that the student lacks.
    """
    if not temperature > 0 or not 0 <= mix <= 1:
        raise bad("Distilling takes a temperature above 0 and a mix from 0 to 1", (temperature, mix), "Try 3 and 0.7.")
    budget = budget or Budget()
    for name in learned or ():
        if name not in student.graph.modules:
            raise unknown("module of the student", name, student.graph.modules)
    pupil = student.clone().train()

    def loss(rng: np.random.Generator) -> Tensor:
        inputs, right = batch_loss(rng, budget.batch)
        theirs, ours = teacher(inputs), answers(pupil, inputs)
        for head in theirs:
            if head not in ours or ours[head].shape != theirs[head].shape:
                raise bad("The student has the teacher's heads", head, "Teach heads that both have, of one shape.")
        return distill_loss(ours, theirs, right, temperature, mix)

    fit(parameters_of(pupil.graph, learned).values(), loss, budget)
    return pupil.eval()
