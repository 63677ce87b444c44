"""The scorecard of a relay team: what each operator leaves of its function, in the chain that it makes.

Everything is the exact chance of a right answer on held-out pictures, in one chain: that of all seats in their order.
"""

from dataclasses import dataclass, replace
from itertools import combinations

from ...agents import Agent, Graph, Linear, Module, Port, SymbolMap, Team, Wire
from ...agents.operators import Operated, augment, exclude, lesion_matrix, port, reorder, split, substitute
from ...envs.relay import exact
from ..adaptation.relearn import never_trained, share_of
from .card import Row
from .distilled_runner import agreement, another_runner, distilled_runner
from .newcomer import NEW, newcomer_rows, with_borders
from .relay_scale import RelayScale
from .shared_eye import BORDER, eye_border, lift_row, one_eye, unseeing

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
class RelayCard(RelayScale):
    """One team under all operators.

    Attributes:
        other: a team of the same kind and another seed, from which a new agent comes; None leaves those rows out.
    """

    other: Team | None = None

    def check(self) -> None:
        """That no interface is too large: an eye's border, those of another task, those of a newcomer; codes are less.

        Raises:
            ValueError: if one is.
        """
        first, *_, last = self.team.names
        seeing = one_eye(eye_border(self.team, first), last, [first])
        share_of(seeing, [f"{first}.{module}" for module in BORDER])
        done = _ported(self.team.agents[0], self.core(4, task=OTHER_TASK[self.settings.task]).actions)
        share_of(_team([done], self.team), [f"{first}.{module}" for module in done.touched])
        if self.other is not None:
            joined = augment(self.team, NEW, self.other.agents[2].clone()).after
            share_of(*with_borders(joined, sees=False))

    def rows(self) -> list[Row]:
        """All rows."""
        lifted, seeing = lift_row(self)
        rows = [self.split(), self.copy(), self.distilled(), lifted, self.reorder(), self.exclude(), self.port()]
        return rows if self.other is None else [*rows, *newcomer_rows(self, seeing, self.other)]

    def split(self) -> Row:
        """An agent becomes two, eyes and mind, that share its seat."""
        done = split(self.team, "agent_1", at=4, into=("eyes", "mind"))
        before, reference = self.value(self.team), self.reference(4)
        graphs = _graphs(done.before.agents[1], done.after.agents[1])
        what = "agent_1 becomes eyes and mind"
        return Row("split", what, str(done.claim), before, reference, self.value(done.after), graphs=graphs)

    def copy(self) -> Row:
        """A copy in an agent's seat."""
        done = substitute(self.team, "agent_1", self.team.agents[1].clone())
        before, reference = self.value(self.team), self.reference(4)
        return Row("substitute", "a copy for agent_1", str(done.claim), before, reference, self.value(done.after))

    def distilled(self) -> Row:
        """An agent of another architecture, hot and after it learned from the old one; no interface is touched."""
        old = self.team.agents[1]
        hot = another_runner(old, self.seed)
        student = distilled_runner(old, hot, self.team.channel, self.seed)
        agree = agreement(old, student, self.team.agents[0], self.team.channel)
        done = substitute(self.team, "agent_1", student)
        nobody = never_trained(replace(self.team, agents=[old]), self.seed).agents[0]
        untaught = distilled_runner(nobody, hot, self.team.channel, self.seed)
        worth = self.value(substitute(self.team, "agent_1", untaught).after)
        row = self.row("substitute", "another architecture for agent_1, distilled", done.claim, self.value(done.after))
        note = "never trained: distilled as long, from an agent that never learned"
        graphs = _graphs(old, student)
        return replace(row, never_trained=worth, removed=self.deaf(2), details=agree, note=note, graphs=graphs)

    def reorder(self) -> Row:
        """Two agents change places; every pair at once, the two in the middle with their listeners' code re-learned."""
        values = {f"{a}, {b}": self.value(reorder(self.team, a, b).after) for a, b in combinations(self.team.names, 2)}
        done = reorder(self.team, "agent_1", "agent_2")
        row = self.row("reorder", "agent_1 and agent_2 change places", done.claim, values["agent_1, agent_2"])
        relearned, control = self.codes(done.after, (1, 2, 3))
        pairs = values | {"worst pair": min(values.values()), "mean pair": sum(values.values()) / len(values)}
        return replace(row.learned(relearned, control), removed=self.deaf(1, 2, 3), details=pairs)

    def exclude(self) -> Row:
        """An agent goes; each at once, the first inner one with its listener's code re-learned."""
        smaller = {name: exclude(self.team, name) for name in self.team.names}
        values = {name: self.value(done.after) for name, done in smaller.items()}
        row = self.row("exclude", "agent_1 goes", smaller["agent_1"].claim, values["agent_1"], places=3)
        relearned, control = self.codes(smaller["agent_1"].after, (1,))
        agents = values | {"worst agent": min(values.values()), "mean agent": sum(values.values()) / len(values)}
        blind = {f"{name} sees nothing": unseeing(self.team, name) for name in self.team.names}
        lesions = lesion_matrix(self.team, blind, self.accuracy_by_answer)
        return replace(row.learned(relearned, control), removed=self.deaf(1, places=3), details=agents, lesions=lesions)

    def port(self) -> Row:
        """The frozen bodies play the other task too, behind borders: a code to hear, a code to say, a choice."""
        task = OTHER_TASK[self.settings.task]
        core = self.core(4, task=task)
        done = [_ported(agent, core.actions) for agent in self.team.agents]
        after = _team(done, self.team)
        random_bodies = never_trained(self.team, self.seed)
        control = _team([_ported(agent, core.actions) for agent in random_bodies.agents], self.team)
        free = _team([_ported(agent, core.actions, frozen=False) for agent in self.team.agents], self.team)
        names = [f"{name}.{border}" for name in after.names for border in done[0].touched]
        everything = [f"{name}.{module}" for name in after.names for module in done[0].after.modules]
        scale = self.longer
        tuned = scale.relearned(free, everything, task=task, largest=1.0)
        reference, worth = self.reference(4, task), self.value(after, task=task)
        row = Row("port", f"the bodies play {task} too", str(done[0].claim), reference, reference, worth)
        row = row.learned(scale.relearned(after, names, task=task), scale.relearned(control, names, task=task))
        details = {"everything learned, same budget": tuned.curve[-1][1], "the old task": self.value(self.team)}
        note = "before: the reference of the other task; removed: borders alone, that see nothing"
        graphs = _graphs(self.team.agents[1], after.agents[1])
        nothing = float(exact.answer_distribution(core).max())
        return replace(row, removed=nothing, details=details, note=note, graphs=graphs)

    def deaf(self, *listeners: int, places: int = 4) -> float:
        """What is left where some agents hear nothing."""
        team = self.team if places == 4 else exclude(self.team, "agent_1").after
        cut = tuple((seat - 1, seat) for seat in listeners)
        return self.value(replace(team, channel=replace(team.channel, cut=(*team.channel.cut, *cut))))


def _ported(agent: Agent, actions: int, frozen: bool = True) -> Operated[Graph]:
    """A runner's body in a game of other answers."""
    ends = agent.graph.inputs
    heard, emit = ends["heard"].shape, agent.graph.outputs["emit"]
    (width,) = agent.graph.sources()["hidden.out"].shape
    borders: dict[str, Module] = {
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
    return port(agent.graph, BODY, ends, {"act": Port((actions,)), "emit": emit}, borders, wires, frozen)


def _team(done: list[Operated[Graph]], like: Team) -> Team:
    return Team([Agent(each.after).eval() for each in done], like.channel)


def _graphs(before: Agent, after: Agent) -> tuple[Graph, Graph]:
    return before.graph, after.graph
