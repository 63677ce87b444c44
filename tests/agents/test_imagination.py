"""Imagination as a part of an agent: added, removed and ported without any effect on what the agent does."""

import numpy as np
import pytest
import torch
from interlect.agents import Agent, Team, load_team, receiver, relay_agent, save_team, sender
from interlect.agents.generators.imagination import (
    BORDER,
    PAINTER,
    PICTURE,
    Sigmoid,
    add_imagination,
    exclude_imagination,
    imagination,
    imagine,
    message_border,
    picture_painter,
    port_imagination,
)
from interlect.agents.modules import Frozen, Linear, LinearMessageEncoder
from interlect.agents.operators import exclude
from interlect.envs import make_core, play
from interlect.protocols import Channel, Gumbel

CARRIER, CANDIDATES = Gumbel(5, 2), 3
SIZE = CANDIDATES * 64


def pair(seed: int = 0, network: str = "mlp") -> Team:
    torch.manual_seed(seed)
    sizes = SIZE, 1 + CANDIDATES, CARRIER, 12, network
    return Team([Agent(sender(*sizes)), Agent(receiver(*sizes, candidates=CANDIDATES))], Channel(CARRIER))


def painter(seed: int = 0, **sizes: int):
    torch.manual_seed(seed)
    return picture_painter(**{"code": 4, "noise": 3, "width": 6} | sizes)


def with_receiver(team: Team, graph) -> Team:
    return Team([team.agents[0], Agent(graph)], team.channel)


def transcript(team: Team):
    options = {"objects": "digits", "candidates": CANDIDATES, "split": "held_out"}
    return play(make_core("referential_v0", 2, 64, 3, **options), team, team.channel)


def same_play(one: Team, other: Team) -> bool:
    first, second = transcript(one), transcript(other)
    return all(
        getattr(first, name).tobytes() == getattr(second, name).tobytes()
        for name in ("observation", "sent", "heard", "action", "reward")
    )


def same_outputs(one: Agent, other: Agent) -> bool:
    """Whether the outputs that two agents share are equal, bit for bit, in training mode too."""
    seen, heard = torch.rand(7, SIZE), torch.rand(7, 1, CARRIER.size)
    first, second = one(seen, heard, None)[0], other(seen, heard, None)[0]
    shared = first.keys() & second.keys()
    return shared == {"act", "emit"} and all(torch.equal(first[name], second[name]) for name in shared)


@pytest.mark.parametrize("network", ["mlp", "gru"])
def test_adding_and_removing_it_changes_no_bit_of_play(network: str) -> None:
    team = pair(network=network)
    graph = team.agents[1].graph
    added = add_imagination(graph, painter())
    assert str(added.claim) == "exact: All outputs other than picture are the same."
    assert added.after.outputs[PICTURE].shape == (64,)
    removed = exclude_imagination(added.after)
    assert removed.claim.kind == "exact"
    assert removed.after == graph
    for after in (added.after, removed.after):
        assert same_outputs(team.agents[1], Agent(after))
        assert same_play(team, with_receiver(team, after))


def test_the_picture_depends_on_message_and_noise_which_is_zero_in_play() -> None:
    graph = add_imagination(pair().agents[1].graph, painter()).after
    heard = torch.eye(10)[:, None]
    in_play = Agent(graph)(torch.zeros(10, SIZE), heard, None)[0][PICTURE]
    faculty = imagination(graph)
    assert list(faculty.graph.inputs) == ["heard", "noise"]
    assert torch.equal(faculty(heard, torch.zeros(10, 3), None)[0][PICTURE], in_play)
    assert not torch.equal(faculty(heard, torch.ones(10, 3), None)[0][PICTURE], in_play)
    assert not torch.equal(in_play[0], in_play[1])
    assert faculty.get_submodule(PAINTER) is graph.modules[PAINTER]
    pictures = imagine(graph, heard.numpy(), seed=1)
    assert pictures.tobytes() == imagine(graph, heard.numpy(), seed=1).tobytes()
    assert pictures.tobytes() != imagine(graph, heard.numpy(), seed=2).tobytes()
    assert pictures.min() >= 0
    assert pictures.max() <= 1


def test_a_painter_equals_a_loop_over_plain_tensors() -> None:
    module = painter(layers=3)
    code, noise = torch.rand(5, 4), torch.rand(5, 3)
    weights = {name: tensor.detach() for name, tensor in module.named_parameters()}
    hidden = code @ weights["code_layer.map.weight"].T + weights["code_layer.map.bias"]
    hidden = (hidden + noise @ weights["noise_layer.map.weight"].T).relu()
    for name in ("layer_1", "layer_2", "picture_head"):
        hidden = hidden @ weights[f"{name}.map.weight"].T + weights[f"{name}.map.bias"]
        hidden = hidden if name == "picture_head" else hidden.relu()
    torch.testing.assert_close(module(code, noise), 1 / (1 + (-hidden).exp()))


