"""A fifth agent, taken from the team of another seed, joins a relay team; only its interfaces are trained.

"After agent_1": it is trained and evaluated in that place of the chain. "In any place": it is trained in the kind of
chains that the team plays, and evaluated in the worst of five places. Public chains have random partners, order and
length; private chains are fixed, and the new agent can take any place in them.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Int64

from ...agents import SymbolMap, Team, Wire
from ...agents.operators import augment, inside, substitute
from ...envs.relay.chains import PADDING, public_chains
from ..adaptation.relearn import never_trained
from .relay_evaluation import RelayEvaluation, add_input_code, add_output_code
from .rows import Row
from .shared_encoder import INTERFACE, add_encoder_interface, share_encoder

ENOUGH = 0.95
"""Share of the reference from which training counts as successful."""
NEW = "agent_4"
FIRST = (0, 1, 4, 2, 3)
PLACES = np.array([FIRST, (4, 0, 1, 2, 3), (0, 4, 1, 2, 3), (0, 1, 2, 4, 3), (0, 1, 2, 3, 4)])


def new_agent_rows(evaluation: RelayEvaluation, lifted: Team, other: Team) -> list[Row]:
    """The rows "after agent_1"; "in any place", from reward and from labels; and with the shared encoder.

    Args:
        evaluation: the evaluation of the team that the agent joins.
        lifted: the same team with a shared encoder.
        other: the team that the agent is taken from.
    """
    anywhere = PLACES if evaluation.settings.chains == "private" else chains_through(4)
    return [
        _join(evaluation, other, "after agent_1", PLACES[:1], PLACES[:1]),
        _join(evaluation, other, "in any place", anywhere, PLACES),
        _join(evaluation.from_labels, other, "in any place, from labels", anywhere, PLACES),
        _join(
            replace(evaluation, team=lifted),
            other,
            "in any place, with the shared encoder",
            anywhere,
            PLACES,
            sees=False,
        ),
    ]


def chains_through(agent: int) -> Int64[np.ndarray, "C L"]:
    """Public chains of up to five different agents that contain this one; longer chains are more frequent.

    The frequency of a length is about proportional to its cube, because some messages occur only at the end of the
    longest chains, and rarely.
    """
    chains = public_chains(agents=5, longest=5)
    chains = chains[(chains == agent).any(axis=1)]
    length = (chains != PADDING).sum(axis=1)
    weight = length**3 / np.bincount(length)[length]
    return np.repeat(chains, np.rint(4 * weight / weight.min()).astype(int), axis=0)


def add_new_agent_interfaces(team: Team, sees: bool = True) -> tuple[Team, list[str]]:
    """Add codes (``SymbolMap``, all symbols start alike) at the message input and output of the new agent.

    Args:
        team: five agents, the new one last.
        sees: whether the new agent keeps its own encoder; otherwise it uses the last agent's, followed by an interface.

    Returns:
        The team, and the names of the interfaces.
    """
    team = add_output_code(add_input_code(team, NEW), NEW)
    names = ["code", "code_out"]
    for name in names:
        shape = team.agents[4].graph.modules[name].inputs["x"].shape
        team = inside(team, NEW, substitute, name, SymbolMap(shape, start=0.0)).after
    if not sees:
        team = share_encoder(add_encoder_interface(team, NEW), "agent_3", [NEW])
        names += INTERFACE
    return team, [f"{NEW}.{name}" for name in names]


def _join(
    evaluation: RelayEvaluation,
    other: Team,
    where: str,
    chains: Int64[np.ndarray, "C L"],
    places: Int64[np.ndarray, "K L"],
    sees: bool = True,
) -> Row:
    """The row of an agent trained in ``chains`` and evaluated in the worst of ``places``; see above for ``sees``."""
    evaluation = evaluation.with_longer_budget
    partners = [f"agent_{seat}" for seat in range(4)]
    wires = [Wire(f"{a}.emit", f"{b}.heard") for name in partners for a, b in ((name, NEW), (NEW, name))]
    result, untrained = (
        augment(evaluation.team, NEW, source.agents[2].clone(), wires)
        for source in (other, never_trained(other, evaluation.seed))
    )
    relearned, control = (
        evaluation.relearn(*add_new_agent_interfaces(team, sees), chains, evaluate_every=10, evaluated=places)
        for team in (result.after, untrained.after)
    )
    zero_shot = float(evaluation.values(result.after, places).min())
    row = evaluation.row("augment", f"a fifth agent from another team, {where}", result.claim, zero_shot, places=5)
    sufficient = [episodes for episodes, value in relearned.curve if value >= ENOUGH * row.reference]
    details = {f"episodes to {ENOUGH:g} of the reference": float(sufficient[0])} if sufficient else {}
    for place, value in zip(PLACES.tolist(), evaluation.values(relearned.team, PLACES), strict=True):
        details[f"chain {place}"] = float(value)
    silent = augment(evaluation.team, NEW, other.agents[2].clone()).after
    row = row.with_relearning(relearned, control)
    return replace(row, removed=float(evaluation.values(silent, places).min()), details=details)
