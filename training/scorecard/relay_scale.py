"""What a relay team is worth in a chain, and with interfaces learned again: what its scorecard is made of."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import reduce

import numpy as np
from jaxtyping import Float64, Int64

from ...agents import SymbolMap, Team, Wire
from ...agents.operators import augment, inside
from ...envs.relay import exact
from ...envs.relay import reference_returns as reference_returns
from ...envs.relay.rules import Relay
from ..adaptation.batch_losses import relay_batch_loss
from ..adaptation.fitting import LARGEST, Budget
from ..adaptation.relearn import BUDGET, Relearned, never_trained, relearn_interfaces
from ..learners.supervised import Supervised
from ..learners.value_regression import RelaySettings, relay_channel
from .card import Row

HEAR, SPEAK = Wire("input.heard", "message_encoder.heard"), Wire("logit_norm.out", "output.emit")
"""A runner's ear and mouth."""
LONGER = 4
"""How many times the budget it takes to learn what was never heard before: a team's language, or another game's."""


@dataclass(frozen=True)
class RelayScale:
    """One trained team, and how it and what operators make of it are measured.

    A chain is given as its agents; several of them as an array ``[C, L]``, padded with -1. If none is given, it is the
    one of all agents in their order.

    Attributes:
        team: one agent a seat.
        settings: of its run.
        budget: of each re-learning.
        seed: of controls and re-learning.
    """

    team: Team
    settings: RelaySettings
    budget: Budget = BUDGET
    seed: int = 0

    @property
    def longer(self) -> "RelayScale":
        """The same with a longer budget."""
        return replace(self, budget=replace(self.budget, updates=LONGER * self.budget.updates))

    @property
    def told(self) -> "RelayScale":
        """The same, where what is learned again learns from right answers and not from reward."""
        same = {field.name: getattr(self.settings, field.name) for field in fields(RelaySettings)}
        return replace(self, settings=Supervised(**same))

    def value(self, team: Team, chain: Sequence[int] = (), task: str | None = None) -> float:
        """The exact chance of a right answer on held-out pictures."""
        return float(self.values(team, np.array([chain or range(len(team.agents))]), task)[0])

    def values(self, team: Team, chains: Int64[np.ndarray, "C L"], task: str | None = None) -> Float64[np.ndarray, "C"]:
        """The same in several chains."""
        return exact.chain_values(self.core(len(team.agents), chains, task), team, team.channel)

    def accuracy_by_answer(self, team: Team) -> dict[str, float]:
        """The exact chance of a right answer on held-out pictures, by the answer that is right."""
        right = exact.accuracy_by_answer(self.core(len(team.agents)), team, team.channel)
        return {f"where {answer} is right": float(value) for answer, value in enumerate(right) if not np.isnan(value)}

    def reference(self, places: int, task: str | None = None) -> float:
        """What a plain classifier's eyes allow in a chain of different agents."""
        return reference_returns.reference_returns(self.core(places, task=task))["vision"].value

    def core(
        self,
        agents: int,
        chains: Int64[np.ndarray, "C L"] | None = None,
        task: str | None = None,
        pictures: str = "held_out",
        lanes: int = 1,
    ) -> Relay:
        """The game, whose answers are those of the run."""
        chains = np.arange(agents)[None] if chains is None else chains
        longest = self.settings.longest or self.settings.agents + 1
        task = task or self.settings.task
        return Relay(agents, lanes, self.seed, task=task, pictures=pictures, chains=chains, longest=longest)

    def row(self, operator: str, what: str, claim: object, at_once: float, places: int = 4) -> Row:
        """A row whose function before is scaled to what the new chain allows."""
        reference = self.reference(places)
        before = self.value(self.team) * reference / self.reference(4)
        return Row(operator, what, str(claim), before, reference, at_once)

    def relearned(
        self,
        team: Team,
        names: Sequence[str],
        chains: Int64[np.ndarray, "C L"] | None = None,
        task: str | None = None,
        largest: float = LARGEST,
        look_every: int = 25,
        looked_at: Int64[np.ndarray, "K L"] | None = None,
    ) -> Relearned:
        """Modules learned again, from what the recipe learns from, in these chains.

        The curve is the worst value in the chains looked at.
        Messages are as soft as at the first update of a run: hard ones leave a language half learned.
        """
        looked_at = chains if looked_at is None else looked_at
        core = self.core(len(team.agents), chains, task, "train", self.budget.batch)
        soft = replace(team, channel=relay_channel(self.settings, 0.0, team.channel.cut))

        def look(team: Team) -> float:
            return float(exact.chain_values(self.core(len(team.agents), looked_at, task), team, team.channel).min())

        batch_loss = relay_batch_loss(core, self.settings)
        found = relearn_interfaces(soft, names, batch_loss, look, self.budget, look_every, largest)
        return replace(found, team=replace(found.team, channel=team.channel))

    def codes(self, after: Team, listeners: tuple[int, ...]) -> tuple[Relearned, Relearned]:
        """Re-learn a code in front of the ears of some agents, in the team and around agents that never learned."""
        names = [f"agent_{seat}" for seat in listeners]
        learned = [
            self.relearned(reduce(hear_code, names, team), [f"{name}.code" for name in names])
            for team in (after, never_trained(after, self.seed))
        ]
        return learned[0], learned[1]


def hear_code(team: Team, name: str) -> Team:
    """A code in front of an agent's ears."""
    shape = team.agents[0].graph.inputs["heard"].shape
    return inside(team, name, augment, "code", SymbolMap(shape), on=HEAR).after


def speak_code(team: Team, name: str) -> Team:
    """A code behind an agent's voice."""
    shape = team.agents[0].graph.outputs["emit"].shape
    return inside(team, name, augment, "code_out", SymbolMap(shape), on=SPEAK).after
