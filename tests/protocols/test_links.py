"""Laws of the links: one function for NumPy and torch, what is on the way, links in a row, and their names in JSON."""

import json
import pickle
import subprocess
import sys
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from interlect.protocols import (
    DRU,
    Channel,
    Composed,
    Continuous,
    Delay,
    Draws,
    Erasure,
    Flip,
    Gaussian,
    Gumbel,
    Perfect,
    Quantized,
    Sampled,
    Symbols,
)
from interlect.protocols.channels.serialization import CARRIERS, LINKS, channel_from_json, channel_to_json

LANES, AGENTS, STEPS = 5, 3, 7
WAYS = (
    Perfect(),
    Flip(0.3),
    Erasure(0.3),
    Gaussian(0.5),
    Delay(1),
    Delay(3),
    Composed((Flip(0.2), Delay(2), Erasure(0.3))),
    Composed((Delay(1), Composed((Gaussian(0.2), Delay(1), Perfect())), Flip(0.4))),
)
CARRYING = (DRU(2), Symbols(3, 2), Symbols(3, 3, end=True), Sampled(2), Gumbel(4), Quantized(3), Continuous(2))
seeds, ways, carrying = st.integers(0, 2**32 - 1), st.sampled_from(WAYS), st.sampled_from(CARRYING)


def episode(seed, carrier):
    """What is said and who may hear it, at each step."""
    rng = np.random.default_rng(seed)
    carrier.space.seed(seed % 2**31)
    words = np.stack([carrier.signal(carrier.space.sample()) for _ in range(8)])
    return words[rng.integers(8, size=(STEPS, LANES, AGENTS))], rng.random((STEPS, LANES, AGENTS, AGENTS)) < 0.6


def carried(channel, said, hears, draws=None, begin=None, wrap=lambda x: x):
    """What is heard at each step; ``begin[t]`` says in which lanes an episode begins before step t."""
    draws, state, heard = draws or Draws(LANES, 3), (), []
    for time in range(len(said)):
        if begin is not None and begin[time].any():
            state = channel.link.reset(state, wrap(begin[time]))
        noise = channel.link_noise(draws, time, AGENTS)
        *what, state = channel.transmit(wrap(said[time]), wrap(hears[time]), wrap(noise), state)
        heard.append([np.asarray(array) for array in what])
    return np.stack([h for h, _ in heard]), np.stack([p for _, p in heard])


@given(seeds, ways, carrying)
def test_numpy_and_torch_carry_the_same_bit_for_bit(seed, link, carrier):
    channel, (said, hears) = Channel(carrier, link), episode(seed, carrier)
    begin = np.random.default_rng(seed).random((STEPS, LANES)) < 0.2
    ours = carried(channel, said, hears, begin=begin)
    theirs = carried(channel, said, hears, begin=begin, wrap=torch.from_numpy)
    for mine, other in zip(ours, theirs, strict=True):
        assert (mine.dtype, mine.shape) == (other.dtype, other.shape)
        assert mine.tobytes() == other.tobytes()


@given(seeds, ways, carrying)
def test_nothing_is_heard_where_nothing_is_present_and_all_lies_in_the_bounds(seed, link, carrier):
    said, hears = episode(seed, carrier)
    heard, present = carried(Channel(carrier, link), said, hears)
    assert not heard[~present].any()
    low, high = link.bounds(np.float32(-1 if carrier.alphabet is None else 0), np.float32(1))
    assert low <= heard.min()
    assert heard.max() <= high


@given(seeds, st.integers(1, STEPS + 1), carrying)
def test_a_delay_gives_what_was_heard_so_many_steps_before(seed, steps, carrier):
    said, hears = episode(seed, carrier)
    (zero_shot, by), (heard, present) = (carried(Channel(carrier, w), said, hears) for w in (Perfect(), Delay(steps)))
    assert not present[:steps].any()
    assert not heard[:steps].any()
    np.testing.assert_array_equal(heard[steps:], zero_shot[: max(0, STEPS - steps)])
    np.testing.assert_array_equal(present[steps:], by[: max(0, STEPS - steps)])


