"""Remembering a bit for longer than a window of time steps: with truncated or synthetic gradients between windows.

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
"""The task is solved if the loss in bits is below this; that of guessing is 1."""
LONGEST, FACTOR = 2000, 10
"""Maximum number of updates of full backpropagation through time; factor of its updates that other methods may take."""


@dataclass(frozen=True)
class Condition:
    """The gradient that passes the border between two windows of time steps.

    Attributes:
        border: the module that the state passes at the border; None for the true gradient (BPTT through all steps).
        label: whether the predictor also receives the correct answer, which is privileged information in training.
        ahead: whether the state is also trained to predict the next border's synthetic gradient (the auxiliary task).
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
    """Number of updates until the task is solved (if it is not, the maximum), and whether it was solved."""
    rows = {}
    for distractors in DISTRACTORS:
        most = LONGEST
        for name, arm in ARMS.items():
            took = updates_to_solve(arm, distractors, seed, most)
            row = {"updates": float(most if took is None else took), "solved": float(took is not None)}
            rows[f"{name}, {distractors} distractors"] = row
            if arm.border is None and took is not None:
                most = FACTOR * took
    return rows


def updates_to_solve(arm: Condition, distractors: int, seed: int, most: int) -> int | None:
    """Number of updates after which the loss of a new batch is below ``SOLVED`` bits; None if it never is."""
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
    """A batch of sequences, each a flagged bit, distractors without flag and an empty step; bits are -1 or 1."""
    signal = torch.zeros(distractors + 2, rows, 2)
    signal[:-1, :, 0] = torch.from_numpy(rng.integers(2, size=(distractors + 1, rows)) * 2.0 - 1)
    signal[0, :, 1] = 1
    return signal, (signal[0, :, 0] > 0).long()


def latch_graph() -> Graph:
    """A graph of an input layer, a GRU and an output layer."""
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

    One backward pass trains all modules. With synthetic gradients, a border receives the gradient of the next window,
    which includes the prediction at the window's end.
    """

    def __init__(self, arm: Condition) -> None:
        super().__init__()
        self.arm = arm
        self.agent = Agent(latch_graph())
        self.border: StopGradient | SyntheticGradient | None = None
        if arm.border is StopGradient:
            self.border = StopGradient((UNITS,))
        if arm.border is SyntheticGradient:
            self.border = SyntheticGradient((UNITS,), labels=2 if arm.label else 0)
        self.ahead = nn.Linear(UNITS, UNITS) if arm.ahead else None

    def forward(
        self, signal: Float[Tensor, "T rows 2"], bit: Int64[Tensor, "rows"]
    ) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
        """The loss of the answer after the last step in bits, and the loss of the auxiliary task."""
        memory: Memory = None
        borders: list[Tensor] = []
        label = [nn.functional.one_hot(bit, 2).float()] if self.arm.label else []
        for time, observation in enumerate(signal):
            if self.border and memory and time % WINDOW == 0:
                (state,) = memory
                borders.append(state)
                memory = (self.border(state, *label),)
            outputs, memory = self.agent(observation, memory)
        loss = nn.functional.cross_entropy(outputs["act"], bit) / np.log(2)
        return loss, AUXILIARY * sum(map(self._auxiliary_error, borders, borders[1:]), signal.new_zeros(()))

    def _auxiliary_error(self, state: Tensor, following: Tensor) -> Tensor:
        """Squared error of the prediction, at one border, of the gradient that is predicted at the next."""
        if self.ahead is None or not isinstance(self.border, SyntheticGradient):
            return state.new_zeros(())
        error: Tensor = self.ahead(state) - self.border.predict_gradient(following).detach()
        return error.square().sum(-1).mean()


if __name__ == "__main__":
    experiment("Memory of one bit through distractors; updates until the loss is below 0.1 bit", "credit_latch", run)
