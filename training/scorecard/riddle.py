"""The scorecard of a switch riddle team: the effect of each operator on the normalized return in the resulting game."""

from dataclasses import dataclass, replace
from functools import reduce
from itertools import permutations

from ...agents import Affine, Agent, Embed, Graph, Linear, Module, Port, Series, Team, Wire
from ...agents.operators import (
    OperatorResult,
    augment,
    exclude,
    inside,
    lesion_matrix,
    lift,
    port,
    reorder,
    split,
    substitute,
)
from ...envs.core.evaluation import evaluate
from ...envs.core.registry import game, make_core
from ..adaptation.batch_losses import q_batch_loss
from ..adaptation.optimization import Budget
from ..adaptation.relearn import RelearningResult, never_trained, relearn_interfaces, share_of
from ..learners.dial import QSettings
from .rows import Row

EPISODES = 4096
"""Number of paired episodes if there are too many to enumerate."""
EXACT = 1000
"""Games with more episodes than this are not enumerated."""
RECEIVED, ACTION_INPUT = Wire("message_encoder.out", "rnn.x"), Wire("hidden.out", "action_head.x")


@dataclass(frozen=True)
class RiddleScorecard:
    """Applies all operators to one team.

    Attributes:
        team: one entry per seat; a shared agent is in all of them.
        settings: the settings of its run.
        budget: the budget of each re-learning.
        seed: the seed of controls and re-learning.
    """

    team: Team
    settings: QSettings
    budget: Budget
    seed: int = 0

    def check(self) -> None:
        """Check the sizes of interfaces; those of the game with an additional agent include all others.

        Raises:
            ValueError: if one is too large.
        """
        result = _port(self.team.agents[0], len(self.team.agents) + 1)
        share_of(Team([Agent(result.after)], self.team.channel), [f"agent_0.{module}" for module in result.touched])

    def rows(self) -> list[Row]:
        """All rows."""
        rows = [self.copy(), self.augment(), self.lift(), self.reorder(), *self.exclude(), self.port()]
        return [self.split(), *rows] if self.settings.layers > 1 else rows

    def split(self) -> Row:
        """An agent's recurrent network is split into two layers with a wire between them."""
        result = inside(self.team, "agent_0", split, "rnn")
        return self._exact_row("agent_0's memory becomes two layers", result)

    def copy(self) -> Row:
        """An agent is substituted by a copy."""
        return self._exact_row("a copy for agent_0", substitute(self.team, "agent_0", self.team.agents[0].clone()))

    def augment(self) -> Row:
        """A residual module is added before an agent's output layer."""
        (width,) = self.team.agents[0].graph.sources()[ACTION_INPUT.source].shape
        residual_module = Series([Linear(width, (width,), relu=True), Linear(width, (width,))])
        result = inside(self.team, "agent_0", augment, "new_module", residual_module, on=ACTION_INPUT)
        return self._exact_row("a module before agent_0's output layer", result)

    def lift(self) -> Row:
        """One agent takes all seats; this is exact if parameters were already shared."""
        return self._relearned_row("agent_0 in all seats", lift(self.team, self.team.names))

    def reorder(self) -> Row:
        """Two agents swap seats."""
        return self._relearned_row("agent_0 and agent_1 swap seats", reorder(self.team, "agent_0", "agent_1"))

    def exclude(self) -> list[Row]:
        """An agent is cut off from all messages; or it is removed, and the others play a game with fewer agents."""
        last = self.team.names[-1]
        cut_off = self._relearned_row(f"{last} is cut off", exclude(self.team, last, bypass=False))
        rows = [replace(cut_off, lesions=self.lesions())]
        if len(self.team.agents) > 2:
            rows.append(self._relearned_row(f"{last} is removed", exclude(self.team, last)))
        return rows

    def lesions(self) -> dict[str, dict[str, float]]:
        """Loss of normalized return if one agent receives nothing from another."""
        names, channel = self.team.names, self.team.channel
        lesioned = {
            f"{names[receiver]} receives nothing from {names[sender]}": replace(
                self.team, channel=replace(channel, cut=(*channel.cut, (sender, receiver)))
            )
            for sender, receiver in permutations(range(len(names)), 2)
        }
        return lesion_matrix(self.team, lesioned, lambda team: {"normalized_return": self._score(team)})

    def port(self) -> Row:
        """The frozen body plays with an additional agent, through a new seat embedding, message interface and head."""
        agents = len(self.team.agents) + 1
        body, untrained = self.team.agents[0], never_trained(self.team, self.seed).agents[0]
        result = _port(body, agents)
        after, control = (
            Team([Agent(graph).eval()] * agents, self.team.channel)
            for graph in (result.after, _port(untrained, agents).after)
        )
        names = [f"agent_0.{interface}" for interface in result.touched]
        row = Row("port", f"agent_0's body plays with {agents}", str(result.claim), 1.0, 1.0, self._score(after))
        row = row.with_relearning(self._relearn(after, names), self._relearn(control, names))
        note = "before: the oracle of the larger game; removed: the channel is silenced"
        return replace(row, removed=self._score(after, "silent"), note=note, graphs=(body.graph, result.after))

    def _exact_row(self, change: str, result: OperatorResult[Team]) -> Row:
        graphs = self.team.agents[0].graph, result.after.agents[0].graph
        changed_graphs = None if graphs[0].to_json() == graphs[1].to_json() else graphs
        before, after = self._score(self.team), self._score(result.after)
        return Row(result.operator, change, str(result.claim), before, 1.0, after, graphs=changed_graphs)

    def _relearned_row(self, change: str, result: OperatorResult[Team]) -> Row:
        """A row with an ``Affine`` layer re-learned on the messages that agents receive."""
        row = Row(result.operator, change, str(result.claim), self._score(self.team), 1.0, self._score(result.after))
        relearned, control = (
            self._relearn(
                reduce(_add_interface, _distinct(team), team), [f"{name}.interface" for name in _distinct(team)]
            )
            for team in (result.after, never_trained(result.after, self.seed))
        )
        note = "removed: the channel is silenced"
        return replace(row.with_relearning(relearned, control), removed=self._score(result.after, "silent"), note=note)

    def _relearn(self, team: Team, names: list[str]) -> RelearningResult:
        core = make_core(self.settings.game, len(team.agents), self.budget.batch, self.seed)
        return relearn_interfaces(team, names, q_batch_loss(core, self.settings), self._score, self.budget, 50)

    def _score(self, team: Team, heard: str = "normal") -> float:
        played, agents = game(self.settings.game), len(team.agents)
        count = played.episode_count(agents)
        exact = count is not None and count <= EXACT
        result = evaluate(played, agents, team, team.channel, heard, EPISODES, exact=exact)
        assert result.normalized_return is not None
        return result.normalized_return


