"""The scorecard of a reader of digits: what each operator inside it leaves of its accuracy on held-out pictures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import torch

from ...agents import Agent, Graph
from ...agents.architectures.image_classifier import block
from ...agents.editing.arrangements import arranged
from ...agents.operators import Claim, Operated, augment, exclude, lift, reorder, split, substitute
from ...envs.pictures.images import digits
from ..adaptation.borders import bordered, fresh_blocks, relearned
from ..adaptation.classifiers import accuracy, asked, batch_loss, fresh
from ..adaptation.distilling import distill, teacher
from ..adaptation.fitting import Budget
from ..experiments.digits.distilled_substitution import PUPILS, designs, join_team
from ..experiments.digits.order_study import blocks_by_class
from ..learners.classification import Classification
from .card import Row


@dataclass(frozen=True)
class DigitsCard:
    """One reader under all operators.

    Attributes:
        agent: the reader.
        settings: of its run.
        budget: of each re-learning.
    """

    agent: Agent
    settings: Classification
    budget: Budget

    def check(self) -> None:
        """That no interface is too large: the borders behind eye and blocks.

        Raises:
            ValueError: if one is.
        """
        if len(self.settings.names) > 1:
            bordered(self.agent.graph, ["observation_encoder", *self.settings.names])

    def rows(self) -> list[Row]:
        """All rows; those of blocks where there are at least two."""
        rows = [self.split(), self.copy(), self.distilled(), self.augment()]
        return [*rows, self.lift(), self.reorder(), *self.exclude()] if len(self.settings.names) > 1 else rows

    def split(self) -> Row:
        """The choice becomes two modules."""
        return self._exact("the choice becomes two", split(self.agent.graph, "action_head"))

    def copy(self) -> Row:
        """A copy of the eye."""
        return self._exact(
            "a copy of the eye",
            substitute(
                self.agent.graph, "observation_encoder", self.agent.clone().graph.modules["observation_encoder"]
            ),
        )

    def augment(self) -> Row:
        """A block more, in series before the choice."""
        graph = self.agent.graph
        end = next(wire for wire in graph.wires if wire.receiver == "action_head")
        return self._exact("a block more", augment(graph, "more", block(self.settings.width, residual=False), on=end))

    def distilled(self) -> Row:
        """Eye and blocks give way to one hidden layer that learned from them."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.budget.seed)
            design = designs(self.settings.width)["one hidden layer"]
        done = substitute(join_team(self.agent.graph, self.settings), "observation_encoder", design)
        train, held_out = digits("train"), digits("held_out")
        draw, budget = batch_loss(train.image, train.digit), Budget(updates=PUPILS, seed=self.budget.seed)
        nobody = fresh(replace(self.settings, seed=self.budget.seed))
        student, untaught = (
            distill(
                Agent(done.after), teacher(old, ["act"]), draw, mix=1.0, budget=budget, learned=["observation_encoder"]
            )
            for old in (self.agent, nobody)
        )
        same = (asked(student, held_out.image).argmax(-1) == asked(self.agent, held_out.image).argmax(-1)).double()
        agree = float(torch.from_numpy(held_out.chance) @ same)
        row = self._row("substitute", "one hidden layer for eye and blocks, distilled", done, student)
        note = "never trained: distilled as long, from a reader that never learned"
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
        """A block goes; then all of them, which tells what is modular from what is redundant."""
        first, *rest = self.settings.names
        gone = Claim("measured", f"{', '.join(self.settings.names)} are bypassed.")
        one = exclude(self.agent.graph, first)
        everything = reduce(lambda graph, name: exclude(graph, name).after, self.settings.names, self.agent.graph)
        each = {f"without {name}": self._value(exclude(self.agent.graph, name).after) for name in self.settings.names}
        rows = [
            self._learned(f"{first} goes", one, rest),
            self._learned("all blocks go", replace(one, after=everything, claim=gone), ()),
        ]
        lesions = blocks_by_class(self.agent, self.settings.names, digits("held_out"))
        return [replace(rows[0], details=each, lesions=lesions), rows[1]]

    def _exact(self, what: str, done: Operated[Graph]) -> Row:
        before = self._value(self.agent.graph)
        graphs = (self.agent.graph, done.after)
        return Row(done.operator, what, str(done.claim), before, 1.0, self._value(done.after), graphs=graphs)

    def _learned(self, what: str, done: Operated[Graph], blocks: Sequence[str]) -> Row:
        """With a scale and a shift behind the eye and each block learned again; the control has fresh blocks."""
        row, names = self._row(done.operator, what, done, Agent(done.after)), ["observation_encoder", *blocks]
        again, gone = relearned(done.after, names, self.budget), arranged(self.agent.graph, self.settings.names, ())
        if not blocks:
            note = "reference: all right; what is left has no control: it is one for the other rows"
            return replace(row.learned(again, None), note=note)
        control = relearned(fresh_blocks(done.after, blocks, self.budget.seed), names, self.budget)
        removed = relearned(gone, ["observation_encoder"], self.budget).curve[-1][1]
        note = "reference: all right; removed: all blocks gone, the interface behind the eye learned again"
        return replace(row.learned(again, control), removed=removed, note=note)

    def _row(self, operator: str, what: str, done: Operated[Graph], after: Agent) -> Row:
        before, graphs = self._value(self.agent.graph), (self.agent.graph, done.after)
        worth = accuracy(after, digits("held_out"))
        return Row(operator, what, str(done.claim), before, 1.0, worth, graphs=graphs)

    def _value(self, graph: Graph) -> float:
        return accuracy(Agent(graph), digits("held_out"))
