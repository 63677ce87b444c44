"""The scorecard of a relay team: the effect of each operator on its performance in the resulting chain.

All values are exact probabilities of a correct answer on held-out images, in the chain of all seats in order.
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
        other: a team of the same kind and another seed, from which a new agent is taken; None omits these rows.
    """

    other: Team | None = None

    def check(self) -> None:
        """Check the sizes of the interfaces of a shared encoder, of another task and of a new agent; codes are smaller.

        Raises:
            ValueError: if one is too large.
        """
        first, *_, last = self.team.names
        shared = share_encoder(add_encoder_interface(self.team, first), last, [first])
        share_of(shared, [f"{first}.{module}" for module in INTERFACE])
        result = _port(self.team.agents[0], self.core(4, task=OTHER_TASK[self.settings.task]).actions)
        share_of(_team([result], self.team), [f"{first}.{module}" for module in result.touched])
        if self.other is not None:
            joined = augment(self.team, NEW, self.other.agents[2].clone()).after
            share_of(*add_new_agent_interfaces(joined, sees=False))

    def rows(self) -> list[Row]:
        """All rows."""
        lifted, lifted_team = lift_row(self)
        rows = [self.split(), self.copy(), self.distill(), lifted, self.reorder(), self.exclude(), self.port()]
        return rows if self.other is None else [*rows, *new_agent_rows(self, lifted_team, self.other)]

    def split(self) -> Row:
        """An agent is split into two, an encoder and a core, which share its seat."""
        result = split(self.team, "agent_1", at=4, into=("encoder", "core"))
        before, reference = self.value(self.team), self.reference(4)
        graphs = _graphs(result.before.agents[1], result.after.agents[1])
        what = "agent_1 becomes encoder and core"
        return Row("split", what, str(result.claim), before, reference, self.value(result.after), graphs=graphs)

    def copy(self) -> Row:
        """An agent is substituted by a copy."""
        result = substitute(self.team, "agent_1", self.team.agents[1].clone())
        before, reference = self.value(self.team), self.reference(4)
        return Row("substitute", "a copy for agent_1", str(result.claim), before, reference, self.value(result.after))

    def distill(self) -> Row:
        """An agent is substituted by one of another architecture, distilled from it; no interface is trained."""
        old = self.team.agents[1]
        untrained = other_architecture(old, self.seed)
        student = distill_agent(old, untrained, self.team.channel, self.seed)
        agreements = agreement(old, student, self.team.agents[0], self.team.channel)
        result = substitute(self.team, "agent_1", student)
        teacher = never_trained(replace(self.team, agents=[old]), self.seed).agents[0]
        control_student = distill_agent(teacher, untrained, self.team.channel, self.seed)
        never_trained_value = self.value(substitute(self.team, "agent_1", control_student).after)
        row = self.row(
            "substitute", "another architecture for agent_1, distilled", result.claim, self.value(result.after)
        )
        note = "never trained: distilled from an untrained agent with the same budget"
        graphs = _graphs(old, student)
        return replace(
            row,
            never_trained=never_trained_value,
            removed=self.value_without_messages(2),
            details=agreements,
            note=note,
            graphs=graphs,
        )

    def reorder(self) -> Row:
        """Two agents swap places: each pair zero-shot, and the middle pair also with re-learned codes."""
        values = {f"{a}, {b}": self.value(reorder(self.team, a, b).after) for a, b in combinations(self.team.names, 2)}
        result = reorder(self.team, "agent_1", "agent_2")
        row = self.row("reorder", "agent_1 and agent_2 swap places", result.claim, values["agent_1, agent_2"])
        relearned, control = self.relearn_codes(result.after, (1, 2, 3))
        pairs = values | {"worst pair": min(values.values()), "mean pair": sum(values.values()) / len(values)}
        return replace(
            row.with_relearning(relearned, control), removed=self.value_without_messages(1, 2, 3), details=pairs
        )

    def exclude(self) -> Row:
        """An agent is removed: each agent zero-shot, and agent_1 also with its receiver's code re-learned."""
        smaller = {name: exclude(self.team, name) for name in self.team.names}
        values = {name: self.value(result.after) for name, result in smaller.items()}
        row = self.row("exclude", "agent_1 is removed", smaller["agent_1"].claim, values["agent_1"], places=3)
        relearned, control = self.relearn_codes(smaller["agent_1"].after, (1,))
        agents = values | {"worst agent": min(values.values()), "mean agent": sum(values.values()) / len(values)}
        lesioned = {f"{name} without vision": without_vision(self.team, name) for name in self.team.names}
        lesions = lesion_matrix(self.team, lesioned, self.by_answer)
        return replace(
            row.with_relearning(relearned, control),
            removed=self.value_without_messages(1, places=3),
            details=agents,
            lesions=lesions,
        )

    def port(self) -> Row:
        """The frozen bodies play the other task with new interfaces, which are message codes and an output layer."""
        task = OTHER_TASK[self.settings.task]
        core = self.core(4, task=task)
        results = [_port(agent, core.actions) for agent in self.team.agents]
        after = _team(results, self.team)
        random_bodies = never_trained(self.team, self.seed)
        control = _team([_port(agent, core.actions) for agent in random_bodies.agents], self.team)
        unfrozen = _team([_port(agent, core.actions, frozen=False) for agent in self.team.agents], self.team)
        names = [f"{name}.{interface}" for name in after.names for interface in results[0].touched]
        all_modules = [f"{name}.{module}" for name in after.names for module in results[0].after.modules]
        evaluation = self.with_longer_budget
        tuned = evaluation.relearn(unfrozen, all_modules, task=task, max_share=1.0)
        reference, zero_shot = self.reference(4, task), self.value(after, task=task)
        row = Row("port", f"the bodies play {task}", str(results[0].claim), reference, reference, zero_shot)
        row = row.with_relearning(
            evaluation.relearn(after, names, task=task), evaluation.relearn(control, names, task=task)
        )
        details = {"all parameters trained, same budget": tuned.curve[-1][1], "original task": self.value(self.team)}
        note = "before: the reference of the other task; removed: the interfaces alone, without image encoders"
        graphs = _graphs(self.team.agents[1], after.agents[1])
        removed = float(exact.answer_distribution(core).max())
        return replace(row, removed=removed, details=details, note=note, graphs=graphs)

    def value_without_messages(self, *receivers: int, places: int = 4) -> float:
        """The team's value if these agents receive no messages."""
        team = self.team if places == 4 else exclude(self.team, "agent_1").after
        cut = tuple((seat - 1, seat) for seat in receivers)
        return self.value(replace(team, channel=replace(team.channel, cut=(*team.channel.cut, *cut))))


def _port(agent: Agent, actions: int, frozen: bool = True) -> OperatorResult[Graph]:
    """Port an agent's body to a game with other answers."""
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


def _team(results: list[OperatorResult[Graph]], like: Team) -> Team:
    return Team([Agent(result.after).eval() for result in results], like.channel)


def _graphs(before: Agent, after: Agent) -> tuple[Graph, Graph]:
    return before.graph, after.graph
