"""Train two parts of one network in two processes: in lock-step, or asynchronously with a synthetic gradient.

Decoupled neural interfaces, Jaderberg et al. 2016, arXiv:1608.05343. The parameters are in shared memory: they are
trained in place, and keep their latest values if a process dies.
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch import multiprocessing as mp

from ....agents import Agent, SyntheticGradient
from ....envs.pictures.images import CLASSES
from ....protocols.common.checks import check_number
from ....protocols.common.errors import invalid
from ...adaptation.optimization import Budget
from ...rollouts.schedules import cosine
from ...runs.workers import end_with_parent
from .networks import Labeled
from .shared_queue import SharedQueue

POLL_SECONDS = 0.05
"""Seconds between the parent process's checks of the two processes."""
PARTS = ("lower", "upper")


@dataclass(frozen=True)
class ProcessStatistics:
    """Duration and updates of training in two processes.

    Attributes:
        seconds: wall-clock seconds from the moment both were ready.
        updates: the number of updates of the lower and of the upper part.
    """

    seconds: float
    updates: tuple[int, int]

    @property
    def rate(self) -> float:
        """Updates per second, averaged over both parts."""
        return sum(self.updates) / 2 / self.seconds


@dataclass(frozen=True)
class _Shared:
    """State shared by both processes."""

    up: SharedQueue
    down: SharedQueue
    start: Any
    done: Tensor
    """Number of updates of each part, and 1 if the lower part has finished."""
    times: Tensor
    """Start and end time of each part."""


def train_in_two_processes(
    lower: Agent,
    upper: Agent,
    credit: SyntheticGradient | None,
    data: Labeled,
    budget: Budget,
    delay: float = 0.0,
    callback: Callable[[list[int | None], list[int]], object] | None = None,
) -> ProcessStatistics:
    """Train the two parts of a digit classifier in two processes.

    In lock-step the lower part continues only when the gradient of the batch has arrived. With a ``credit`` it learns
    immediately from a predicted gradient, the predictor learns from true gradients when they arrive, and the upper part
    takes the newest batch.

    Args:
        lower: maps images to the value between the parts; all parts are trained in place.
        upper: maps that value to logits.
        credit: predicts the gradient of the value, also from the label if it has labels; None for lock-step.
        data: the labeled images to train on.
        budget: the budget of the lower part, with ``max_grad_norm=0``; the upper part's learning rate depends on the
            number of the batch.
        delay: delay of messages in both directions, in seconds.
        callback: called at regular intervals with the process ids and the numbers of updates of both parts.

    Raises:
        ValueError: if the delay is invalid or the budget clips gradients; if the parts do not fit, or do not pass one
            row of numbers; if the credit does not fit between them, has a context, or has a ``gradient_prob`` below 1.
        ChildProcessError: if a process dies; the parts keep their latest parameters.
    """
    check_number("delay in seconds", delay, 0.0)
    _check(lower, upper, credit, data, budget)
    context = mp.get_context("spawn")
    for part in (lower, upper, credit):
        if part is not None:
            part.train().share_memory()
    (value,) = lower.graph.outputs.values()
    shape = budget.batch, *value.shape
    up, down = (SharedQueue(size, delay, context.Lock()) for size in ((shape[0], shape[1] + 1), shape))
    done, times = torch.zeros(3, dtype=torch.int64), torch.zeros(2, 2, dtype=torch.float64)
    shared = _Shared(up, down, context.Barrier(2), done.share_memory_(), times.share_memory_())
    targets = ((_lower, (lower, credit, data, budget, shared)), (_upper, (upper, budget, shared)))
    processes = [context.Process(target=target, args=arguments, daemon=True) for target, arguments in targets]
    for process in processes:
        process.start()
    try:
        _monitor(processes, shared, callback)
    finally:
        for process in processes:
            process.kill()
            process.join()
    seconds = float(shared.times[:, 1].max() - shared.times[:, 0].min())
    return ProcessStatistics(seconds, (int(shared.done[0]), int(shared.done[1])))


def _check(lower: Agent, upper: Agent, credit: SyntheticGradient | None, data: Labeled, budget: Budget) -> None:
    for name, value, kind in (
        ("lower part", lower, Agent),
        ("upper part", upper, Agent),
        ("budget", budget, Budget),
        ("credit", credit, SyntheticGradient | None),
        ("data", data, Labeled),
    ):
        if not isinstance(value, kind):
            raise invalid(f"The {name} must be of {kind}", type(value).__name__, f"Pass a {name} of this type.")
    ends = [[str(p) for p in ports.values()] for ports in (lower.graph.outputs, upper.graph.inputs)]
    (output, *other_outputs), (target, *other_inputs) = lower.graph.outputs.values(), upper.graph.inputs.values()
    if other_outputs or other_inputs or not output.fits(target) or len(output.shape) != 1:
        remedy = "Pass parts of one graph that was cut at a single wire with one axis."
        raise invalid(
            "The lower part must pass one row of numbers to the upper part", f"{ends[0]} to {ends[1]}", remedy
        )
    if budget.max_grad_norm:
        remedy = "Pass a budget with max_grad_norm=0."
        received = f"max_grad_norm={budget.max_grad_norm}"
        raise invalid("Gradients cannot be clipped, because neither process has all of them", received, remedy)
    if credit is None:
        return
    if not credit.inputs["x"].fits(output) or credit.extra_inputs.get("label", CLASSES) != CLASSES:
        rule = f"A credit between the parts must be of {output}, with {CLASSES} labels or none"
        raise invalid(rule, {key: str(port) for key, port in credit.inputs.items()}, "Pass one that fits.")
    if "context" in credit.extra_inputs or credit.gradient_prob < 1:
        received = f"context {credit.extra_inputs.get('context', 0)}, gradient_prob {credit.gradient_prob}"
        rule = "A credit between two processes must have no context and a gradient_prob of 1"
        raise invalid(rule, received, "Remove these arguments.")


