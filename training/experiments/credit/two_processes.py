"""Train two parts of one network in two processes: in lock-step, or with a synthetic gradient and without waiting.

Jaderberg et al. 2016, arXiv:1608.05343: decoupled neural interfaces. Parameters lie in shared memory: they are learned
in place, and keep their latest values if a process dies.
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
from ...runs.seeds import end_with_parent
from .networks import Labeled
from .shared_queue import SharedQueue

LOOKS = 0.05
"""Seconds between the parent's checks."""
PARTS = ("lower", "upper")


@dataclass(frozen=True)
class Apart:
    """Statistics of two processes.

    Attributes:
        seconds: wall-clock seconds from the moment both were ready.
        updates: the number of updates of the lower and of the upper part.
    """

    seconds: float
    updates: tuple[int, int]

    @property
    def rate(self) -> float:
        """Updates per second, mean of both parts."""
        return sum(self.updates) / 2 / self.seconds


@dataclass(frozen=True)
class _Shared:
    """State shared by both processes."""

    up: SharedQueue
    down: SharedQueue
    start: Any
    done: Tensor
    """Number of updates of each part; whether the lower one has finished."""
    times: Tensor
    """Start and end time of each part."""


def train_in_two_processes(
    lower: Agent,
    upper: Agent,
    credit: SyntheticGradient | None,
    some: Labeled,
    budget: Budget,
    delay: float = 0.0,
    callback: Callable[[list[int | None], list[int]], object] | None = None,
) -> Apart:
    """Train a digit classifier with each part in its own process.

    In lock-step the lower part waits for the gradient of each batch. With a ``credit`` it learns from a prediction at
    once, and the prediction learns from true gradients whenever they arrive; the upper part takes the newest batch.

    Args:
        lower: maps pictures to the value between the parts; it is trained in place, as are the other parts.
        upper: maps that value to logits.
        credit: predicts the gradient of the value, also from the correct answer if it has labels; None for lock-step.
        some: the labeled images to learn from.
        budget: for the lower part, with ``max_grad_norm=0``; the upper part's learning rate follows the number of the
            batch.
        delay: seconds that a message takes, each way.
        callback: called at intervals with the numbers of the processes and the updates of both parts.

    Raises:
        ValueError: for an invalid delay or a budget that clips; for parts that do not fit, or do not pass one row of
            numbers; for a credit that does not fit between them, takes a context, or has a ``gradient_prob`` below 1.
        ChildProcessError: if a process died; the parts keep their latest parameters.
    """
    check_number("delay in seconds", delay, 0.0)
    _check(lower, upper, credit, some, budget)
    context = mp.get_context("spawn")
    for part in (lower, upper, credit):
        if part is not None:
            part.train().share_memory()
    (value,) = lower.graph.outputs.values()
    shape = budget.batch, *value.shape
    up, down = (SharedQueue(size, delay, context.Lock()) for size in ((shape[0], shape[1] + 1), shape))
    done, times = torch.zeros(3, dtype=torch.int64), torch.zeros(2, 2, dtype=torch.float64)
    shared = _Shared(up, down, context.Barrier(2), done.share_memory_(), times.share_memory_())
    works = ((_lower, (lower, credit, some, budget, shared)), (_upper, (upper, budget, shared)))
    processes = [context.Process(target=work, args=given, daemon=True) for work, given in works]
    for process in processes:
        process.start()
    try:
        _wait(processes, shared, callback)
    finally:
        for process in processes:
            process.kill()
            process.join()
    seconds = float(shared.times[:, 1].max() - shared.times[:, 0].min())
    return Apart(seconds, (int(shared.done[0]), int(shared.done[1])))


