"""The scorecard of a relay team: the effect of each operator on its performance in the resulting chain.

All values are the exact probability of a right answer on held-out images, in the chain of all seats in their order.
"""

from dataclasses import dataclass, replace
from itertools import combinations

from ...agents import Agent, Graph, Linear, Module, Port, SymbolMap, Team, Wire
from ...agents.operators import OperatorResult, augment, exclude, lesion_matrix, port, reorder, split, substitute
from ...envs.relay import exact
from ..adaptation.relearn import never_trained, share_of
from .distilled_agent import agreement, distill_agent, other_architecture
from .new_agent import NEW, add_new_agent_interfaces, new_agent_rows
from .relay_evaluation import RelayEvaluation
from .rows import Row
from .shared_encoder import INTERFACE, add_encoder_interface, lift_row, share_encoder, without_vision

BODY = (
    "observation_noise",
    "image_features",
    "dropout",
    "observation_encoder",
    "message_encoder",
    "fusion",
    "hidden",
    "message_head",
    "logit_norm",
)
OTHER_TASK = {"count": "spell", "spell": "count"}


@dataclass(frozen=True)
class RelayScorecard(RelayEvaluation):
    """Applies all operators to one team.

    Attributes:
        other: a team of the same kind and another seed that a new agent is taken from; None leaves out these rows.
    """

    other: Team | None = None

    def check(self) -> None:
        """Check the sizes of interfaces: of a shared encoder, of another task, of a new agent; codes are smaller.

        Raises:
            ValueError: if one is too large.
        """
        first, *_, last = self.team.names
        seeing = share_encoder(add_encoder_interface(self.team, first), last, [first])
        share_of(seeing, [f"{first}.{module}" for module in INTERFACE])
        done = _port(self.team.agents[0], self.core(4, task=OTHER_TASK[self.settings.task]).actions)
        share_of(_team([done], self.team), [f"{first}.{module}" for module in done.touched])
        if self.other is not None:
            joined = augment(self.team, NEW, self.other.agents[2].clone()).after
            share_of(*add_new_agent_interfaces(joined, sees=False))

    def rows(self) -> list[Row]:
        """All rows."""
        lifted, seeing = lift_row(self)
        rows = [self.split(), self.copy(), self.distilled(), lifted, self.reorder(), self.exclude(), self.port()]
        return rows if self.other is None else [*rows, *new_agent_rows(self, seeing, self.other)]

    def split(self) -> Row:
        """An agent becomes two, encoder and core, that share its seat."""
        done = split(self.team, "agent_1", at=4, into=("eyes", "mind"))
        before, reference = self.value(self.team), self.reference(4)
        graphs = _graphs(done.before.agents[1], done.after.agents[1])
        what = "agent_1 becomes eyes and mind"
        return Row("split", what, str(done.claim), before, reference, self.value(done.after), graphs=graphs)

    def copy(self) -> Row:
        """An agent is substituted by a copy."""
        done = substitute(self.team, "agent_1", self.team.agents[1].clone())
        before, reference = self.value(self.team), self.reference(4)
        return Row("substitute", "a copy for agent_1", str(done.claim), before, reference, self.value(done.after))

    def distilled(self) -> Row:
        """An agent is substituted by one of another architecture, distilled from it; no interface is touched."""
        old = self.team.agents[1]
        hot = other_architecture(old, self.seed)
        student = distill_agent(old, hot, self.team.channel, self.seed)
        agree = agreement(old, student, self.team.agents[0], self.team.channel)
        done = substitute(self.team, "agent_1", student)
        teacher = never_trained(replace(self.team, agents=[old]), self.seed).agents[0]
        untaught = distill_agent(teacher, hot, self.team.channel, self.seed)
        worth = self.value(substitute(self.team, "agent_1", untaught).after)
        row = self.row("substitute", "another architecture for agent_1, distilled", done.claim, self.value(done.after))
        note = "never trained: distilled for as long from an untrained agent"
        graphs = _graphs(old, student)
        return replace(
            row, never_trained=worth, removed=self.without_hearing(2), details=agree, note=note, graphs=graphs
        )

    def reorder(self) -> Row:
        """Two agents change places: each pair zero-shot, and the middle two with their receivers' codes re-learned."""
        values = {f"{a}, {b}": self.value(reorder(self.team, a, b).after) for a, b in combinations(self.team.names, 2)}
        done = reorder(self.team, "agent_1", "agent_2")
        row = self.row("reorder", "agent_1 and agent_2 change places", done.claim, values["agent_1, agent_2"])
        relearned, control = self.codes(done.after, (1, 2, 3))
        pairs = values | {"worst pair": min(values.values()), "mean pair": sum(values.values()) / len(values)}
        return replace(row.learned(relearned, control), removed=self.without_hearing(1, 2, 3), details=pairs)

    def exclude(self) -> Row:
        """An agent is removed: each one zero-shot, and the first inner one with its receiver's code re-learned."""
        smaller = {name: exclude(self.team, name) for name in self.team.names}
        values = {name: self.value(done.after) for name, done in smaller.items()}
        row = self.row("exclude", "agent_1 is removed", smaller["agent_1"].claim, values["agent_1"], places=3)
        relearned, control = self.codes(smaller["agent_1"].after, (1,))
        agents = values | {"worst agent": min(values.values()), "mean agent": sum(values.values()) / len(values)}
        blind = {f"{name} without vision": without_vision(self.team, name) for name in self.team.names}
        lesions = lesion_matrix(self.team, blind, self.by_answer)
        return replace(
            row.learned(relearned, control), removed=self.without_hearing(1, places=3), details=agents, lesions=lesions
        )

    def port(self) -> Row:
        """The frozen bodies play the other task with new interfaces: message codes and an output layer."""
        task = OTHER_TASK[self.settings.task]
        core = self.core(4, task=task)
        done = [_port(agent, core.actions) for agent in self.team.agents]
        after = _team(done, self.team)
        random_bodies = never_trained(self.team, self.seed)
        control = _team([_port(agent, core.actions) for agent in random_bodies.agents], self.team)
        unfrozen = _team([_port(agent, core.actions, frozen=False) for agent in self.team.agents], self.team)
        names = [f"{name}.{interface}" for name in after.names for interface in done[0].touched]
        everything = [f"{name}.{module}" for name in after.names for module in done[0].after.modules]
        evaluation = self.with_longer_budget
        tuned = evaluation.relearn(unfrozen, everything, task=task, max_share=1.0)
        reference, worth = self.reference(4, task), self.value(after, task=task)
        row = Row("port", f"the bodies play {task}", str(done[0].claim), reference, reference, worth)
        row = row.learned(evaluation.relearn(after, names, task=task), evaluation.relearn(control, names, task=task))
        details = {"all parameters trained, same budget": tuned.curve[-1][1], "the old task": self.value(self.team)}
        note = "before: the reference of the other task; removed: the interfaces alone, without vision"
        graphs = _graphs(self.team.agents[1], after.agents[1])
        nothing = float(exact.answer_distribution(core).max())
        return replace(row, removed=nothing, details=details, note=note, graphs=graphs)

    def without_hearing(self, *receivers: int, places: int = 4) -> float:
        """Value of the team if some agents receive no message."""
        team = self.team if places == 4 else exclude(self.team, "agent_1").after
        cut = tuple((seat - 1, seat) for seat in receivers)
        return self.value(replace(team, channel=replace(team.channel, cut=(*team.channel.cut, *cut))))


