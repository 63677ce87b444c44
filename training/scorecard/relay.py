"""The scorecard of a relay team: what each operator leaves of its function, in the chain that it makes.

Everything is the exact chance of a right answer on held-out pictures, in one chain: that of all seats in their order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import combinations

import numpy as np
from torch import nn

from ...agents import Agent, Code, Graph, Linear, Module, Port, Series, Team, Wire
from ...agents.operators import Operated, augment, exclude, inside, lift, port, reorder, split, substitute
from ...envs.relay import bars, exact
from ...envs.relay.rules import Relay
from ..fitting import LARGEST, Budget
from ..lessons import relay_lesson
from ..relay_settings import RelaySettings
from ..relearn import BUDGET, Relearned, never_trained, relearn_interfaces
from .card import Row
from .distilled_runner import agreement, another_runner, distilled_runner

EYE = ("eye", "see")
"""The modules of a runner that look at its picture and learn."""
HEAR, SPEAK = Wire("input.heard", "hear.heard"), Wire("voice.out", "output.emit")
SEEN = Wire("see.out", "join.x")
BODY = ("blur", "eye", "drop", "see", "hear", "join", "think", "speak", "voice")
OTHER_TASK = {"count": "spell", "spell": "count"}
ENOUGH = 0.95
"""The share of a reference from which on something counts as learned."""
PLACES = ((4, 0, 1, 2, 3), (0, 4, 1, 2, 3), (0, 1, 2, 4, 3), (0, 1, 2, 3, 4))
"""Chains that a new agent did not join: what it learned in one place may be good for all, or not."""
JOINING = 4
"""How many times the budget a new agent has."""
RANK = 5
"""Numbers that pass the border behind a shared eye: with them it has 4.7% of the eye's parameters."""


