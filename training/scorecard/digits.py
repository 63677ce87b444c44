"""The scorecard of a digit classifier: the effect of each operator on its accuracy on held-out images."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import torch

from ...agents import Agent, Graph
from ...agents.architectures.image_classifier import block
from ...agents.editing.arrangements import rearrange
from ...agents.operators import Claim, OperatorResult, augment, exclude, lift, reorder, split, substitute
from ...envs.pictures.images import digits
from ..adaptation.digit_classifiers import accuracy, batch_sampler, predict_logits, untrained_agent
from ..adaptation.distilling import distill, teacher
from ..adaptation.interface_layers import add_interface_layers, reinitialize_blocks, relearn_interface_layers
from ..adaptation.optimization import Budget
from ..experiments.digits.distilled_substitution import STUDENT_UPDATES, designs, join_blocks
from ..experiments.digits.order_study import loss_by_block_and_class
from ..learners.classification import Classification
from .rows import Row


@dataclass(frozen=True)
class DigitsScorecard:
    """Applies all operators to the modules of one digit classifier.

    Attributes:
        agent: the classifier.
        settings: the settings of its run.
        budget: the budget of each re-learning.
    """

    agent: Agent
    settings: Classification
    budget: Budget

    def check(self) -> None:
        """Check the sizes of the interface layers after the encoder and the blocks.

        Raises:
            ValueError: if one is too large.
        """
        if len(self.settings.names) > 1:
            add_interface_layers(self.agent.graph, ["observation_encoder", *self.settings.names])

    def rows(self) -> list[Row]:
        """All rows; those about blocks only if there are at least two blocks."""
        rows = [self.split(), self.copy(), self.distill(), self.augment()]
        return [*rows, self.lift(), self.reorder(), *self.exclude()] if len(self.settings.names) > 1 else rows

    def split(self) -> Row:
        """The output layer becomes two modules."""
        return self._exact_row("the output layer becomes two", split(self.agent.graph, "action_head"))

    def copy(self) -> Row:
        """The encoder is substituted by a copy."""
        return self._exact_row(
            "a copy of the encoder",
            substitute(
                self.agent.graph, "observation_encoder", self.agent.clone().graph.modules["observation_encoder"]
            ),
        )

    def augment(self) -> Row:
        """A block is added in series before the output layer."""
        graph = self.agent.graph
        end = next(wire for wire in graph.wires if wire.receiver == "action_head")
        return self._exact_row(
            "an additional block", augment(graph, "new_block", block(self.settings.width, residual=False), on=end)
        )

    def distill(self) -> Row:
        """Encoder and blocks are substituted by one hidden layer, distilled from them."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.budget.seed)
            design = designs(self.settings.width)["one hidden layer"]
        result = substitute(join_blocks(self.agent.graph, self.settings), "observation_encoder", design)
        train, held_out = digits("train"), digits("held_out")
        draw, budget = batch_sampler(train.image, train.digit), Budget(updates=STUDENT_UPDATES, seed=self.budget.seed)
        untrained_teacher = untrained_agent(replace(self.settings, seed=self.budget.seed))
        student, control_student = (
            distill(
                Agent(result.after),
                teacher(old, ["act"]),
                draw,
                mix=1.0,
                budget=budget,
                trainable=["observation_encoder"],
            )
            for old in (self.agent, untrained_teacher)
        )
        same_answer = (
            predict_logits(student, held_out.image).argmax(-1) == predict_logits(self.agent, held_out.image).argmax(-1)
        ).double()
        agreement = float(torch.from_numpy(held_out.chance) @ same_answer)
        row = self._row("substitute", "one hidden layer for encoder and blocks, distilled", result, student)
        note = "never trained: distilled from an untrained classifier with the same budget"
        never_trained = accuracy(control_student, held_out)
        return replace(row, never_trained=never_trained, details={"agreement": agreement}, note=note)

    def lift(self) -> Row:
        """All blocks become the first one."""
        result = lift(self.agent.graph, self.settings.names)
        return self._relearned_row("all blocks become the first", result, self.settings.names)

    def reorder(self) -> Row:
        """The first and the last block swap places."""
        first, *_, last = self.settings.names
        result = reorder(self.agent.graph, first, last)
        return self._relearned_row(f"{first} and {last} swap places", result, self.settings.names)

    def exclude(self) -> list[Row]:
        """One block is removed; then all blocks are, which distinguishes modularity from redundancy."""
        first, *rest = self.settings.names
        bypassed = Claim("measured", f"{', '.join(self.settings.names)} are bypassed.")
        without_first = exclude(self.agent.graph, first)
        without_blocks = reduce(lambda graph, name: exclude(graph, name).after, self.settings.names, self.agent.graph)
        accuracies = {
            f"without {name}": self._value(exclude(self.agent.graph, name).after) for name in self.settings.names
        }
        rows = [
            self._relearned_row(f"{first} is removed", without_first, rest),
            self._relearned_row(
                "all blocks are removed", replace(without_first, after=without_blocks, claim=bypassed), ()
            ),
        ]
        lesions = loss_by_block_and_class(self.agent, self.settings.names, digits("held_out"))
        return [replace(rows[0], details=accuracies, lesions=lesions), rows[1]]

    def _exact_row(self, change: str, result: OperatorResult[Graph]) -> Row:
        before = self._value(self.agent.graph)
        graphs = (self.agent.graph, result.after)
        return Row(result.operator, change, str(result.claim), before, 1.0, self._value(result.after), graphs=graphs)

    def _relearned_row(self, change: str, result: OperatorResult[Graph], blocks: Sequence[str]) -> Row:
        """A row with interface layers re-learned after encoder and blocks; the control has untrained blocks."""
        row, names = self._row(result.operator, change, result, Agent(result.after)), ["observation_encoder", *blocks]
        relearned = relearn_interface_layers(result.after, names, self.budget)
        without_blocks = rearrange(self.agent.graph, self.settings.names, ())
        if not blocks:
            note = "reference: 1; no control, because this row is itself the control of the other rows"
            return replace(row.with_relearning(relearned, None), note=note)
        control = relearn_interface_layers(
            reinitialize_blocks(result.after, blocks, self.budget.seed), names, self.budget
        )
        removed = relearn_interface_layers(without_blocks, ["observation_encoder"], self.budget).curve[-1][1]
        note = "reference: 1; removed: no blocks; only the interface behind the encoder is re-learned"
        return replace(row.with_relearning(relearned, control), removed=removed, note=note)

    def _row(self, operator: str, change: str, result: OperatorResult[Graph], after: Agent) -> Row:
        before, graphs = self._value(self.agent.graph), (self.agent.graph, result.after)
        zero_shot = accuracy(after, digits("held_out"))
        return Row(operator, change, str(result.claim), before, 1.0, zero_shot, graphs=graphs)

    def _value(self, graph: Graph) -> float:
        return accuracy(Agent(graph), digits("held_out"))
