"""Message exchange: rollouts and environments deliver the same messages, and no message passes where it is cut."""

from typing import Any

import numpy as np
import pytest
import torch
from interlect.agents import Agent, relay_agent
from interlect.envs import make_core
from interlect.envs.adapters import GameEnv
from interlect.envs.core.play import play
from interlect.envs.pictures.images import PIXELS
from interlect.protocols import (
    DRU,
    Channel,
    Composed,
    Continuous,
    Delay,
    Erasure,
    Flip,
    Gaussian,
    Gumbel,
    Link,
    Perfect,
    PlayerInput,
    Quantized,
    Sampled,
    Symbols,
    sum_messages,
)
from interlect.protocols.channels.carriers import Carrier
from interlect.protocols.channels.exchange import Exchange
from interlect.protocols.common.draws import Draws
from interlect.training.rollouts.memoryless import play_memoryless
from interlect.training.rollouts.recurrent import Episode, unroll

CARRIERS = (DRU(2), Symbols(3, 3, end=True), Sampled(3), Gumbel(3, 2), Quantized(4), Continuous(2))
LINKS = (Perfect(), Flip(0.4), Erasure(0.4), Gaussian(0.5), Delay(2), Composed((Delay(1), Flip(0.3), Erasure(0.2))))
CUTS = ((), ((0, 1), (2, 0)))
GAMES = ("switch_riddle_v0", "relay_v0")
"""Anonymous senders, and distinguishable ones."""
AGENTS, LANES = 3, 8
CPU = torch.device("cpu")


class Random:
    """A network that acts and emits at random; emitted numbers are so large that noise in training changes nothing."""

    def __init__(self, carrier: Carrier, actions: int) -> None:
        self.shape, self.actions = carrier.emit_shape, actions
        self.scale = 1.0 if isinstance(carrier, Continuous) else 1e5
        self.generator = torch.Generator().manual_seed(3)

    def __call__(self, observation: torch.Tensor, *inputs: Any) -> Any:
        rows = len(observation)
        emit = self.scale * torch.randn(rows, *self.shape, generator=self.generator)
        act = torch.randn(rows, self.actions, generator=self.generator)
        act[:, 0] += 2  # so that episodes are long enough
        return {"act": act, "emit": emit}, ()


class Recorded:
    """A player that repeats the actions and signals of an episode."""

    def __init__(self, episode: Episode) -> None:
        self.actions, self.signals = episode.action.numpy(), episode.sent.numpy()

    def initial_state(self, seats: np.ndarray) -> dict[str, np.ndarray]:
        return {"time": np.zeros(len(seats), dtype=np.int64)}

    def step(self, inputs: PlayerInput, state: dict[str, np.ndarray], rng: Any) -> Any:
        time = state["time"][0]
        return self.actions[time], self.signals[time], {"time": state["time"] + 1}


def choice(channel: Channel, actions: int, action: int, signal: np.ndarray) -> np.ndarray:
    """The element of the environment's action space for one action and one signal."""
    element = channel.carrier.element(signal)
    if isinstance(channel.carrier, Continuous):
        return np.concatenate([np.eye(actions, dtype=np.float32)[action], element])
    return np.concatenate([[action], element])


@pytest.mark.parametrize("cut", CUTS, ids=["whole", "cut"])
@pytest.mark.parametrize("link", LINKS, ids=str)
@pytest.mark.parametrize("carrier", CARRIERS, ids=str)
@pytest.mark.parametrize("name", GAMES)
def test_unroll_play_and_pettingzoo_deliver_the_same_messages_bit_for_bit(
    name: str, carrier: Carrier, link: Link, cut: Any
) -> None:
    channel = Channel(carrier, link, cut=cut)
    cores = [make_core(name, AGENTS, lanes=lanes, seed=8) for lanes in (LANES, LANES, 1)]
    network, rng = Random(carrier, cores[0].actions), np.random.default_rng(0)
    learned = unroll(network, cores[0], channel, 0.0, False, False, rng, CPU)
    played = play(cores[1], Recorded(learned), channel)
    environment = GameEnv(cores[2], channel, illegal="error")
    observations, _ = environment.reset()
    arrived = 0
    for time, live in enumerate(played.live):
        heard, present = played.heard[time], played.present[time]
        assert not any(present[:, listener, speaker].any() for speaker, listener in cut)
        arrived += present.sum()
        if cores[0].anonymous:
            heard, present = sum_messages(heard, present)
        _, heard_in_training, present_in_training, *_ = learned.inputs[time]
        rows = live.repeat(AGENTS)
        flat = heard.reshape(LANES * AGENTS, *heard.shape[2:])
        assert heard_in_training.detach().numpy()[rows].tobytes() == flat[rows].tobytes()
        assert (present_in_training.numpy()[rows] == present.reshape(LANES * AGENTS, -1)[rows]).all()
        if not live[0]:
            continue
        slots = np.concatenate([present[0][..., None], heard[0]], axis=-1).reshape(AGENTS, -1)
        seen = np.stack([observations[agent] for agent in environment.agents])
        assert seen[:, -slots.shape[1] :].tobytes() == slots.astype(np.float32).tobytes()
        deeds = zip(environment.agents, played.action[time, 0], played.sent[time, 0], strict=True)
        chosen = {agent: choice(channel, cores[0].actions, action, sent) for agent, action, sent in deeds}
        observations, *_ = environment.step(chosen)
    assert environment.agents == []
    assert arrived or link.delay