@dataclass(frozen=True)
class RelayCard:
    """One team under all operators.

    Attributes:
        team: one agent a seat.
        settings: of its run.
        other: a team of the same kind and another seed, from which a new agent comes; None leaves that row out.
        budget: of each re-learning.
        seed: of controls and re-learning.
    """

    team: Team
    settings: RelaySettings
    other: Team | None = None
    budget: Budget = BUDGET
    seed: int = 0

    def rows(self) -> list[Row]:
        """All rows."""
        rows = [self.split(), self.copy(), self.distilled(), self.lift(), self.reorder(), self.exclude(), self.port()]
        return rows if self.other is None else [*rows, self.augment(self.other)]

    def split(self) -> Row:
        """An agent becomes two, eyes and mind, that share its seat."""
        done = split(self.team, "agent_1", at=4, into=("eyes", "mind"))
        before, reference = self._value(self.team), self._reference(4)
        graphs = _graphs(done.before.agents[1], done.after.agents[1])
        what = "agent_1 becomes eyes and mind"
        return Row("split", what, str(done.claim), before, reference, self._value(done.after), graphs=graphs)

    def copy(self) -> Row:
        """A copy in an agent's seat."""
        done = substitute(self.team, "agent_1", self.team.agents[1].clone())
        before, reference = self._value(self.team), self._reference(4)
        return Row("substitute", "a copy for agent_1", str(done.claim), before, reference, self._value(done.after))

    def distilled(self) -> Row:
        """An agent of another architecture, hot and after it learned from the old one; no interface is touched."""
        old = self.team.agents[1]
        hot = another_runner(old, self.seed)
        student = distilled_runner(old, hot, self.team.channel, self.seed)
        agree = agreement(old, student, self.team.agents[0], self.team.channel)
        done = substitute(self.team, "agent_1", student)
        worth = self._value(substitute(self.team, "agent_1", hot).after)
        row = self._row(
            "substitute", "another architecture for agent_1, distilled", done.claim, self._value(done.after)
        )
        note = "control: the same architecture, never trained and not distilled"
        graphs = _graphs(old, student)
        return replace(row, never_trained=worth, removed=self._deaf(2), details=agree, note=note, graphs=graphs)

    def lift(self) -> Row:
        """Four private eyes become one, the last agent's; behind it each other agent has a small border.

        The last agent's picture matters in every task, so that its eye has learned to see.
        """
        *others, last = self.team.names
        bordered, after = _lifted(reduce(_eye_border, others, self.team)), _lifted(self.team)
        names = [f"{name}.{module}" for name in others for module in ("border", "border_out_gate")]
        relearned, control = (self._relearned(t, names) for t in (bordered, never_trained(bordered, self.seed)))
        perception = [sum(p.numel() for p in _once(team, EYE)) for team in (self.team, after)]
        sizes = {"perception parameters before": float(perception[0]), "after": float(perception[1])}
        claim = lift(self.team, [f"{name}.see" for name in (last, *others)]).claim
        row = self._row("lift", f"four private eyes become the one of {last}", claim, self._value(after))
        blind = self._value(reduce(_blind, others, self.team))
        graphs = _graphs(self.team.agents[1], bordered.agents[1])
        return replace(row.learned(relearned, control), removed=blind, details=sizes, graphs=graphs)

    def reorder(self) -> Row:
        """Two agents change places; every pair at once, the two in the middle with their listeners' code re-learned."""
        values = {f"{a}, {b}": self._value(reorder(self.team, a, b).after) for a, b in combinations(self.team.names, 2)}
        done = reorder(self.team, "agent_1", "agent_2")
        row = self._row("reorder", "agent_1 and agent_2 change places", done.claim, values["agent_1, agent_2"])
        relearned, control = self._codes(done.after, (1, 2, 3))
        pairs = values | {"worst pair": min(values.values()), "mean pair": sum(values.values()) / len(values)}
        return replace(row.learned(relearned, control), removed=self._deaf(1, 2, 3), details=pairs)

    def exclude(self) -> Row:
        """An agent goes; each at once, the first inner one with its listener's code re-learned."""
        smaller = {name: exclude(self.team, name) for name in self.team.names}
        values = {name: self._value(done.after) for name, done in smaller.items()}
        row = self._row("exclude", "agent_1 goes", smaller["agent_1"].claim, values["agent_1"], places=3)
        relearned, control = self._codes(smaller["agent_1"].after, (1,))
        agents = values | {"worst agent": min(values.values()), "mean agent": sum(values.values()) / len(values)}
        return replace(row.learned(relearned, control), removed=self._deaf(1, places=3), details=agents)

    def port(self) -> Row:
        """The frozen bodies play the other task too, behind borders: a code to hear, a code to say, a choice."""
        task = OTHER_TASK[self.settings.task]
        core = self._core(4, task=task)
        done = [_ported(agent, core.actions) for agent in self.team.agents]
        after = _team(done, self.team)
        random_bodies = never_trained(self.team, self.seed)
        control = _team([_ported(agent, core.actions) for agent in random_bodies.agents], self.team)
        free = _team([_ported(agent, core.actions, frozen=False) for agent in self.team.agents], self.team)
        names = [f"{name}.{border}" for name in after.names for border in done[0].touched]
        everything = [f"{name}.{module}" for name in after.names for module in done[0].after.modules]
        tuned = self._relearned(free, everything, task=task, largest=1.0)
        reference, worth = self._reference(4, task), self._value(after, task=task)
        row = Row("port", f"the bodies play {task} too", str(done[0].claim), reference, reference, worth)
        row = row.learned(self._relearned(after, names, task=task), self._relearned(control, names, task=task))
        details = {"everything learned, same budget": tuned.curve[-1][1], "the old task": self._value(self.team)}
        note = "before: the reference of the other task; removed: borders alone, that see nothing"
        graphs = _graphs(self.team.agents[1], after.agents[1])
        nothing = float(exact.answers(core).max())
        return replace(row, removed=nothing, details=details, note=note, graphs=graphs)

    def augment(self, other: Team) -> Row:
        """A fifth agent, from another seed's team, in the middle; its border alone is learned."""
        chain, names = (0, 1, 4, 2, 3), ["agent_4.code", "agent_4.code_out"]
        wires = [Wire("agent_1.emit", "agent_4.heard"), Wire("agent_4.emit", "agent_2.heard")]
        done = augment(self.team, "agent_4", other.agents[2].clone(), wires)
        stranger = augment(self.team, "agent_4", never_trained(other, self.seed).agents[2], wires).after
        relearned, control = (self._joined(team, names, chain) for team in (done.after, stranger))
        what = "a fifth agent from another team, after agent_1"
        row = self._row("augment", what, done.claim, self._value(done.after, chain), chain=chain)
        row = row.learned(relearned, control)
        alone = augment(self.team, "agent_4", other.agents[2].clone()).after
        enough = [episodes for episodes, value in relearned.curve if value >= ENOUGH * row.reference]
        details = {f"episodes to {ENOUGH:g} of the reference": float(enough[0])} if enough else {}
        anywhere = replace(relearned.team, channel=self.team.channel)
        for place in PLACES:
            details[f"with the same border: {place}"] = self._value(anywhere, place)
        return replace(row, removed=self._value(alone, chain), details=details)

    def _row(
        self, operator: str, what: str, claim: object, at_once: float, places: int = 4, chain: tuple[int, ...] = ()
    ) -> Row:
        """A row whose function before is scaled to what the new chain allows."""
        reference = self._reference(places, chain=chain)
        before = self._value(self.team) * reference / self._reference(4)
        return Row(operator, what, str(claim), before, reference, at_once)

    def _joined(self, team: Team, names: list[str], chain: tuple[int, ...]) -> Relearned:
        """With more time, and looked at more often: it learns a language that it never heard."""
        budget = replace(self.budget, updates=JOINING * self.budget.updates)
        return replace(self, budget=budget)._relearned(_border(team, "agent_4"), names, chain, look_every=10)

    def _codes(self, after: Team, listeners: tuple[int, ...]) -> tuple[Relearned, Relearned]:
        """Re-learn a code in front of the ears of some agents, in the team and around agents that never learned."""
        names = [f"agent_{seat}" for seat in listeners]
        learned = [
            self._relearned(reduce(_code, names, team), [f"{name}.code" for name in names])
            for team in (after, never_trained(after, self.seed))
        ]
        return learned[0], learned[1]

    def _relearned(
        self,
        team: Team,
        names: list[str],
        chain: tuple[int, ...] = (),
        task: str | None = None,
        largest: float = LARGEST,
        look_every: int = 25,
    ) -> Relearned:
        core = self._core(len(team.agents), chain, task, "train", self.budget.batch)
        lesson = relay_lesson(core, self.settings)

        def look(team: Team) -> float:
            return self._value(team, chain, task)

        return relearn_interfaces(team, names, lesson, look, self.budget, look_every, largest)

    def _deaf(self, *listeners: int, places: int = 4) -> float:
        """What is left where some agents hear nothing."""
        team = self.team if places == 4 else exclude(self.team, "agent_1").after
        cut = tuple((seat - 1, seat) for seat in listeners)
        return self._value(replace(team, channel=replace(team.channel, cut=cut)))

    def _value(self, team: Team, chain: tuple[int, ...] = (), task: str | None = None) -> float:
        return exact.value(self._core(len(team.agents), chain, task), team, team.channel)

    def _reference(self, places: int, task: str | None = None, chain: tuple[int, ...] = ()) -> float:
        return bars.bars(self._core(max(places, len(chain)), chain, task))["vision"].value

    def _core(
        self,
        agents: int,
        chain: tuple[int, ...] = (),
        task: str | None = None,
        pictures: str = "held_out",
        lanes: int = 1,
    ) -> Relay:
        chains = np.array([chain or tuple(range(agents))])
        longest = self.settings.longest or self.settings.agents + 1
        task = task or self.settings.task
        return Relay(agents, lanes, self.seed, task=task, pictures=pictures, chains=chains, longest=longest)


