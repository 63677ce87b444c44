"""Which outputs depend on a message: all others stay bit-identical when the message changes."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from interlect.agents import Agent, cnet
from interlect.envs.switch_riddle.rules import SwitchRiddle
from interlect.protocols import DRU, Channel, Symbols
from interlect.training.learners.dial import dial_loss, td_targets, team_value
from interlect.training.learners.rial import rial_loss
from interlect.training.rollouts.recurrent import Episode, unroll

CPU = torch.device("cpu")
DIAL, RIAL = Channel(DRU()), Channel(Symbols(), credit="blocked")


def network(channel, own_message=False):
    torch.manual_seed(0)
    agent = Agent(cnet(3, 1, 2, 2, channel.carrier, own_message, width=16))
    with torch.no_grad():
        agent.action_head.map.bias += torch.tensor([1.0, 0.0])  # no agent announces in the first step
    return agent


def played(channel, silent=False, lanes=8, net=None):
    net = net or network(channel)
    rng = np.random.default_rng(1)
    return unroll(net, SwitchRiddle(3, lanes, 4), channel, 0.05, False, silent, rng, CPU)


@dataclass(frozen=True)
class Meddling(Channel):
    """Changes the messages of some rows."""

    rows: tuple[int, ...] = ()

    def send(self, emit, noise=None):
        sent = super().send(emit, noise)
        mask = torch.zeros(len(sent), *(1 for _ in sent.shape[1:]))
        mask[list(self.rows)] = 1
        return sent * (1 - mask) + (1 - sent) * mask


def meddled(channel, rows):
    return Meddling(channel.carrier, channel.link, channel.credit, rows=rows)


@pytest.mark.parametrize("channel", [DIAL, RIAL])
def test_a_silent_team_does_not_depend_on_messages(channel):
    net = network(channel)
    one = played(channel, silent=True, net=net)
    two = played(meddled(channel, tuple(range(24))), silent=True, net=net)
    assert torch.equal(one.act, two.act)
    assert torch.equal(one.action, two.action)
    assert all(not inputs[1].any() and not inputs[2].any() for inputs in one.inputs)


def test_actions_depend_on_delivered_messages():
    one, two = played(DIAL), played(meddled(DIAL, tuple(range(24))))
    assert not torch.equal(one.act, two.act)


def test_a_lane_does_not_depend_on_messages_of_other_lanes():
    one, two = played(DIAL), played(meddled(DIAL, tuple(range(3, 24))))
    steps = min(len(one.act), len(two.act))
    assert torch.equal(one.act[:steps, :3], two.act[:steps, :3])


def test_only_receivers_depend_on_a_message():
    """Messages of agents that are not inside reach no receiver."""
    net = network(DIAL)
    first = int(np.flatnonzero(SwitchRiddle(3, 1, 4).reset().observation[0])[0])
    outside = tuple(seat for seat in range(3) if seat != first)
    one, two = played(DIAL, lanes=1, net=net), played(meddled(DIAL, outside), lanes=1, net=net)
    assert torch.equal(one.act[:2], two.act[:2])


def gradient_of_receivers_loss(channel):
    """The gradient of the last step's Q-values with respect to what was emitted before."""
    net = network(channel)
    emitted = []

    @dataclass(frozen=True)
    class Watched(Channel):
        def send(self, emit, noise=None):
            if emit.requires_grad:
                emit.retain_grad()
            emitted.append(emit)
            return super().send(emit, noise)

    watched = Watched(channel.carrier, channel.link, channel.credit)
    episode = played(watched, net=net)
    live = episode.live[1] > 0
    (episode.act[1] * live[:, None]).sum().backward()
    grad = emitted[0].grad
    return torch.zeros_like(emitted[0]) if grad is None else grad, episode


def test_gradients_reach_exactly_the_senders_of_delivered_messages():
    grad, episode = gradient_of_receivers_loss(DIAL)
    heard = episode.delivered[0] > 0
    assert (grad[heard].abs() > 0).all()
    assert not grad[~heard].any()


def test_blocked_credit_gives_senders_no_gradient():
    grad, _ = gradient_of_receivers_loss(RIAL)
    assert not grad.any()


def hand_made(act, action, reward, live):
    steps, rows = len(action), len(action[0])
    act = torch.tensor(act)
    return Episode(
        inputs=[(torch.full((rows,), t),) for t in range(steps)],
        act=act,
        emit=torch.zeros(steps, rows, 1, 2),
        action=torch.tensor(action),
        sent=torch.zeros(steps, rows, 1, 2),
        legal=torch.ones(steps, rows, 2, dtype=torch.bool),
        reward=torch.tensor(reward),
        live=torch.tensor(live),
        delivered=torch.zeros(steps, rows),
    )


EPISODE = hand_made(
    act=[[[0.0, 1.0]], [[0.5, 0.2]], [[9.0, 9.0]]],
    action=[[1], [0], [0]],
    reward=[[0.0], [1.0], [7.0]],
    live=[[1.0], [1.0], [0.0]],
)


def target_network(inputs, memory):
    values = torch.tensor([[[5.0, 5.0]], [[2.0, 3.0]], [[8.0, 8.0]]])
    return {"act": values[int(inputs[0])]}, ()


def test_targets_by_hand():
    targets = td_targets(target_network, EPISODE, gamma=0.5, agents=1)
    assert targets[:2].tolist() == [[1.5], [1.0]]


def test_targets_use_legal_actions_only():
    legal = EPISODE.legal.clone()
    legal[1, 0, 1] = False
    targets = td_targets(target_network, replace(EPISODE, legal=legal), gamma=0.5, agents=1)
    assert targets[0].tolist() == [1.0]


def test_returns_do_not_use_the_target_network():
    def never(*inputs):
        raise AssertionError("the target network is not called")

    targets = td_targets(never, EPISODE, gamma=0.5, agents=1, bootstrap="return")
    assert targets[:2].tolist() == [[0.5], [1.0]]


def test_the_dial_loss_by_hand():
    targets = td_targets(target_network, EPISODE, gamma=0.5, agents=1)
    want = (1.0 - 1.5) ** 2 + (0.5 - 1.0) ** 2
    assert dial_loss(EPISODE, targets).item() == pytest.approx(want)


def test_the_rial_loss_regresses_delivered_symbols():
    said = torch.tensor([[[[1.0, 0.0]]], [[[0.0, 1.0]]], [[[1.0, 0.0]]]])
    emit = torch.tensor([[[[0.25, 4.0]]], [[[9.0, 0.75]]], [[[1.0, 1.0]]]])
    delivered = torch.tensor([[1.0], [0.0], [1.0]])
    episode = replace(EPISODE, sent=said, emit=emit, delivered=delivered)
    targets = td_targets(target_network, episode, gamma=0.5, agents=1)
    want = dial_loss(episode, targets).item() + (0.25 - 1.5) ** 2
    assert rial_loss(episode, targets).item() == pytest.approx(want)


def test_the_team_value_is_the_mean_over_agents_with_a_choice():
    best = torch.tensor([[1.0, 2.0, 4.0, 8.0]])
    choice = torch.tensor([[True, False, True, True]])
    assert team_value(best, choice, agents=2).tolist() == [[1.0, 1.0, 6.0, 6.0]]
    assert team_value(best, choice & False, agents=2).tolist() == [[0.0] * 4]
