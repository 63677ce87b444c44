"""The scorecard of a switch riddle team: the effect of each operator on its normalized return in the resulting game."""

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
"""Number of paired episodes, where there are too many to enumerate."""
EXACT = 1000
"""Games with more episodes than this are not enumerated."""
HEARD, CHOOSE = Wire("message_encoder.out", "rnn.x"), Wire("hidden.out", "action_head.x")


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
        """Check the sizes of interfaces: those of the game with one more agent include the others.

        Raises:
            ValueError: if one is too large.
        """
        done = _port(self.team.agents[0], len(self.team.agents) + 1)
        share_of(Team([Agent(done.after)], self.team.channel), [f"agent_0.{module}" for module in done.touched])

    def rows(self) -> list[Row]:
        """All rows."""
        rows = [self.copy(), self.augment(), self.lift(), self.reorder(), *self.exclude(), self.port()]
        return [self.split(), *rows] if self.settings.layers > 1 else rows

    def split(self) -> Row:
        """An agent's memory becomes two layers with a wire between them."""
        done = inside(self.team, "agent_0", split, "rnn")
        return self._exact("agent_0's memory becomes two", done)

    def copy(self) -> Row:
        """An agent is substituted by a copy."""
        return self._exact("a copy for agent_0", substitute(self.team, "agent_0", self.team.agents[0].clone()))

    def augment(self) -> Row:
        """A residual module is added before an agent's output layer."""
        (width,) = self.team.agents[0].graph.sources()[CHOOSE.source].shape
        more = Series([Linear(width, (width,), relu=True), Linear(width, (width,))])
        done = inside(self.team, "agent_0", augment, "more", more, on=CHOOSE)
        return self._exact("a module before agent_0's output layer", done)

    def lift(self) -> Row:
        """One agent in all seats: exact where parameters were shared already."""
        return self._learned("agent_0 in all seats", lift(self.team, self.team.names))

    def reorder(self) -> Row:
        """Two agents change seats."""
        return self._learned("agent_0 and agent_1 change seats", reorder(self.team, "agent_0", "agent_1"))

    def exclude(self) -> list[Row]:
        """An agent is cut off from all messages; or it is removed, and the others play the smaller game."""
        last = self.team.names[-1]
        cut_off = self._learned(f"{last} is cut off", exclude(self.team, last, bypass=False))
        rows = [replace(cut_off, lesions=self.lesions())]
        if len(self.team.agents) > 2:
            rows.append(self._learned(f"{last} is removed", exclude(self.team, last)))
        return rows

    def lesions(self) -> dict[str, dict[str, float]]:
        """Loss of normalized return if one agent receives nothing from another."""
        names, channel = self.team.names, self.team.channel
        deaf = {
            f"{names[receiver]} does not hear {names[sender]}": replace(
                self.team, channel=replace(channel, cut=(*channel.cut, (sender, receiver)))
            )
            for sender, receiver in permutations(range(len(names)), 2)
        }
        return lesion_matrix(self.team, deaf, lambda team: {"normalized_return": self._score(team)})

    def port(self) -> Row:
        """The frozen body plays with one more agent, behind new interfaces: seat embedding, messages, output layer."""
        agents = len(self.team.agents) + 1
        body, fresh = self.team.agents[0], never_trained(self.team, self.seed).agents[0]
        done = _port(body, agents)
        after, control = (
            Team([Agent(graph).eval()] * agents, self.team.channel)
            for graph in (done.after, _port(fresh, agents).after)
        )
        names = [f"agent_0.{interface}" for interface in done.touched]
        row = Row("port", f"agent_0's body plays with {agents}", str(done.claim), 1.0, 1.0, self._score(after))
        row = row.learned(self._relearned(after, names), self._relearned(control, names))
        note = "before: the oracle of the larger game; removed: the channel silent"
        return replace(row, removed=self._score(after, "silent"), note=note, graphs=(body.graph, done.after))

    def _exact(self, what: str, done: OperatorResult[Team]) -> Row:
        graphs = self.team.agents[0].graph, done.after.agents[0].graph
        drawn = None if graphs[0].to_json() == graphs[1].to_json() else graphs
        before, after = self._score(self.team), self._score(done.after)
        return Row(done.operator, what, str(done.claim), before, 1.0, after, graphs=drawn)

    def _learned(self, what: str, done: OperatorResult[Team]) -> Row:
        """The row zero-shot, and after re-learning an ``Affine`` layer on the messages that agents receive."""
        row = Row(done.operator, what, str(done.claim), self._score(self.team), 1.0, self._score(done.after))
        relearned, control = (
            self._relearned(
                reduce(_add_interface, _distinct(team), team), [f"{name}.interface" for name in _distinct(team)]
            )
            for team in (done.after, never_trained(done.after, self.seed))
        )
        note = "removed: the channel silent"
        return replace(row.learned(relearned, control), removed=self._score(done.after, "silent"), note=note)

    def _relearned(self, team: Team, names: list[str]) -> RelearningResult:
        core = make_core(self.settings.game, len(team.agents), self.budget.batch, self.seed)
        return relearn_interfaces(team, names, q_batch_loss(core, self.settings), self._score, self.budget, 50)

    def _score(self, team: Team, heard: str = "normal") -> float:
        played, agents = game(self.settings.game), len(team.agents)
        count = played.episode_count(agents)
        exact = count is not None and count <= EXACT
        found = evaluate(played, agents, team, team.channel, heard, EPISODES, exact=exact)
        assert found.normalized_return is not None
        return found.normalized_return


def _distinct(team: Team) -> list[str]:
    """The name of each agent once, by its first seat."""
    first = {id(agent): name for name, agent in reversed(list(zip(team.names, team.agents, strict=True)))}
    return sorted(first.values())


def _add_interface(team: Team, name: str) -> Team:
    """The team with an ``Affine`` layer, initially the identity, on the messages that an agent receives."""
    shape = team.agents[0].graph.sources()[HEARD.source].shape
    return inside(team, name, augment, "interface", Affine(shape), on=HEARD).after


def _port(agent: Agent, agents: int) -> OperatorResult[Graph]:
    """An agent's body in the game of this number of agents."""
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
    after = exclude(context.after, HEARD).after
    return replace(context, after=after)