def _monitor(processes: list[Any], shared: _Shared, callback: Callable[..., object] | None) -> None:
    while any(process.exitcode is None for process in processes):
        time.sleep(POLL_SECONDS)
        if callback:
            callback([process.pid for process in processes], shared.done[:2].tolist())
        for name, process, updates in zip(PARTS, processes, shared.done.tolist(), strict=False):
            if process.exitcode:
                code = process.exitcode
                cause = f"of {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
                kept = "Both parts have their latest parameters; save them, or continue training."
                raise ChildProcessError(f"The process of the {name} part died {cause}, after {updates} updates. {kept}")


def _lower(part: Agent, credit: SyntheticGradient | None, data: Labeled, budget: Budget, shared: _Shared) -> None:
    step = _Optimizer([part] if credit is None else [part, credit], budget)
    sent: dict[int, tuple[Tensor, Tensor]] = {}
    last = -1
    with _timed(shared, 0):
        for update in range(budget.updates):
            rows = np.random.default_rng([budget.seed, update]).integers(len(data.digit), size=budget.batch)
            digit = torch.from_numpy(data.digit[rows])
            value = _only(part(torch.from_numpy(data.image[rows]), None)[0])
            shared.up.send(update, torch.cat([value.detach(), digit[:, None]], -1))
            if credit is None:
                value.backward(shared.down.wait(update))
            else:
                label = nn.functional.one_hot(digit, CLASSES).float()
                value.backward(predict_gradient(credit, value, label).detach() / len(value))
                sent[update] = value.detach(), label
                message = shared.down.newest(last)
                if message:
                    last, gradient = message
                    prediction_loss(credit, *sent[last], gradient).backward()
                    sent = {number: pair for number, pair in sent.items() if number > last}
            step(update)
            shared.done[0] = update + 1
        shared.done[2] = 1


def _upper(part: Agent, budget: Budget, shared: _Shared) -> None:
    step, last = _Optimizer([part], budget), -1
    with _timed(shared, 1):
        while True:
            finished = bool(shared.done[2])
            received = shared.up.newest(last)
            if received:
                last, message = received
                value = message[:, :-1].contiguous().requires_grad_()
                logits = _only(part(value, None)[0])
                nn.functional.cross_entropy(logits, message[:, -1].long()).backward()
                assert value.grad is not None
                shared.down.send(last, value.grad)
                step(last)
                shared.done[1] += 1
            elif finished:
                return
            else:
                time.sleep(0)


def predict_gradient(credit: SyntheticGradient, value: Tensor, label: Tensor) -> Tensor:
    """Predict the gradient of each row's own loss, also from the label if the predictor receives it."""
    return credit.predict_gradient(value, *[label] * (len(credit.inputs) - 1))


def prediction_loss(
    credit: SyntheticGradient, value: Tensor, label: Tensor, gradient: Float[Tensor, "rows ..."]
) -> Float[Tensor, ""]:
    """Squared error of a prediction, summed over features and averaged over rows; ``gradient`` is of the mean loss."""
    rows = len(value)
    return (predict_gradient(credit, value, label) - rows * gradient).square().sum() / rows


class _Optimizer:
    """Adam with a learning rate that decays to zero along a half cosine."""

    def __init__(self, modules: list[nn.Module], budget: Budget) -> None:
        torch.set_num_threads(1)
        self.budget = budget
        self.adam = torch.optim.Adam([p for module in modules for p in module.parameters()], lr=budget.learning_rate)

    def __call__(self, update: int) -> None:
        for group in self.adam.param_groups:
            group["lr"] = cosine(self.budget.learning_rate, 0.0, update / self.budget.updates)
        self.adam.step()
        self.adam.zero_grad()


@contextmanager
def _timed(shared: _Shared, place: int) -> Iterator[None]:
    """Wait until both parts are ready, and record the start and end time of this one."""
    end_with_parent()
    shared.start.wait()
    shared.times[place, 0] = time.monotonic()
    yield
    shared.times[place, 1] = time.monotonic()


def _only(outputs: dict[str, Tensor]) -> Tensor:
    (value,) = outputs.values()
    return value
