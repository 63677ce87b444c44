"""The scorecard of a stacked painter: the effect of each operator on the fraction of pictures of the right kind."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from ...agents import Agent, Graph, Linear, Module, Series, SymbolMap, Team, Wire
from ...agents.generators import Concatenate, level
from ...agents.operators import (
    OperatorResult,
    augment,
    exclude,
    inside,
    lesion_matrix,
    port,
    reorder,
    split,
    substitute,
)
from ...envs.core.play import play
from ...envs.core.registry import make_core, measures
from ..adaptation.batch_losses import painted_batch_loss
from ..adaptation.optimization import Budget, fit, parameters_of
from ..adaptation.relearn import BatchLoss, RelearningResult, never_trained, relearn_interfaces, share_of
from ..adversarial.sgan import SGAN
from ..runs.evaluate import MEASURED
from .rows import Row

PAINTER = "agent_0"
FEATURES = Wire("feature_generator.out", "picture_generator.features")
"""The wire between the two levels."""
DETAILS = ("frechet_distance", "coverage", "diversity")
"""Further measures, which rows contain as details."""
SUBTASKS = ("kind_accuracy", "precision", "coverage", "diversity")
"""The measures whose loss the lesion matrix shows."""
STUDENT_UPDATES, STUDENT_RATE = 10, 3e-3
"""Updates of distillation, as a multiple of the budget of re-learning, and learning rate at the first update."""


@dataclass(frozen=True)
class PaintedScorecard:
    """Applies all operators to the levels of one painter.

    Attributes:
        team: the painter and its critic.
        settings: the settings of its run.
        budget: the budget of each re-learning.
        other: the team of another run, whose picture level is put into the painter; None omits this row.
    """

    team: Team
    settings: SGAN
    budget: Budget
    other: Team | None = None

    def check(self) -> None:
        """Check the sizes of the interfaces.

        Raises:
            ValueError: if one is too large.
        """
        for team, names in (_add_border(self.team), self._ported(self.team)):
            share_of(team, names)

    def rows(self) -> list[Row]:
        """All rows; the one that exchanges noise only if both levels receive equally many random numbers."""
        rows = [self.split(), self.copy(), self.distill(), self.augment(), self.port()]
        rows += [self.foreign_level(self.other)] if self.other else []
        first, second = self.settings.noises
        return [*rows, *([self.reorder()] if first == second else []), *self.exclude()]

    def split(self) -> Row:
        """The painter becomes two modules, one per level, and features pass between them."""
        at = list(self.painter.modules).index("feature_generator") + 1
        return self._row("the painter becomes two levels", split(self.team, PAINTER, at, ("features", "pictures")))

    def copy(self) -> Row:
        """The picture level is substituted by a copy."""
        copied = self.team.agents[0].clone().graph.modules["picture_generator"]
        return self._row("a copy of the picture level", self._substitute(copied))

    def augment(self) -> Row:
        """A residual module is added on the wire between the levels."""
        (size,) = self.painter.sources()[FEATURES.source].shape
        layers = Series([Linear(size, (size,), relu=True), Linear(size, (size,))])
        result = inside(self.team, PAINTER, augment, "new_module", layers, on=FEATURES)
        return self._row("a module between the levels", result)

    def distill(self) -> Row:
        """The picture level is substituted by one wide hidden layer, which imitates its pictures."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.budget.seed)
            sizes = {name: port.shape[0] for name, port in self.painter.modules["picture_generator"].inputs.items()}
            student = level(sizes, self.painter.outputs["emit"].shape, 2 * self.settings.width, 1)
        result = self._substitute(student)
        row = self._row("one hidden layer for the picture level, distilled", result)
        trained, control = (self._imitate(result.after, old) for old in (self.team, self._untrained))
        note = "zero-shot: after distillation; never trained: distilled from a painter that was never trained"
        return replace(
            row,
            zero_shot=self._value(trained),
            never_trained=self._value(control),
            details=self._details(trained),
            note=note,
        )

    def port(self) -> Row:
        """The frozen picture level paints from features that an affine map computes."""
        result = self._port(self.team)
        row = self._row("the picture level behind an affine feature level", result)
        relearned, control = (self._relearn(*self._ported(team)) for team in (self.team, self._untrained))
        return replace(row.with_relearning(relearned, control), details=self._details(relearned.team))

    def foreign_level(self, other: Team) -> Row:
        """The picture level of another run is put into the painter; then a linear map of its features is learned."""
        new, untrained = (
            team.agents[0].graph.modules["picture_generator"]
            for team in (other, never_trained(other, self.budget.seed))
        )
        row = self._row("the picture level of another run", self._substitute(new))
        relearned, control = (
            self._relearn(*_add_border(self._substitute(module).after)) for module in (new, untrained)
        )
        removed = self._value(inside(self.team, PAINTER, exclude, FEATURES).after)
        note = "re-learned: a linear map of the features; removed: the picture level receives no features"
        details = {f"{name} at once": value for name, value in row.details.items()} | self._details(relearned.team)
        return replace(row.with_relearning(relearned, control), removed=removed, details=details, note=note)

    def reorder(self) -> Row:
        """The two levels exchange their random numbers."""
        result = inside(self.team, PAINTER, reorder, "feature_noise", "picture_noise")
        return self._row("the levels exchange their random numbers", result)

    def exclude(self) -> list[Row]:
        """The noise of each level is cut; then the feature level is, so that the picture level reads zeros."""
        parts = {
            "feature_noise": "the feature level receives no noise",
            "picture_noise": "the picture level receives no noise",
            "feature_generator": "the feature level is removed",
        }
        cut = {name: inside(self.team, PAINTER, exclude, name, bypass=False) for name in parts}
        rows = [self._row(what, cut[name]) for name, what in parts.items()]
        lesions = {f"without {name.replace('_', ' ')}": result.after for name, result in cut.items()}
        return [*rows[:-1], replace(rows[-1], lesions=lesion_matrix(self.team, lesions, self._subtasks))]

    @property
    def painter(self) -> Graph:
        """The graph of the painter."""
        graph: Graph = self.team.agents[0].graph
        return graph

    @cached_property
    def _before(self) -> float:
        return self._value(self.team)

    @cached_property
    def _untrained(self) -> Team:
        return never_trained(self.team, self.budget.seed)

    @cached_property
    def _loss(self) -> BatchLoss:
        return painted_batch_loss(self.settings, self.budget.batch, self.team.agents[0])

    def _substitute(self, module: Module) -> OperatorResult[Team]:
        return inside(self.team, PAINTER, substitute, "picture_generator", module)

    def _imitate(self, team: Team, teacher: Team) -> Team:
        """A copy of a team whose picture level is trained to paint the pictures of a teacher."""
        trained = replace(team, agents=[agent.clone() for agent in team.agents])
        core = make_core("forgery_v0", 2, self.budget.batch, self.budget.seed, **self.settings.training_options())

        def loss(rng: np.random.Generator) -> Tensor:
            observed = torch.from_numpy(core.reset().observation[:, 0])
            painted, target = (
                each.channel.send(each.agents[0](observed, None)[0]["emit"]) for each in (trained, teacher)
            )
            return mse_loss(painted, target.detach())

        parameters = parameters_of(trained.agents[0].graph, ["picture_generator"])
        fit(
            parameters.values(),
            loss,
            replace(self.budget, updates=STUDENT_UPDATES * self.budget.updates, learning_rate=STUDENT_RATE),
        )
        return trained

    def _port(self, team: Team) -> OperatorResult[Team]:
        """The picture level of a painter in a graph with a feature level of one affine map."""
        graph = team.agents[0].graph
        affine = graph.modules["feature_generator"]
        sizes = {name: end.shape[0] for name, end in affine.inputs.items()}
        features = affine.outputs["out"].shape
        borders: dict[str, Module] = {
            "condition": graph.modules["condition"],
            "feature_noise": graph.modules["feature_noise"],
            "feature_generator": Series([Concatenate(sizes), Linear(sum(sizes.values()), features)]),
        }
        body = ["picture_noise", "picture_generator"]
        inner = [wire for wire in graph.wires if wire.sender in body and wire.receiver in body]
        wires = [wire for wire in graph.wires if wire not in inner]
        done = port(graph, body, graph.inputs, graph.outputs, borders, wires)
        after = replace(team, agents=[Agent(done.after).eval(), *team.agents[1:]])
        return OperatorResult("port", team, after, done.claim, tuple(f"{PAINTER}.{name}" for name in done.touched))

    def _ported(self, team: Team) -> tuple[Team, list[str]]:
        return self._port(team).after, [f"{PAINTER}.feature_generator"]

    def _row(self, what: str, result: OperatorResult[Team]) -> Row:
        """A row whose ``zero_shot`` is that of the result."""
        found = self._measured(result.after)
        details = {name: found[name] for name in DETAILS}
        graphs = self.painter, result.after.agents[0].graph
        changed = None if graphs[0].to_json() == graphs[1].to_json() else graphs
        accuracy, claim = found["kind_accuracy"], str(result.claim)
        return Row(result.operator, what, claim, self._before, 1.0, accuracy, graphs=changed, details=details)

    def _relearn(self, team: Team, names: list[str]) -> RelearningResult:
        return relearn_interfaces(team, names, self._loss, self._value, self.budget, max(1, self.budget.updates // 5))

    def _value(self, team: Team) -> float:
        return self._measured(team)["kind_accuracy"]

    def _details(self, team: Team) -> dict[str, float]:
        found = self._measured(team)
        return {name: found[name] for name in DETAILS}

    def _subtasks(self, team: Team) -> dict[str, float]:
        found = self._measured(team)
        return {name.replace("_", " "): found[name] for name in SUBTASKS}

    def _measured(self, team: Team) -> dict[str, float]:
        """The measures of pictures painted for held-out kinds and noise, as in result.json."""
        core = make_core("forgery_v0", 2, MEASURED, 0, **self.settings.options())
        return measures("forgery_v0", core, play(core, team, team.channel))


def _add_border(team: Team) -> tuple[Team, list[str]]:
    """Add a linear map, initially the identity, to the wire between the levels."""
    shape = team.agents[0].graph.sources()[FEATURES.source].shape
    return inside(team, PAINTER, augment, "border", SymbolMap(shape), on=FEATURES).after, [f"{PAINTER}.border"]
