"""Teams: own parameters, saving and loading, and bad files."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from interlect.agents import Agent, StackedAgents, Team, Wire, cnet, load_team, relay_agent, save_team
from interlect.envs.core.play import play
from interlect.envs.switch_riddle.rules import SwitchRiddle
from interlect.protocols import DRU, Channel, Erasure, Flip, PlayerInput, Symbols

CHANNEL = Channel(DRU())


def agent(carrier=None, own_message=False):
    return Agent(cnet(3, 1, 2, 2, carrier or DRU(), own_message, width=16))


def test_a_stack_is_its_agents_side_by_side():
    agents = [agent() for _ in range(3)]
    stack = StackedAgents(agents)
    team = Team(agents, CHANNEL)
    apart = Team(stack.agents(), CHANNEL)
    one, two = (play(SwitchRiddle(3, 50, 1), t, CHANNEL) for t in (team, apart))
    assert np.array_equal(one.sent, two.sent)
    inputs = (
        torch.randint(0, 2, (12,)),
        torch.zeros(12, 1, 1),
        torch.zeros(12, 1),
        torch.zeros(12, dtype=torch.int64),
        torch.zeros(12, 1),
        torch.arange(12) % 3,
    )
    outputs, memory = stack(*inputs, None)
    outputs, _ = stack(*inputs, memory)
    for seat, one_agent in enumerate(agents):
        mine = [x[seat::3] for x in inputs]
        _, own = one_agent(*mine, None)
        want, _ = one_agent(*mine, own)
        torch.testing.assert_close(outputs["act"][seat::3], want["act"])


def test_a_stack_learns_each_agents_own_gradient():
    agents = [agent() for _ in range(3)]
    stack = StackedAgents(agents)
    rows = 6
    inputs = (
        torch.randint(0, 2, (rows,)),
        torch.randn(rows, 1, 1),
        torch.ones(rows, 1),
        torch.zeros(rows, dtype=torch.int64),
        torch.zeros(rows, 1),
        torch.arange(rows) % 3,
    )
    stack(*inputs, None)[0]["act"].square().sum().backward()
    gradients = dict(zip(stack.names, (p.grad for p in stack.stacked), strict=True))
    for seat, one in enumerate(agents):
        one(*[x[seat::3] for x in inputs], None)[0]["act"].square().sum().backward()
        for name, parameter in one.named_parameters():
            got = gradients[name]
            assert (got is None) == (parameter.grad is None)
            if got is not None:
                torch.testing.assert_close(got[seat], parameter.grad)


@pytest.mark.parametrize("link", [Flip(0.2), Erasure(0.3)])
@pytest.mark.parametrize("seats", [1, 3])
def test_a_team_survives_saving(tmp_path, link, seats):
    carrier = Symbols(4)
    channel = Channel(carrier, link, "blocked")
    team = Team([agent(carrier, own_message=True) for _ in range(seats)], channel)
    save_team(tmp_path / "team", team)
    again = load_team(tmp_path / "team")
    assert again.channel == channel
    one, two = (play(SwitchRiddle(3, 40, 3), t, channel) for t in (team, again))
    assert np.array_equal(one.heard, two.heard)
    assert np.array_equal(one.action, two.action)


def test_a_team_plays_the_same_in_one_lane_as_in_a_thousand():
    team = Team([agent()], CHANNEL)
    many = play(SwitchRiddle(3, 1000, 5), team, CHANNEL)
    alone = play(SwitchRiddle(3, 1, 5), team, CHANNEL)
    steps = len(alone.live)
    assert np.array_equal(alone.sent[:, 0], many.sent[:steps, 0])
    assert np.array_equal(alone.action[:, 0], many.action[:steps, 0])


def test_a_team_remembers_more_than_ten_values_in_their_order():
    graph = agent().graph
    later = [
        Wire(f"{name}.out", "hidden.x", delay=1)
        for name in ("observation_encoder", "message_encoder", "action_embedding", "agent_embedding", "rnn", "hidden")
    ]
    team = Team([Agent(replace(graph, wires=(*later[:2], *graph.wires, *later, *later)))], CHANNEL)
    assert [wire.source for wire in team.agents[0].graph.delayed_wires()].index("rnn.state") == 2
    seats = np.arange(3)
    state = team.initial_state(seats)
    memory = None
    for seen in (1, 0, 1):
        inputs = (torch.full((3,), seen), torch.zeros(3, 1, 1), torch.zeros(3, 1), torch.from_numpy(state["action"]))
        outputs, memory = team.agents[0](*inputs, torch.from_numpy(state["message"]), torch.arange(3), memory)
        heard, present = np.zeros((3, 1, 1), np.float32), np.zeros((3, 1), bool)
        legal = np.ones((3, 2), bool)
        action, _, state = team.step(
            PlayerInput(np.full(3, seen), heard, present, legal), state, np.random.default_rng(0)
        )
        assert (action == outputs["act"].argmax(-1).numpy()).all()
    assert np.array_equal(state["agent_0_memory_10"], memory[10].detach().numpy())


def saved(tmp_path):
    save_team(tmp_path / "team", Team([agent()], CHANNEL))
    return tmp_path / "team"


def test_a_truncated_file_says_which(tmp_path):
    folder = saved(tmp_path)
    weights = folder / "agent_0" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"model\.safetensors must be a complete safetensors file"):
        load_team(folder)


def test_foreign_weights_say_what_differs(tmp_path):
    folder = saved(tmp_path)
    graph = json.loads((folder / "agent_0" / "graph.json").read_text())
    graph["modules"]["observation_encoder"][1]["symbols"] = graph["inputs"]["observation"][2] = 5
    (folder / "agent_0" / "graph.json").write_text(json.dumps(graph))
    with pytest.raises(ValueError, match=r"observation_encoder\.table\.weight"):
        load_team(folder)


def test_a_team_needs_an_agent_a_seat():
    with pytest.raises(ValueError, match="3 seats; received '2 agents'"):
        play(SwitchRiddle(3, 2, 0), Team([agent(), agent()], CHANNEL), CHANNEL)


def test_a_team_says_whether_it_is_without_memory():
    carrier = Symbols(4)
    mind, hand = (
        Agent(cnet(2, 1, 6, (64,), carrier, own_message=False, width=8)),
        Agent(relay_agent(64, 6, carrier, width=8)),
    )
    assert not Team([mind], Channel(carrier)).memoryless
    assert Team([hand], Channel(carrier)).memoryless
    assert not Team([hand, mind], Channel(carrier)).memoryless
