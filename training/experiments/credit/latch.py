"""Remembering a bit for longer than gradients are propagated: truncated, or with synthetic gradients at window borders.

Jaderberg et al. 2016, arXiv:1608.05343, on recurrent networks.
``python -m interlect.training.experiments.credit.latch --seeds 0-4``
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from ....agents import GRU, Agent, Graph, Linear, Module, Port, StopGradient, SyntheticGradient, Wire
from ....agents.compiler import Memory
from ..experiment import Rows, experiment

UNITS, WINDOW, BATCH, RATE, AUXILIARY = 16, 2, 128, 3e-3, 0.01
DISTRACTORS = (8, 14)
SOLVED = 0.1
"""Loss in bits of a solved task; guessing has 1."""
LONGEST, TIMES = 2000, 10
"""Most updates of full backpropagation through time; and the multiple of its updates that others may take."""


@dataclass(frozen=True)
class Condition:
    """The gradient that passes the border between two windows.

    Attributes:
        border: the module that the state passes there; None for the gradient itself (BPTT through all steps).
        label: the predictor also receives the correct answer, which is privileged information in training.
        ahead: the state is also trained to predict the prediction at the next border (the auxiliary task).
    """

    border: type[StopGradient] | type[SyntheticGradient] | None
    label: bool = False
    ahead: bool = False


ARMS = {
    "full BPTT": Condition(None),
    f"BPTT({WINDOW})": Condition(StopGradient),
    "DNI": Condition(SyntheticGradient),
    "DNI, auxiliary task": Condition(SyntheticGradient, ahead=True),
    "DNI, label": Condition(SyntheticGradient, label=True),
}


def run(seed: int) -> Rows:
    """Updates until the task is solved, and whether it was; if not, the updates are the maximum."""
    rows = {}
    for distractors in DISTRACTORS:
        most = LONGEST
        for name, arm in ARMS.items():
            took = updates_to_solve(arm, distractors, seed, most)
            found = {"updates": float(most if took is None else took), "solved": float(took is not None)}
            rows[f"{name}, {distractors} distractors"] = found
            if arm.border is None and took is not None:
                most = TIMES * took
    return rows


def updates_to_solve(arm: Condition, distractors: int, seed: int, most: int) -> int | None:
    """Updates after which the loss of a new batch is below ``SOLVED`` bits; None if it never is."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        learner = Latch(arm)
    optimizer = torch.optim.Adam(learner.parameters(), lr=RATE, foreach=True)
    for update in range(most):
        signal, bit = sequences(distractors, BATCH, np.random.default_rng([seed, update]))
        loss, auxiliary = learner(signal, bit)
        if loss.item() < SOLVED:
            return update
        optimizer.zero_grad()
        (loss + auxiliary).backward()
        optimizer.step()
    return None


def sequences(
    distractors: int, rows: int, rng: np.random.Generator
) -> tuple[Float[Tensor, "T rows 2"], Int64[Tensor, "rows"]]:
    """A flagged bit, then distractors without flag, then an empty step; bits are -1 and 1."""
    signal = torch.zeros(distractors + 2, rows, 2)
    signal[:-1, :, 0] = torch.from_numpy(rng.integers(2, size=(distractors + 1, rows)) * 2.0 - 1)
    signal[0, :, 1] = 1
    return signal, (signal[0, :, 0] > 0).long()


def latch() -> Graph:
    """Input layer, GRU and output layer as a graph."""
    modules: dict[str, Module] = {
        "observation_encoder": Linear(2, (UNITS,)),
        "rnn": GRU(UNITS, bound=UNITS**-0.5),
        "action_head": Linear(UNITS, (2,)),
    }
    ends = (
        Wire("input.signal", "observation_encoder.x"),
        Wire("rnn.out", "action_head.x"),
        Wire("action_head.out", "output.act"),
    )
    wires = (*ends, Wire("observation_encoder.out", "rnn.x"), Wire("rnn.state", "rnn.state", delay=1))
    return Graph({"signal": Port((2,))}, {"act": Port((2,))}, modules, wires)


class Latch(nn.Module):
    """An agent whose state passes through a module at every border between two windows.

    One backward pass trains everything: with synthetic credit, a border receives the gradient of the next
    window, its own prediction included.
    """

    def __init__(self, arm: Condition) -> None:
        super().__init__()
        self.arm = arm
        self.agent = Agent(latch())
        self.border: StopGradient | SyntheticGradient | None = None
        if arm.border is StopGradient:
            self.border = StopGradient((UNITS,))
        if arm.border is SyntheticGradient:
            self.border = SyntheticGradient((UNITS,), labels=2 if arm.label else 0)
        self.ahead = nn.Linear(UNITS, UNITS) if arm.ahead else None

    def forward(
        self, signal: Float[Tensor, "T rows 2"], bit: Int64[Tensor, "rows"]
    ) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
        """Loss in bits of the answer after the last step, and loss of the auxiliary task."""
        memory: Memory = None
        borders: list[Tensor] = []
        label = [nn.functional.one_hot(bit, 2).float()] if self.arm.label else []
        for time, seen in enumerate(signal):
            if self.border and memory and time % WINDOW == 0:
                (state,) = memory
                borders.append(state)
                memory = (self.border(state, *label),)
            outputs, memory = self.agent(seen, memory)
        loss = nn.functional.cross_entropy(outputs["act"], bit) / np.log(2)
        return loss, AUXILIARY * sum(map(self._missed, borders, borders[1:]), signal.new_zeros(()))

    def _missed(self, state: Tensor, following: Tensor) -> Tensor:
        """Squared error of predicting, at one border, the gradient that is predicted at the next."""
        if self.ahead is None or not isinstance(self.border, SyntheticGradient):
            return state.new_zeros(())
        error: Tensor = self.ahead(state) - self.border.predict_gradient(following).detach()
        return error.square().sum(-1).mean()


if __name__ == "__main__":
    experiment("A bit kept through distractors; updates until the loss is under 0.1 bit", "credit_latch", run)
