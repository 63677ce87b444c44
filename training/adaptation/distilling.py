"""Knowledge distillation (Hinton, Vinyals and Dean 2015, arXiv:1503.02531).

See the experiment ``experiments.digits.distilled_substitution``.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ...agents import Agent
from ...protocols.common.errors import invalid, unknown
from .optimization import Budget, fit, parameters_of

Inputs: TypeAlias = dict[str, Tensor]
"""An agent's inputs by name, each [rows, ...]."""
Heads: TypeAlias = dict[str, Tensor]
"""Logits by output, each [rows, ..., choices]."""
Teacher: TypeAlias = Callable[[Inputs], Heads]
LabeledBatch: TypeAlias = tuple[Inputs, Mapping[str, Int[Tensor, "rows ..."]]]
"""Inputs of one batch, and labels for the outputs that have them."""


def answers(agent: Agent, inputs: Inputs) -> Heads:
    """Outputs of a memoryless agent, in its current mode; inputs that it does not have are ignored.

    Raises:
        ValueError: if one of its inputs is missing.
    """
    for name in agent.graph.inputs:
        if name not in inputs:
            raise unknown("input in the batch", name, inputs)
    outputs: Heads = agent(*(inputs[name] for name in agent.graph.inputs), None)[0]
    return outputs


def teacher(agent: Agent, heads: Sequence[str]) -> Teacher:
    """Turn an agent into a teacher: its logits for these outputs, in evaluation mode and without gradients.

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
    student: Heads, teacher: Heads, labels: Mapping[str, Int[Tensor, "rows ..."]], temperature: float, mix: float
) -> Float[Tensor, ""]:
    """``mix T^2 KL(teacher || student)`` at temperature T, plus ``1 - mix`` times the cross-entropy of the labels.

    The loss is summed over the teacher's outputs and averaged over rows and positions. The teacher may exclude choices
    with logits of -inf. An output without labels is learned from the teacher alone.
    """
    total = torch.zeros(())
    for head, teacher_logits in teacher.items():
        student_logits = student[head]
        soft, log_soft = (teacher_logits / temperature).softmax(-1), (teacher_logits / temperature).log_softmax(-1)
        divergence = log_soft.masked_fill(soft == 0, 0.0) - (student_logits / temperature).log_softmax(-1)
        total = total + mix * temperature**2 * (soft * divergence).sum(-1).mean()
        if head in labels and mix < 1:
            loss = nn.functional.cross_entropy(student_logits.flatten(0, -2), labels[head].flatten())
            total = total + (1 - mix) * loss
    return total


def distill(
    student: Agent,
    teacher: Teacher,
    draw_batch: Callable[[np.random.Generator, int], LabeledBatch],
    temperature: float = 3.0,
    mix: float = 0.7,
    budget: Budget | None = None,
    trainable: Sequence[str] | None = None,
) -> Agent:
    """Train a student to imitate a teacher.

    Args:
        student: a memoryless agent; it is not changed.
        teacher: any function that maps named inputs to logits, such as a ``teacher``.
        draw_batch: function that draws a number of rows of inputs, and labels where they exist.
        temperature: temperature T of the softmax.
        mix: weight of the teacher; 0 for labels alone.
        budget: the budget of training.
        trainable: names of the student's modules to train; all if None.

    Returns:
        A trained copy of the student, in evaluation mode.

    Raises:
        ValueError: for a temperature or mix out of range, an unknown module, or outputs that the student lacks.
    """
    if not temperature > 0 or not 0 <= mix <= 1:
        raise invalid(
            "Distillation needs a temperature above 0 and a mix from 0 to 1",
            (temperature, mix),
            "Pass 3 and 0.7, for example.",
        )
    budget = budget or Budget()
    for name in trainable or ():
        if name not in student.graph.modules:
            raise unknown("module of the student", name, student.graph.modules)
    trained = student.clone().train()

    def loss(rng: np.random.Generator) -> Tensor:
        inputs, labels = draw_batch(rng, budget.batch)
        teacher_logits, student_logits = teacher(inputs), answers(trained, inputs)
        for head in teacher_logits:
            if head not in student_logits or student_logits[head].shape != teacher_logits[head].shape:
                raise invalid(
                    "The student must have the teacher's outputs",
                    head,
                    "Choose outputs that both have, with the same shape.",
                )
        return distill_loss(student_logits, teacher_logits, labels, temperature, mix)

    fit(parameters_of(trained.graph, trainable).values(), loss, budget)
    return trained.eval()
