"""What benchmarks count: steps of all lanes, whatever game and channel, with lanes reset as they end."""

import numpy as np
import pytest
from interlect.envs import GAMES, make_core
from interlect.protocols import Channel, Symbols
from interlect.training.bench.games import core_workload


@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize("channel", [Channel(), Channel(Symbols(5, 2))], ids=["bit", "symbols"])
def test_lanes_go_on_after_their_ends_and_are_counted(name, channel):
    core = make_core(name, lanes=4, seed=0)
    steps = 3 * core.horizon
    assert core_workload(core, channel, steps)() == 4 * steps
    assert (core.draws.episode >= 2).all()
    assert not np.array_equal(core.state()[0], core.state()[1])