def _code(team: Team, name: str) -> Team:
    """A code in front of an agent's ears."""
    shape = team.agents[0].graph.inputs["heard"].shape
    return inside(team, name, augment, "code", Code(shape), on=HEAR).after


def _border(team: Team, name: str) -> Team:
    """A code in front of an agent's ears, and one behind its voice."""
    shape = team.agents[0].graph.outputs["emit"].shape
    return inside(_code(team, name), name, augment, "code_out", Code(shape), on=SPEAK).after


def _lifted(team: Team) -> Team:
    """One eye for all agents, that of the last."""
    *others, last = team.names
    for module in EYE:
        team = lift(team, [f"{name}.{module}" for name in (last, *others)]).after
    return team


def _eye_border(team: Team, name: str) -> Team:
    """A narrow border between an agent's eye and the rest, in the place of the wire."""
    (width,) = team.agents[0].graph.sources()[SEEN.source].shape
    border = Series([Linear(width, (RANK,)), Linear(RANK, (width,))])
    ends = [Wire(SEEN.source, "border.x"), Wire("border.out", SEEN.target)]
    return _blind(inside(team, name, augment, "border", border, ends).after, name)


def _blind(team: Team, name: str) -> Team:
    """Without the wire from an agent's eye to the rest."""
    return inside(team, name, exclude, SEEN).after


def _ported(agent: Agent, actions: int, frozen: bool = True) -> Operated[Graph]:
    """A runner's body in a game of other answers."""
    ends = agent.graph.inputs
    heard, emit = ends["heard"].shape, agent.graph.outputs["emit"]
    (width,) = agent.graph.sources()["think.out"].shape
    borders: dict[str, Module] = {
        "code_in": Code(heard),
        "code_out": Code(emit.shape),
        "act": Linear(width, (actions,)),
    }
    path = (
        ("input.observation", "blur.x"),
        ("input.heard", "code_in.x"),
        ("code_in.out", "hear.heard"),
        ("input.present", "hear.present"),
        ("think.out", "act.x"),
        ("act.out", "output.act"),
        ("voice.out", "code_out.x"),
        ("code_out.out", "output.emit"),
    )
    wires = [Wire(source, target) for source, target in path]
    return port(agent.graph, BODY, ends, {"act": Port((actions,)), "emit": emit}, borders, wires, frozen)


def _team(done: list[Operated[Graph]], like: Team) -> Team:
    return Team([Agent(each.after).eval() for each in done], like.channel)


def _once(team: Team, modules: Sequence[str]) -> list[nn.Parameter]:
    """The parameters of these modules of all agents, each once."""
    found = {id(p): p for a in team.agents for name in modules for p in a.graph.modules[name].parameters()}
    return list(found.values())


def _graphs(before: Agent, after: Agent) -> tuple[Graph, Graph]:
    return before.graph, after.graph
