"""A program that uses interlect, for the type checker: it reads the types of the built wheel, and runs against it too.

Each ignored error is a mistake that the checker has to find: where types are lost, it reports the ignore as unused.
"""

from typing import TYPE_CHECKING, assert_type

import numpy as np
from interlect.agents import Agent, Graph, Team, cnet
from interlect.agents.operators import OperatorResult, exclude
from interlect.envs import Core, Game, game, make_core, play, relay_v0, switch_riddle_v0
from interlect.protocols import DRU, Channel, Player, Symbols
from interlect.training import Dial, Run, Settings

channel = Channel(Symbols(vocabulary=4))
assert_type(channel.carrier.capacity_bits, float)

graph = cnet(agents=3, message_slots=1, actions=2, observations=2, carrier=DRU(), own_message=False, width=8)
assert_type(exclude(graph, "hidden"), OperatorResult[Graph])
team = Team([Agent(graph)], Channel(DRU()))
player: Player = team
assert_type(make_core("switch_riddle_v0", agents=3, lanes=2, seed=0), Core)
transcript = play(make_core("switch_riddle_v0", agents=3, lanes=2, seed=0), player, team.channel)
assert_type(transcript.returns, np.ndarray)

env = switch_riddle_v0.parallel_env(agents=3, channel=channel)
observations, infos = env.reset(seed=0)
assert_type(env.agents, list[str])

assert_type(game("relay_v0", task="spell"), Game)
assert_type(game("relay_v0", task="spell").reference_returns(4)["oracle"].value, float)
assert_type(relay_v0.parallel_env(agents=4, chains=np.array([[0, 1], [1, 0]])).agents, list[str])

settings = Dial("switch_riddle_v0", updates=1)
assert_type(settings.updates, int)


def normalized_return(run: Run) -> float:
    """The score of a run."""
    assert_type(run.settings, Settings)
    return float(run.result["normalized_return"])


if TYPE_CHECKING:
    Channel(carrier="bits")  # type: ignore[arg-type]
    Channel(credit="sideways")  # type: ignore[arg-type]
    make_core(3)  # type: ignore[arg-type]
    Dial("switch_riddle_v0", updates="many")  # type: ignore[arg-type]
    switch_riddle_v0.parallel_env(agents="3")  # type: ignore[arg-type]
    relay_v0.parallel_env(longest="5")  # type: ignore[arg-type]
    graph.with_wires("observation_encoder.out")  # type: ignore[arg-type]
    exclude(graph, 3)  # type: ignore[arg-type]
    exclude(graph)  # type: ignore[call-arg]