@given(seeds, ways, carrying)
def test_an_episode_that_begins_in_some_lanes_leaves_the_others_as_they_were(seed, link, carrier):
    """Noise depends on lane and step alone here, so what begins at step 2 is compared with a run that begins there."""
    channel, (said, hears) = Channel(carrier, link), episode(seed, carrier)
    lanes = np.random.default_rng(seed).random(LANES) < 0.5
    begin = np.zeros((STEPS, LANES), dtype=bool)
    begin[2] = lanes
    heard, present = carried(channel, said, hears, begin=begin)
    through, by = carried(channel, said, hears)
    np.testing.assert_array_equal(heard[:, ~lanes], through[:, ~lanes])
    np.testing.assert_array_equal(present[:, ~lanes], by[:, ~lanes])
    hears[:2] = False
    fresh, by = carried(channel, said, hears)
    np.testing.assert_array_equal(heard[2:, lanes], fresh[2:, lanes])
    np.testing.assert_array_equal(present[2:, lanes], by[2:, lanes])


@given(seeds, st.floats(0, 1), carrying)
def test_links_in_a_row_do_what_each_does(seed, rate, carrier):
    """By hand: first the flip on its own numbers, then the erasure on the one left, then two steps of waiting."""
    link, (said, hears) = Composed((Flip(rate), Erasure(rate), Delay(2))), episode(seed, carrier)
    heard, present = carried(Channel(carrier, link), said, hears)
    draws = Draws(LANES, 3)
    for time in range(STEPS - 2):
        noise = Channel(carrier, link).link_noise(draws, time, AGENTS)
        flipped, there, _ = Channel(carrier, Flip(rate)).transmit(said[time], hears[time], noise[..., :-1])
        there = there & (noise[..., -1] >= rate)
        np.testing.assert_array_equal(heard[time + 2], flipped * there[..., None])
        np.testing.assert_array_equal(present[time + 2], there)
    assert link.delay == 2
    assert [type(part) for part in Composed((link, Perfect())).parts] == [Flip, Erasure, Delay, Perfect]


def test_a_gradient_waits_with_its_message():
    channel, said = Channel(Continuous(1), Delay(2)), torch.zeros(4, 1, 2, 1, requires_grad=True)
    hears, state = torch.ones(1, 2, 2, dtype=torch.bool), ()
    for time in range(4):
        heard, _, state = channel.transmit(said[time], hears, torch.zeros(1, 2, 2, 0), state)
    heard.sum().backward()
    assert said.grad[:, 0, :, 0].tolist() == [[0, 0], [2, 2], [0, 0], [0, 0]]


@pytest.mark.parametrize(("carrier", "link"), [*product(CARRYING, WAYS)], ids=str)
def test_channels_are_saved_by_name_and_pickled(carrier, link):
    channel = Channel(carrier, link, cut=((0, 1),))
    parts = json.loads(json.dumps(channel_to_json(channel)))
    assert channel_from_json(parts) == channel == pickle.loads(pickle.dumps(channel))
    assert hash(channel) == hash(channel_from_json(parts))


def test_every_registered_kind_was_tried():
    """Other tests register kinds of their own in the same process."""
    ours = [
        {name for name, kind in kinds.items() if kind.__module__.startswith("interlect.")}
        for kinds in (LINKS, CARRIERS)
    ]
    assert {type(part).__name__ for way in WAYS for part in (way, *way.parts)} == ours[0]
    assert {type(carrier).__name__ for carrier in CARRYING} == ours[1]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Delay(0), "steps of Delay must be an integer, at least 1; received 0"),
        (lambda: Composed(()), r"at least one link; received \(\). Use Perfect\(\)"),
        (lambda: Channel(Symbols(1), Flip()), r"needs two or more symbols; received Symbols.*Pass a vocabulary of 2"),
        (lambda: Channel(Symbols(1), Composed((Delay(), Flip()))), "needs two or more symbols; received Symbols"),
        (lambda: channel_from_json({**PARTS, "link": ["Flop", {}]}), "no link 'Flop'. Did you mean 'Flip'"),
        (lambda: channel_from_json({**PARTS, "carrier": ["DRV", {}]}), "no carrier 'DRV'. Did you mean 'DRU'"),
        (
            lambda: channel_from_json({**PARTS, "link": "Flip"}),
            "A saved channel: link must be a list of 2 values",
        ),
    ],
)
def test_what_cannot_be(make, message):
    with pytest.raises(ValueError, match=message):
        make()


PARTS = channel_to_json(Channel())


@pytest.mark.parametrize("cut", [5, [(0, 1)], ((0, 1, 2),), ((0, -1),), ((0.5, 1),), (("a", "b"),), (0, 1)])
def test_what_is_cut_are_pairs_of_seats(cut):
    script = f"from interlect.protocols import Channel\ntry: Channel(cut={cut!r})\nexcept ValueError as e: print(e)"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout
    assert said.startswith("The cut of a channel must be pairs of seats (sender, receiver); received ")