def _distinct(team: Team) -> list[str]:
    """The name of each distinct agent, which is that of its first seat."""
    first = {id(agent): name for name, agent in reversed(list(zip(team.names, team.agents, strict=True)))}
    return sorted(first.values())


def _add_interface(team: Team, name: str) -> Team:
    """Add an ``Affine`` layer, initially the identity, on the messages that an agent receives."""
    shape = team.agents[0].graph.sources()[RECEIVED.source].shape
    return inside(team, name, augment, "interface", Affine(shape), on=RECEIVED).after


def _port(agent: Agent, agents: int) -> OperatorResult[Graph]:
    """Port an agent's body to the game with this number of agents."""
    graph = agent.graph
    (width,) = graph.sources()["hidden.out"].shape
    body = [name for name in graph.modules if name not in ("agent_embedding", "action_head")]
    interfaces: dict[str, Module] = {
        "agent_embedding": Embed(agents, width),
        "interface": Affine((width,)),
        "action_head": Linear(width, graph.outputs["act"].shape),
    }
    inner = [wire for wire in graph.wires if wire.sender in body and wire.receiver in body]
    wires = [wire for wire in graph.wires if wire not in inner]
    heard = [Wire("message_encoder.out", "interface.x"), Wire("interface.out", "rnn.x")]
    inputs = graph.inputs | {"seat": Port((), "int", count=agents)}
    context = port(graph, body, inputs, graph.outputs, interfaces, [*wires, *heard])
    after = exclude(context.after, RECEIVED).after
    return replace(context, after=after)