def test_cut_messages_count_nowhere_as_delivered() -> None:
    """Agent 0 sends to agent 1 alone, which sends to agent 2: what is cut between them is not delivered."""
    carrier = Sampled(16, 2)
    torch.manual_seed(0)
    agents = [Agent(relay_agent(PIXELS, 7, carrier, width=16)).eval() for _ in range(4)]
    for agent in agents:
        for parameter in agent.message_head.parameters():
            torch.nn.init.zeros_(parameter)
    chain = np.array([[0, 1, 2, -1]])
    for cut, messages in (((), 2), (((0, 1),), 1), (((0, 1), (1, 2)), 0), (((0, 2), (1, 0)), 2)):
        channel = Channel(carrier, cut=cut)
        core = make_core("relay_v0", agents=4, lanes=8, seed=5, chains=chain)
        chosen = play_memoryless(agents, core, channel, 0.0, False, np.random.default_rng(0))
        torch.testing.assert_close(chosen.log_prob, torch.full((8,), -messages * 2 * np.log(16)), check_dtype=False)
        network, rng = Random(carrier, core.actions), np.random.default_rng(0)
        learned = unroll(network, core, channel, 0.0, False, False, rng, CPU)
        assert learned.delivered.sum() == 8 * messages
        exchange = Exchange(channel, Draws(1, 0), 4)
        sent, hears = np.zeros((1, 4, *carrier.signal_shape), dtype=np.float32), np.ones((1, 4, 4), dtype=bool)
        delivery = exchange.deliver(sent, hears)
        assert (~delivery.transmitted).sum() == (~delivery.present).sum() == len(cut)


@pytest.mark.parametrize("convert", [np.asarray, torch.from_numpy])
@pytest.mark.parametrize("link", LINKS, ids=str)
def test_a_lane_that_begins_an_episode_is_as_if_all_lanes_began(link: Link, convert: Any) -> None:
    channel, draws, rng = Channel(Continuous(2), link), Draws(3, 6), np.random.default_rng(0)
    sent = [convert(rng.uniform(-1, 1, (3, AGENTS, 2)).astype(np.float32)) for _ in range(7)]
    hears = [rng.random((3, AGENTS, AGENTS)) < 0.8 for _ in range(7)]
    exchange, begins = Exchange(channel, draws, AGENTS, convert=convert), np.array([False, True, False])
    for time in range(3):
        exchange.deliver(sent[time], hears[time])
    assert exchange.delivery.present[1].any() or link.delay > 2
    draws.reset(lanes=begins)
    again = exchange.reset(begins)
    assert not again.present[1].any()
    assert not again.heard[1].any()
    others = Draws(3, 6)
    others.reset()
    fresh = Exchange(channel, others, AGENTS, convert=convert)
    assert not fresh.delivery.present.any()
    plain_draws = Draws(3, 6)
    plain = Exchange(channel, plain_draws, AGENTS, convert=convert)
    for time in range(3):
        plain.deliver(sent[time], hears[time])
    for time in range(3, 7):
        found = exchange.deliver(sent[time], hears[time])
        begun, went_on = fresh.deliver(sent[time], hears[time]), plain.deliver(sent[time], hears[time])
        for lane, expected in ((0, went_on), (1, begun), (2, went_on)):
            assert (found.heard[lane] == expected.heard[lane]).all()
            assert (found.present[lane] == expected.present[lane]).all()


@pytest.mark.parametrize("convert", [np.asarray, torch.from_numpy])
def test_silence_and_anonymous_senders(convert: Any) -> None:
    channel, hears = Channel(Symbols(3)), np.ones((2, AGENTS, AGENTS), dtype=bool)
    sent = convert(np.eye(3, dtype=np.float32)[np.array([[0, 1, 1], [2, 2, 2]])][:, :, None])
    for silent in (False, True):
        delivery = Exchange(channel, Draws(2, 0), AGENTS, True, silent, convert).deliver(sent, hears)
        heard, present = delivery.slots
        expected = np.array([[1, 2, 0], [0, 0, 3]]) * (not silent)
        assert heard.tolist() == expected[:, None, None].repeat(AGENTS, 1).tolist()
        assert bool(present.all()) != silent
        assert bool(delivery.transmitted.any()) != silent
        assert not delivery._replace(anonymous=False).silence(convert(np.array([True, True]))).slots[1].any()
