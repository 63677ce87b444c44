"""Speaking and hearing symbol by symbol: by hand, with ends, and what a message can and cannot change."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from interlect.agents import HearGRU, SpeakGRU
from interlect.agents.modules.base import build
from interlect.protocols import Symbols

ROWS, WIDTH = 6, 5


def cell(layer, x, state):
    """A GRU's next state, written out as in cuDNN."""
    (ri, zi, ni), (rs, zs, ns) = (part.chunk(3, -1) for part in (layer.from_input(x), layer.from_state(state)))
    reset, update = (ri + rs).sigmoid(), (zi + zs).sigmoid()
    return (1 - update) * (ni + reset * ns).tanh() + update * state


def messages(vocabulary, length, seed, senders=1):
    symbol = torch.randint(vocabulary, (ROWS, senders, length), generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.one_hot(symbol, vocabulary).float()


@given(st.integers(1, 4), st.integers(1, 5), st.integers(0, 99))
def test_speaking_is_a_recurrence_that_hears_itself(length, vocabulary, seed):
    torch.manual_seed(seed)
    speak, x = SpeakGRU(WIDTH, length, vocabulary), torch.randn(ROWS, WIDTH)
    state, heard = x, speak.begin.expand(ROWS, -1)
    for said in speak(x).unbind(1):
        state = cell(speak.recall, heard, state)
        torch.testing.assert_close(said, speak.choose(state))
        heard = speak.hear(said.softmax(-1))


@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 3), st.integers(0, 99))
def test_hearing_is_a_recurrence_a_sender(length, vocabulary, senders, seed):
    torch.manual_seed(seed)
    hear, heard = HearGRU(senders, length, vocabulary, WIDTH), messages(vocabulary, length, seed, senders)
    total = torch.zeros(ROWS, WIDTH)
    for sender in range(senders):
        state = torch.zeros(ROWS, WIDTH)
        for place in range(length):
            state = cell(hear.recall, hear.hear(heard[:, sender, place]), state)
        total = total + state
    torch.testing.assert_close(hear(heard.flatten(2)), total)


def test_what_follows_an_end_is_not_heard_and_a_longer_silence_is_none():
    torch.manual_seed(0)
    long, short = HearGRU(1, 4, 3, WIDTH), HearGRU(1, 2, 3, WIDTH)
    short.load_state_dict(long.state_dict())
    carrier = Symbols(3, 4, end=True)
    one, other = (carrier.signal(symbols) for symbols in ([2, 0, 1, 2], [2, 0, 0, 0]))
    heard = torch.from_numpy(one).flatten().expand(ROWS, 1, -1)
    assert torch.equal(long(heard), long(torch.from_numpy(other).flatten().expand(ROWS, 1, -1)))
    torch.testing.assert_close(long(heard), short(heard[..., :6]))
    assert not long(torch.zeros(ROWS, 1, 12)).any()


def test_a_message_that_is_half_there_changes_the_state_halfway():
    hear, heard = HearGRU(1, 1, 3, WIDTH), messages(3, 1, 0)
    torch.nn.init.zeros_(hear.hear.weight)
    torch.testing.assert_close(hear(0.5 * heard.flatten(2)), 0.5 * hear(heard.flatten(2)))


def test_they_are_saved_and_built_again():
    for module in (SpeakGRU(WIDTH, 2, 3), HearGRU(2, 2, 3, WIDTH)):
        again = build(module.kind, module.arguments)
        again.load_state_dict(module.state_dict())
        x = torch.rand(ROWS, *next(iter(module.inputs.values())).shape)
        assert torch.equal(module(x), again(x))
