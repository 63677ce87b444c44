"""Speaking and hearing symbol by symbol: by hand, with ends, and what a message can and cannot change."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from interlect.agents import LinearMessageEncoder, RNNMessageDecoder, RNNMessageEncoder
from interlect.agents.modules import build
from interlect.agents.modules.recurrent import LSTMLayer
from interlect.protocols import Symbols

ROWS, WIDTH = 6, 5
CELLS = st.sampled_from(["gru", "lstm"])


def gru(layer, x, state):
    """A GRU's next state, written out as in cuDNN."""
    (ri, zi, ni), (rs, zs, ns) = (part.chunk(3, -1) for part in (layer.from_input(x), layer.from_state(state[0])))
    reset, update = (ri + rs).sigmoid(), (zi + zs).sigmoid()
    return ((1 - update) * (ni + reset * ns).tanh() + update * state[0],)


def lstm(layer, x, state):
    """An LSTM's next state, written out."""
    let_in, keep, out, new = (layer.from_input(x) + layer.from_state(state[0])).chunk(4, -1)
    cell = keep.sigmoid() * (state[1] if len(state) > 1 else 0.0) + let_in.sigmoid() * new.tanh()
    return out.sigmoid() * cell.tanh(), cell


BY_HAND = {"gru": gru, "lstm": lstm}


def messages(vocabulary, length, seed, senders=1):
    symbol = torch.randint(vocabulary, (ROWS, senders, length), generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.one_hot(symbol, vocabulary).float()


@given(CELLS, st.integers(1, 4), st.integers(1, 5), st.integers(0, 99))
def test_speaking_is_a_recurrence_that_hears_itself(cell, length, vocabulary, seed):
    torch.manual_seed(seed)
    speak, x = RNNMessageDecoder(WIDTH, length, vocabulary, cell), torch.randn(ROWS, WIDTH)
    state, heard = (x,), torch.zeros(ROWS, vocabulary)
    for said in speak(x).unbind(1):
        state = BY_HAND[cell](speak.rnn, heard, state)
        torch.testing.assert_close(said, speak.logits(state[0]))
        heard = said.softmax(-1)


@given(CELLS, st.integers(1, 4), st.integers(1, 5), st.integers(1, 3), st.integers(0, 99))
def test_hearing_is_a_recurrence_a_sender(cell, length, vocabulary, senders, seed):
    torch.manual_seed(seed)
    hear, heard = (
        RNNMessageEncoder(senders, length, vocabulary, WIDTH, cell),
        messages(vocabulary, length, seed, senders),
    )
    total = torch.zeros(ROWS, WIDTH)
    for sender in range(senders):
        state = (torch.zeros(ROWS, WIDTH),)
        for place in range(length):
            state = BY_HAND[cell](hear.rnn, heard[:, sender, place], state)
        total = total + state[0]
    torch.testing.assert_close(hear(heard.flatten(2)), total)


def test_the_gradient_of_an_lstm_is_that_of_one_written_out():
    torch.manual_seed(0)
    layer = LSTMLayer(WIDTH, 3).double()
    x, out, cell = (torch.randn(ROWS, size, dtype=torch.float64, requires_grad=True) for size in (3, WIDTH, WIDTH))
    given_back = [torch.randn(ROWS, WIDTH, dtype=torch.float64) for _ in range(2)]
    leaves = [x, out, cell, *layer.parameters()]
    ours, by_hand = (
        torch.autograd.grad(step(x, (out, cell)), leaves, given_back)
        for step in (layer.step, lambda x, state: lstm(layer, x, state))
    )
    torch.testing.assert_close(ours, by_hand)
    without = torch.func.vmap(lambda x, out: layer.step(x, (out,))[1])(x[None], out[None])[0]
    torch.testing.assert_close(without, lstm(layer, x, (out,))[1])


@given(st.integers(1, 3), st.integers(0, 99))
def test_what_is_heard_all_at_once_is_summed_over_senders(senders, seed):
    torch.manual_seed(seed)
    hear, heard = LinearMessageEncoder(senders, 6, WIDTH), messages(3, 2, seed, senders).flatten(2)
    torch.testing.assert_close(hear(heard), sum(hear.map(heard[:, sender]).relu() for sender in range(senders)))


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_what_follows_an_end_is_not_heard_and_a_longer_silence_is_none(cell):
    torch.manual_seed(0)
    long, short = RNNMessageEncoder(1, 4, 3, WIDTH, cell), RNNMessageEncoder(1, 2, 3, WIDTH, cell)
    short.load_state_dict(long.state_dict())
    carrier = Symbols(3, 4, end=True)
    one, other = (carrier.signal(symbols) for symbols in ([2, 0, 1, 2], [2, 0, 0, 0]))
    heard = torch.from_numpy(one).flatten().expand(ROWS, 1, -1)
    assert torch.equal(long(heard), long(torch.from_numpy(other).flatten().expand(ROWS, 1, -1)))
    torch.testing.assert_close(long(heard), short(heard[..., :6]))
    assert not long(torch.zeros(ROWS, 1, 12)).any()


@given(CELLS, st.integers(1, 4), st.integers(0, 99))
def test_messages_without_an_end_are_heard_alike_and_not_at_all_if_they_did_not_arrive(cell, length, seed):
    torch.manual_seed(seed)
    ending, whole = (RNNMessageEncoder(2, length, 3, WIDTH, cell, end) for end in (True, False))
    whole.load_state_dict(ending.state_dict())
    heard = messages(3, length, seed, senders=2)
    heard[::2, 0] = 0
    heard[1, 1] = 0
    torch.testing.assert_close(whole(heard.flatten(2)), ending(heard.flatten(2)))
    assert not whole(torch.zeros(ROWS, 2, length * 3)).any()


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_a_message_that_is_half_there_changes_the_state_halfway(cell):
    hear, heard = RNNMessageEncoder(1, 1, 3, WIDTH, cell), messages(3, 1, 0)
    torch.nn.init.zeros_(hear.rnn.from_input.weight)
    torch.testing.assert_close(hear(0.5 * heard.flatten(2)), 0.5 * hear(heard.flatten(2)))


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_they_are_saved_and_built_again(cell):
    for module in (
        RNNMessageDecoder(WIDTH, 2, 3, cell),
        RNNMessageEncoder(2, 2, 3, WIDTH, cell, end=False),
        LinearMessageEncoder(2, 6, WIDTH),
    ):
        again = build(module.kind, module.arguments)
        again.load_state_dict(module.state_dict())
        x = torch.rand(ROWS, *next(iter(module.inputs.values())).shape)
        assert torch.equal(module(x), again(x))