def _check(lower: Agent, upper: Agent, credit: SyntheticGradient | None, some: Labeled, budget: Budget) -> None:
    for what, given, kind in (
        ("lower part", lower, Agent),
        ("upper part", upper, Agent),
        ("budget", budget, Budget),
        ("credit", credit, SyntheticGradient | None),
        ("data", some, Labeled),
    ):
        if not isinstance(given, kind):
            raise invalid(f"The {what} must be of {kind}", type(given).__name__, "Pass one.")
    ends = [[str(p) for p in ports.values()] for ports in (lower.graph.outputs, upper.graph.inputs)]
    (value, *more), (heard, *others) = lower.graph.outputs.values(), upper.graph.inputs.values()
    if more or others or not value.fits(heard) or len(value.shape) != 1:
        remedy = "Take the parts out of one graph, cut at one wire of one axis."
        raise invalid(
            "The lower part must pass one row of numbers to the upper part", f"{ends[0]} to {ends[1]}", remedy
        )
    if budget.max_grad_norm:
        remedy = "Pass a budget with max_grad_norm=0."
        received = f"max_grad_norm={budget.max_grad_norm}"
        raise invalid("Neither process has all gradients, so none can be clipped", received, remedy)
    if credit is None:
        return
    if not credit.inputs["x"].fits(value) or credit.extra_inputs.get("label", CLASSES) != CLASSES:
        rule = f"A credit between the parts must be of {value}, with {CLASSES} labels or none"
        raise invalid(rule, {name: str(port) for name, port in credit.inputs.items()}, "Make one that fits.")
    if "context" in credit.extra_inputs or credit.gradient_prob < 1:
        received = f"context {credit.extra_inputs.get('context', 0)}, gradient_prob {credit.gradient_prob}"
        rule = "Between two processes, credit takes only value and label, and gradient_prob must be 1"
        raise invalid(rule, received, "Leave that out.")


def _wait(processes: list[Any], shared: _Shared, callback: Callable[..., object] | None) -> None:
    while any(process.exitcode is None for process in processes):
        time.sleep(LOOKS)
        if callback:
            callback([process.pid for process in processes], shared.done[:2].tolist())
        for name, process, updates in zip(PARTS, processes, shared.done.tolist(), strict=False):
            if process.exitcode:
                code = process.exitcode
                how = f"of {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
                kept = "Both parts are as they last were: save them, or train them on."
                raise ChildProcessError(f"The process of the {name} part died {how}, after {updates} updates. {kept}")


def _lower(part: Agent, credit: SyntheticGradient | None, some: Labeled, budget: Budget, shared: _Shared) -> None:
    step = _Descent([part] if credit is None else [part, credit], budget)
    sent: dict[int, tuple[Tensor, Tensor]] = {}
    last = -1
    with _timed(shared, 0):
        for update in range(budget.updates):
            rows = np.random.default_rng([budget.seed, update]).integers(len(some.digit), size=budget.batch)
            digit = torch.from_numpy(some.digit[rows])
            value = _only(part(torch.from_numpy(some.image[rows]), None)[0])
            shared.up.send(update, torch.cat([value.detach(), digit[:, None]], -1))
            if credit is None:
                value.backward(shared.down.wait(update))
            else:
                label = nn.functional.one_hot(digit, CLASSES).float()
                value.backward(predict_gradient(credit, value, label).detach() / len(value))
                sent[update] = value.detach(), label
                news = shared.down.newest(last)
                if news:
                    last, gradient = news
                    loss_of_prediction(credit, *sent[last], gradient).backward()
                    sent = {number: kept for number, kept in sent.items() if number > last}
            step(update)
            shared.done[0] = update + 1
        shared.done[2] = 1


def _upper(part: Agent, budget: Budget, shared: _Shared) -> None:
    step, last = _Descent([part], budget), -1
    with _timed(shared, 1):
        while True:
            finished = bool(shared.done[2])
            news = shared.up.newest(last)
            if news:
                last, message = news
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
    """The synthetic gradient of each row's own loss, also from the label if the predictor receives it."""
    return credit.predict_gradient(value, *[label] * (len(credit.inputs) - 1))


def loss_of_prediction(
    credit: SyntheticGradient, value: Tensor, label: Tensor, gradient: Float[Tensor, "rows ..."]
) -> Float[Tensor, ""]:
    """Squared error of a prediction, summed over numbers, averaged over rows; ``gradient`` is that of the mean loss."""
    rows = len(value)
    return (predict_gradient(credit, value, label) - rows * gradient).square().sum() / rows


class _Descent:
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
