"""What benchmarks count and compare: steps of all lanes, updates of all pairs, and loops that compute the same."""

import numpy as np
import pytest
import torch
from interlect.envs import GAMES, make_core
from interlect.protocols import Channel, Symbols
from interlect.training.adversarial.gan import GAN
from interlect.training.bench.adversarial import HandWrittenGAN, gan_updates, stacked_pairs
from interlect.training.bench.games import core_workload, vec_env_workloads
from interlect.training.recipes.table import make_learner


@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize("channel", [Channel(), Channel(Symbols(5, 2))], ids=["bit", "symbols"])
def test_lanes_go_on_after_their_ends_and_are_counted(name, channel):
    core = make_core(name, lanes=4, seed=0)
    steps = 3 * core.horizon
    assert core_workload(core, channel, steps)() == 4 * steps
    assert (core.draws.episode >= 2).all()
    assert not np.array_equal(core.state()[0], core.state()[1])


def test_steps_of_vectorized_environments_are_counted_per_episode_not_per_agent():
    assert {name: work() for name, work in vec_env_workloads(4, 100).items()} == {"ours": 400, "other": 8}


def test_the_hand_written_gan_computes_what_the_learner_computes():
    settings = GAN("forgery_v0", updates=5, batch=16, width=8)
    learner, written = make_learner(settings), HandWrittenGAN(settings)
    for name, network in (("painter", written.painter), ("critic", written.critic)):
        for value, start in zip(network.parameters(), learner.parameters(name), strict=True):
            value.data.copy_(start)
    written.average = [p.detach().clone() for p in written.painter.parameters()]
    for _ in range(5):
        assert written.update() == pytest.approx(learner.update(), rel=1e-4)
    found = [*written.painter.parameters(), *written.critic.parameters(), *written.average]
    expected = [p for name in ("painter", "critic", "average") for p in learner.parameters(name)]
    for value, wanted in zip(found, expected, strict=True):
        torch.testing.assert_close(value, wanted, rtol=1e-4, atol=1e-5)


def test_updates_of_adversarial_networks_are_counted():
    works = stacked_pairs(2, 4, 4, 3) | gan_updates(3)
    assert [work() for work in works.values()] == [3] * 4