def test_it_is_carried_to_the_receiver_of_another_team() -> None:
    one, other = pair(0), pair(1)
    source = add_imagination(one.agents[1].graph, painter()).after
    ported = port_imagination(source, other.agents[1].graph)
    assert ported.claim.kind == "body unchanged"
    assert ported.touched == (BORDER,)
    frozen = ported.after.modules[PAINTER]
    assert isinstance(frozen, Frozen)
    assert frozen.parts["part"] is source.modules[PAINTER]
    assert ported.after.modules[BORDER] is not source.modules[BORDER]
    assert same_play(other, with_receiver(other, ported.after))
    assert exclude_imagination(ported.after).after == other.agents[1].graph
    heard = np.eye(10, dtype=np.float32)[:, None]
    old_border = port_imagination(source, other.agents[1].graph, source.modules[BORDER]).after
    assert imagine(old_border, heard).tobytes() == imagine(source, heard).tobytes()
    again = port_imagination(ported.after, one.agents[1].graph, ported.after.modules[BORDER]).after
    assert again.modules[PAINTER] is frozen
    assert imagine(again, heard).tobytes() == imagine(ported.after, heard).tobytes()


@pytest.mark.parametrize("ported", [False, True])
def test_a_saved_team_plays_and_paints_the_same(ported: bool, tmp_path) -> None:
    team = pair()
    graph = add_imagination(team.agents[1].graph, painter()).after
    if ported:
        graph = port_imagination(graph, team.agents[1].graph).after
    imagining = with_receiver(team, graph)
    save_team(tmp_path / "team", imagining)
    loaded = load_team(tmp_path / "team")
    assert same_play(imagining, loaded)
    heard = transcript(team).heard[1, :, 1, 0, None]
    assert imagine(loaded.agents[1].graph, heard).tobytes() == imagine(graph, heard).tobytes()
    without = exclude_imagination(loaded.agents[1].graph).after
    assert same_play(team, with_receiver(loaded, without))


def test_any_output_can_be_excluded() -> None:
    graph = pair().agents[1].graph
    done = exclude(graph, "output.emit")
    assert done.claim.kind == "exact"
    assert list(done.after.outputs) == ["act"]
    assert done.after.modules == graph.modules
    seen, heard = torch.rand(7, SIZE), torch.rand(7, 1, CARRIER.size)
    assert torch.equal(Agent(done.after)(seen, heard, None)[0]["act"], Agent(graph)(seen, heard, None)[0]["act"])
    with pytest.raises(ValueError, match=r"no output 'emti'\. Did you mean 'emit'"):
        exclude(graph, "output.emti")


def test_any_agent_that_hears_messages_can_imagine() -> None:
    graph = relay_agent(pixels=64, actions=7, carrier=CARRIER)
    added = add_imagination(graph, painter()).after
    assert imagine(added, np.eye(10, dtype=np.float32)[:, None]).shape == (10, 64)


def test_sizes_and_agents_that_do_not_fit_are_refused() -> None:
    deaf, graph = (agent.graph for agent in pair().agents)
    imagining = add_imagination(graph, painter()).after
    with pytest.raises(ValueError, match=r"the input heard; received 'inputs observation'\. Choose a receiver"):
        add_imagination(deaf, painter())
    with pytest.raises(ValueError, match=r"must have the input heard"):
        port_imagination(imagining, deaf)
    with pytest.raises(ValueError, match=r"must not have the output picture.*Use exclude_imagination"):
        add_imagination(imagining, painter())
    for function in (exclude_imagination, imagination):
        with pytest.raises(ValueError, match=r"picture_painter and the output picture; received .*Use add_imagination"):
            function(graph)
    with pytest.raises(ValueError, match=r"the inputs code and noise.*received 'inputs x; outputs out'"):
        add_imagination(graph, Linear(4, (64,)))
    with pytest.raises(ValueError, match=r"same shape"):
        add_imagination(graph, painter(code=4), message_border(graph, painter(code=5)))
    with pytest.raises(ValueError, match=r"shape \[1, 10\]; received \[1, 9\]"):
        imagine(imagining, np.zeros((3, 1, 9), dtype=np.float32))
    with pytest.raises(ValueError, match=r"layers must be an integer"):
        painter(layers=0)


def test_the_logistic_function_is_between_zero_and_one() -> None:
    torch.testing.assert_close(Sigmoid((2,))(torch.tensor([[0.0, 100.0]])), torch.tensor([[0.5, 1.0]]))


def test_a_border_is_affine() -> None:
    torch.manual_seed(0)
    border, heard = LinearMessageEncoder(2, 5, 4, relu=False), torch.randn(3, 2, 5)
    expected = 2 * border.map.bias.expand(3, 4) * 2
    torch.testing.assert_close(border(heard) + border(-heard), expected)
