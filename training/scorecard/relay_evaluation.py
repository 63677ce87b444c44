"""Evaluation of a relay team in chains, and re-learning of its interfaces, for its scorecard."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import reduce

import numpy as np
from jaxtyping import Float64, Int64

from ...agents import SymbolMap, Team, Wire
from ...agents.operators import augment, inside
from ...envs.relay import exact, reference_returns
from ...envs.relay.rules import Relay
from ..adaptation.batch_losses import relay_batch_loss
from ..adaptation.optimization import MAX_SHARE, Budget
from ..adaptation.relearn import BUDGET, RelearningResult, never_trained, relearn_interfaces
from ..learners.supervised import Supervised
from ..learners.value_regression import RelaySettings, relay_channel
from .rows import Row

MESSAGE_INPUT, MESSAGE_OUTPUT = Wire("input.heard", "message_encoder.heard"), Wire("logit_norm.out", "output.emit")
"""The wires at an agent's message input and output."""
LONGER = 4
"""Factor of the budget for learning an unknown language, which is that of another team or task."""


@dataclass(frozen=True)
class RelayEvaluation:
    """Evaluates a trained team, and teams that operators derive from it.

    A chain is a sequence of agents. Several chains are an array ``[C, L]``, padded with -1. The default is the chain of
    all agents in order.

    Attributes:
        team: the trained team, one agent per seat.
        settings: the settings of its run.
        budget: the budget of each re-learning.
        seed: the seed of controls and re-learning.
    """

    team: Team
    settings: RelaySettings
    budget: Budget = BUDGET
    seed: int = 0

    @property
    def with_longer_budget(self) -> "RelayEvaluation":
        """The same evaluation with a longer budget; see ``LONGER``."""
        return replace(self, budget=replace(self.budget, updates=LONGER * self.budget.updates))

    @property
    def from_labels(self) -> "RelayEvaluation":
        """The same evaluation with re-learning from labels instead of reward."""
        settings = {field.name: getattr(self.settings, field.name) for field in fields(RelaySettings)}
        return replace(self, settings=Supervised(**settings))

    def value(self, team: Team, chain: Sequence[int] = (), task: str | None = None) -> float:
        """Exact probability of a correct answer on held-out images."""
        return float(self.values(team, np.array([chain or range(len(team.agents))]), task)[0])

    def values(self, team: Team, chains: Int64[np.ndarray, "C L"], task: str | None = None) -> Float64[np.ndarray, "C"]:
        """Exact probability of a correct answer on held-out images, per chain."""
        return exact.chain_values(self.core(len(team.agents), chains, task), team, team.channel)

    def by_answer(self, team: Team) -> dict[str, float]:
        """Exact probability of a correct answer on held-out images, by the correct answer."""
        accuracies = exact.accuracy_by_answer(self.core(len(team.agents)), team, team.channel)
        return {f"answer {answer}": float(value) for answer, value in enumerate(accuracies) if not np.isnan(value)}

    def reference(self, places: int, task: str | None = None) -> float:
        """The return of a team with the accuracy of a plain classifier, in a chain of different agents."""
        return reference_returns.reference_returns(self.core(places, task=task))["vision"].value

    def core(
        self,
        agents: int,
        chains: Int64[np.ndarray, "C L"] | None = None,
        task: str | None = None,
        pictures: str = "held_out",
        lanes: int = 1,
    ) -> Relay:
        """The game with the same number of answers as in the run."""
        chains = np.arange(agents)[None] if chains is None else chains
        longest = self.settings.longest or self.settings.agents + 1
        task = task or self.settings.task
        return Relay(agents, lanes, self.seed, task=task, pictures=pictures, chains=chains, longest=longest)

    def row(self, operator: str, what: str, claim: object, zero_shot: float, places: int = 4) -> Row:
        """A row whose ``before`` is scaled to the reference of the new chain."""
        reference = self.reference(places)
        before = self.value(self.team) * reference / self.reference(4)
        return Row(operator, what, str(claim), before, reference, zero_shot)

    def relearn(
        self,
        team: Team,
        names: Sequence[str],
        chains: Int64[np.ndarray, "C L"] | None = None,
        task: str | None = None,
        max_share: float = MAX_SHARE,
        evaluate_every: int = 25,
        evaluated: Int64[np.ndarray, "K L"] | None = None,
    ) -> RelearningResult:
        """Re-learn modules in these chains, with the training signal of the run's recipe.

        The curve is the worst value over the evaluated chains. Messages are as soft as at the first update of a run,
        because with hard messages a language is learned incompletely.

        Args:
            team: the changed team.
            names: names of the modules to train, such as ``agent_1.code``.
            chains: the chains to train in.
            task: the task of the game; that of the run if None.
            max_share: the largest share of an agent's parameters that may be trained.
            evaluate_every: number of updates between evaluations.
            evaluated: the chains to evaluate in; those of training if None.
        """
        evaluated = chains if evaluated is None else evaluated
        core = self.core(len(team.agents), chains, task, "train", self.budget.batch)
        soft = replace(team, channel=relay_channel(self.settings, 0.0, team.channel.cut))

        def evaluate(team: Team) -> float:
            return float(exact.chain_values(self.core(len(team.agents), evaluated, task), team, team.channel).min())

        batch_loss = relay_batch_loss(core, self.settings)
        result = relearn_interfaces(soft, names, batch_loss, evaluate, self.budget, evaluate_every, max_share)
        return replace(result, team=replace(result.team, channel=team.channel))

    def relearn_codes(self, after: Team, receivers: tuple[int, ...]) -> tuple[RelearningResult, RelearningResult]:
        """Re-learn a code at the message input of these agents, in the team and in the control."""
        names = [f"agent_{seat}" for seat in receivers]
        relearned, control = (
            self.relearn(reduce(add_input_code, names, team), [f"{name}.code" for name in names])
            for team in (after, never_trained(after, self.seed))
        )
        return relearned, control


def add_input_code(team: Team, name: str) -> Team:
    """Add a code, a learned linear map of symbols (``SymbolMap``), at an agent's message input."""
    shape = team.agents[0].graph.inputs["heard"].shape
    return inside(team, name, augment, "code", SymbolMap(shape), on=MESSAGE_INPUT).after


def add_output_code(team: Team, name: str) -> Team:
    """Add a code, a learned linear map of symbols (``SymbolMap``), at an agent's message output."""
    shape = team.agents[0].graph.outputs["emit"].shape
    return inside(team, name, augment, "code_out", SymbolMap(shape), on=MESSAGE_OUTPUT).after
