"""A learned codebook at the mouth of a channel: a VQ-VAE's gradients, running averages, and codes that come back."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from interlect.agents import Agent, Graph, Linear, Port, Quantize, Series, StackedAgents, Wire
from interlect.agents.modules import Frozen
from interlect.protocols import Channel, Quantized
from torch import nn

seeds = st.integers(0, 999)


def vectors(seed, rows=6, length=2, width=3):
    return torch.randn(rows, length, width, generator=torch.Generator().manual_seed(seed))


def book(seed=0, shape=(2, 3), codes=5, **options):
    torch.manual_seed(seed)
    return Quantize(shape, codes, **options)


@given(seeds)
def test_the_nearest_code_is_said(seed):
    quantize, x = book(seed).eval(), vectors(seed)
    with torch.no_grad():
        said = Channel(Quantized(5, 2)).send(quantize(x))
    assert Quantized(5, 2).holds(said.numpy())
    expected = np.linalg.norm(x.numpy()[:, :, None] - quantize.codes.numpy(), axis=-1).argmin(-1)
    np.testing.assert_array_equal(Quantized(5, 2).element(said.numpy()), expected)
    assert torch.equal(Channel(Quantized(5, 2)).send(quantize(x.requires_grad_())), said)


@given(seeds, st.floats(0, 2), st.integers(1, 3))
def test_gradients_are_those_of_a_vq_vae(seed, commitment, width):
    """Against the paper's equation 3, written with stop-gradients; the listener looks codes up in the same book."""
    carrier = Quantized(5, 2)
    torch.manual_seed(seed)
    encoder, decoder = nn.Linear(4, 2 * width), nn.Linear(2 * width, 4)
    quantize = book(seed, (2, width), learning="loss", commitment=commitment, revive=0.0)
    x = torch.randn(6, 4)

    said = Channel(carrier).send(quantize(encoder(x).view(6, 2, width)))
    looked_up = (said @ quantize.codes.detach()).flatten(1)
    ((decoder(looked_up) - x) ** 2).sum(-1).mean().backward()
    learned = [*encoder.parameters(), *decoder.parameters(), quantize.codes]
    found = [parameter.grad.clone() for parameter in learned]

    for parameter in learned:
        parameter.grad = None
    z = encoder(x).view(6, 2, width)
    code = quantize.codes[torch.cdist(z, quantize.codes).argmin(-1)]
    passed = z + (code - z).detach()
    error = ((decoder(passed.flatten(1)) - x) ** 2).sum(-1)
    terms = (z.detach() - code) ** 2 + commitment * (z - code.detach()) ** 2
    (error + terms.sum((-2, -1))).mean().backward()
    for mine, parameter in zip(found, learned, strict=True):
        torch.testing.assert_close(mine, parameter.grad, atol=2e-4, rtol=1e-3)


@given(seeds, st.floats(0.1, 0.99))
def test_codes_are_running_averages_of_what_is_nearest(seed, decay):
    """Against the paper's appendix A.1: N and m for each code, and their ratio."""
    quantize = book(seed, decay=decay, revive=0.0)
    codes, count = quantize.codes.clone(), torch.full((5,), 1 / 5)
    total = codes * count[:, None]
    for step in range(4):
        x = vectors(seed + step)
        quantize(x)
        flat = x.flatten(0, 1)
        picked = torch.nn.functional.one_hot(torch.cdist(flat, codes).argmin(-1), 5).float()
        count = decay * count + (1 - decay) * picked.mean(0)
        total = decay * total + (1 - decay) * picked.T @ flat / len(flat)
        codes = total / count[:, None]
        torch.testing.assert_close(quantize.codes, codes, atol=1e-4, rtol=1e-3)
        torch.testing.assert_close(quantize.used, count)


@pytest.mark.parametrize("learning", ["average", "loss"])
def test_codes_that_nobody_uses_move_to_where_they_are_missed(learning):
    spots = 5 * torch.randn(6, 1, 2, generator=torch.Generator().manual_seed(1))
    for revive, used in ((0.1, 6), (0.0, 1)):
        quantize = book(0, (1, 2), 6, learning=learning, decay=0.9, revive=revive)
        with torch.no_grad():
            quantize.codes += 100 * torch.arange(6)[:, None]
        for _ in range(150):
            quantize(spots[torch.randint(6, (32,))])
        assert len(quantize.eval()(spots).argmax(-1).unique()) == used


