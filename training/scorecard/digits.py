"""The scorecard of a digit classifier: the effect of each operator inside it on accuracy on held-out images."""

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
from ..adaptation.interface_layers import add_interface_layers, reinitialized_blocks, relearn_interface_layers
from ..adaptation.optimization import Budget
from ..experiments.digits.distilled_substitution import PUPILS, designs, join_blocks
from ..experiments.digits.order_study import blocks_by_class
from ..learners.classification import Classification
from .rows import Row


@dataclass(frozen=True)
class DigitsScorecard:
    """Applies all operators inside one digit classifier.

    Attributes:
        agent: the classifier.
        settings: the settings of its run.
        budget: the budget of each re-learning.
    """

    agent: Agent
    settings: Classification
    budget: Budget

    def check(self) -> None:
        """Check the sizes of the interface layers behind encoder and blocks.

        Raises:
            ValueError: if one is too large.
        """
        if len(self.settings.names) > 1:
            add_interface_layers(self.agent.graph, ["observation_encoder", *self.settings.names])

    def rows(self) -> list[Row]:
        """All rows; those of blocks where there are at least two."""
        rows = [self.split(), self.copy(), self.distilled(), self.augment()]
        return [*rows, self.lift(), self.reorder(), *self.exclude()] if len(self.settings.names) > 1 else rows

    def split(self) -> Row:
        """The output layer becomes two modules."""
        return self._exact("the output layer becomes two", split(self.agent.graph, "action_head"))

    def copy(self) -> Row:
        """The encoder is substituted by a copy."""
        return self._exact(
            "a copy of the encoder",
            substitute(
                self.agent.graph, "observation_encoder", self.agent.clone().graph.modules["observation_encoder"]
            ),
        )

    def augment(self) -> Row:
        """A block is added in series before the output layer."""
        graph = self.agent.graph
        end = next(wire for wire in graph.wires if wire.receiver == "action_head")
        return self._exact("one more block", augment(graph, "more", block(self.settings.width, residual=False), on=end))

    def distilled(self) -> Row:
        """Encoder and blocks are substituted by one hidden layer, distilled from them."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.budget.seed)
            design = designs(self.settings.width)["one hidden layer"]
        done = substitute(join_blocks(self.agent.graph, self.settings), "observation_encoder", design)
        train, held_out = digits("train"), digits("held_out")
        draw, budget = batch_sampler(train.image, train.digit), Budget(updates=PUPILS, seed=self.budget.seed)
        untaught_teacher = untrained_agent(replace(self.settings, seed=self.budget.seed))
        student, untaught = (
            distill(
                Agent(done.after), teacher(old, ["act"]), draw, mix=1.0, budget=budget, learned=["observation_encoder"]
            )
            for old in (self.agent, untaught_teacher)
        )
        same = (
            predict_logits(student, held_out.image).argmax(-1) == predict_logits(self.agent, held_out.image).argmax(-1)
        ).double()
        agree = float(torch.from_numpy(held_out.chance) @ same)
        row = self._row("substitute", "one hidden layer for encoder and blocks, distilled", done, student)
        note = "never trained: distilled for as long from an untrained classifier"
        control = accuracy(untaught, held_out)
        return replace(row, never_trained=control, details={"agreement": agree}, note=note)

    def lift(self) -> Row:
        """All blocks become the first one."""
        done = lift(self.agent.graph, self.settings.names)
        return self._learned("all blocks become the first", done, self.settings.names)

    def reorder(self) -> Row:
        """The first and the last block change places."""
        first, *_, last = self.settings.names
        done = reorder(self.agent.graph, first, last)
        return self._learned(f"{first} and {last} change places", done, self.settings.names)

    def exclude(self) -> list[Row]:
        """One block is removed; then all of them, which distinguishes modularity from redundancy."""
        first, *rest = self.settings.names
        gone = Claim("measured", f"{', '.join(self.settings.names)} are bypassed.")
        one = exclude(self.agent.graph, first)
        everything = reduce(lambda graph, name: exclude(graph, name).after, self.settings.names, self.agent.graph)
        without = {
            f"without {name}": self._value(exclude(self.agent.graph, name).after) for name in self.settings.names
        }
        rows = [
            self._learned(f"{first} is removed", one, rest),
            self._learned("all blocks are removed", replace(one, after=everything, claim=gone), ()),
        ]
        lesions = blocks_by_class(self.agent, self.settings.names, digits("held_out"))
        return [replace(rows[0], details=without, lesions=lesions), rows[1]]

    def _exact(self, what: str, done: OperatorResult[Graph]) -> Row:
        before = self._value(self.agent.graph)
        graphs = (self.agent.graph, done.after)
        return Row(done.operator, what, str(done.claim), before, 1.0, self._value(done.after), graphs=graphs)

    def _learned(self, what: str, done: OperatorResult[Graph], blocks: Sequence[str]) -> Row:
        """The row after re-learning interface layers behind encoder and blocks; the control has new blocks."""
        row, names = self._row(done.operator, what, done, Agent(done.after)), ["observation_encoder", *blocks]
        again, gone = (
            relearn_interface_layers(done.after, names, self.budget),
            rearrange(self.agent.graph, self.settings.names, ()),
        )
        if not blocks:
            note = "reference: 1; without a control: this row is the control of the other rows"
            return replace(row.learned(again, None), note=note)
        control = relearn_interface_layers(
            reinitialized_blocks(done.after, blocks, self.budget.seed), names, self.budget
        )
        removed = relearn_interface_layers(gone, ["observation_encoder"], self.budget).curve[-1][1]
        note = "reference: 1; removed: without blocks, with the interface behind the encoder re-learned"
        return replace(row.learned(again, control), removed=removed, note=note)

    def _row(self, operator: str, what: str, done: OperatorResult[Graph], after: Agent) -> Row:
        before, graphs = self._value(self.agent.graph), (self.agent.graph, done.after)
        worth = accuracy(after, digits("held_out"))
        return Row(operator, what, str(done.claim), before, 1.0, worth, graphs=graphs)

    def _value(self, graph: Graph) -> float:
        return accuracy(Agent(graph), digits("held_out"))