def _port(agent: Agent, actions: int, frozen: bool = True) -> OperatorResult[Graph]:
    """An agent's body in a game with other answers."""
    ends = agent.graph.inputs
    heard, emit = ends["heard"].shape, agent.graph.outputs["emit"]
    (width,) = agent.graph.sources()["hidden.out"].shape
    interfaces: dict[str, Module] = {
        "code_in": SymbolMap(heard, start=0.0),
        "code_out": SymbolMap(emit.shape, start=0.0),
        "action_head": Linear(width, (actions,)),
    }
    path = (
        ("input.observation", "observation_noise.x"),
        ("input.heard", "code_in.x"),
        ("code_in.out", "message_encoder.heard"),
        ("input.present", "message_encoder.present"),
        ("hidden.out", "action_head.x"),
        ("action_head.out", "output.act"),
        ("logit_norm.out", "code_out.x"),
        ("code_out.out", "output.emit"),
    )
    wires = [Wire(source, target) for source, target in path]
    return port(agent.graph, BODY, ends, {"act": Port((actions,)), "emit": emit}, interfaces, wires, frozen)


def _team(operated: list[OperatorResult[Graph]], like: Team) -> Team:
    return Team([Agent(done.after).eval() for done in operated], like.channel)


def _graphs(before: Agent, after: Agent) -> tuple[Graph, Graph]:
    return before.graph, after.graph