def test_only_training_changes_the_book():
    quantize, x = book(), vectors(0)
    frozen = Frozen(quantize)
    before = quantize.codes.clone()
    with torch.inference_mode():
        quantize.train()(x)
    frozen.train()(x.requires_grad_())
    quantize.eval()(x).sum().backward()
    assert torch.equal(quantize.codes, before)
    torch.testing.assert_close(x.grad, (torch.ones(6, 2, 5) @ torch.linalg.pinv(before).T))
    quantize.train()(x)
    assert not torch.equal(quantize.codes, before)


def speaker(seed, learning):
    torch.manual_seed(seed)
    speak = Series([Linear(4, (2, 3)), Quantize((2, 3), 5, learning)])
    wires = Wire("input.x", "message_head.x"), Wire("message_head.out", "output.emit")
    return Agent(Graph({"x": Port((4,))}, {"emit": Port((2, 5))}, {"message_head": speak}, wires))


@pytest.mark.parametrize("learning", ["average", "loss"])
def test_stacked_agents_learn_as_each_alone(learning):
    torch.manual_seed(9)
    x, weight = torch.randn(8, 2, 4), torch.randn(8, 2, 2, 5)
    agents = [speaker(seed, learning).train() for seed in (1, 2)]
    stack = StackedAgents(agents).train()
    for _ in range(3):
        together = stack(x.flatten(0, 1), None)[0]["emit"].view(8, 2, 2, 5)
        apart = torch.stack([agent(x[:, i], None)[0]["emit"] for i, agent in enumerate(agents)], 1)
        assert torch.equal(together, apart)
    (together * weight).sum().backward()
    (apart * weight).sum().backward()
    for stacked, name in zip(stack.stacked, stack.names, strict=True):
        alone = torch.stack([dict(agent.named_parameters())[name].grad for agent in agents])
        torch.testing.assert_close(stacked.grad, alone, atol=1e-5, rtol=1e-4)
    for mine, agent in zip(stack.agents(), agents, strict=True):
        torch.testing.assert_close(mine.state_dict(), agent.state_dict())


def test_it_is_saved_and_built_again():
    graph = speaker(0, "loss").graph
    again = Graph.from_json(graph.to_json())
    assert again.to_json() == graph.to_json()
    assert isinstance(again.modules["message_head"].parts["1"].codes, nn.Parameter)


@pytest.mark.parametrize("learning", ["average", "loss"])
def test_two_agents_agree_on_a_code_for_each_of_eight_things(learning):
    """The listener has vectors of its own for the symbols; both learn from one loss."""
    torch.manual_seed(100)
    channel, things = Channel(Quantized(8)), torch.eye(8)
    speak = nn.Sequential(nn.Linear(8, 4), nn.Unflatten(-1, (1, 4)), Quantize((1, 4), 8, learning, decay=0.9))
    listen = nn.Linear(8, 8)
    optimizer = torch.optim.Adam([*speak.parameters(), *listen.parameters()], lr=0.02)
    hears = torch.tensor([[[False, False], [True, False]]]).expand(8, 2, 2)
    for _ in range(400):
        sent = channel.send(speak(things))
        heard, _, _ = channel.transmit(torch.stack([sent, sent], 1), hears, torch.zeros(8, 2, 2, 0))
        optimizer.zero_grad()
        nn.functional.cross_entropy(listen(heard[:, 1, 0]), torch.arange(8)).backward()
        optimizer.step()
    with torch.no_grad():
        right = listen(channel.send(speak.eval()(things)).flatten(1)).argmax(-1) == torch.arange(8)
    assert right.float().mean() == 1


def test_bad_requests():
    with pytest.raises(ValueError, match="codes of Quantize must be an integer, at least 1; received 0"):
        Quantize((1, 2), 0)
    with pytest.raises(ValueError, match="decay of Quantize must be a finite number from 0 to 1; received 2"):
        Quantize((1, 2), 4, decay=2.0)
