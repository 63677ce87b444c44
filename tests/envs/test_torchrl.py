"""TorchRL's own PettingZoo wrapper runs every game: it applies the masks, and its random messages are unmasked."""

from importlib import import_module

import numpy as np
import pytest
from interlect.envs import GAMES, switch_riddle_v0
from interlect.protocols import Channel, Continuous, Symbols

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]
STEPS = 60


def played(env):
    """Random play by TorchRL: the actions, and what its masks said before each, per group of agents."""
    wrapper = import_module("torchrl.envs.libs.pettingzoo").PettingZooWrapper
    wrapped = wrapper(env)
    wrapped.set_seed(0)
    found = wrapped.rollout(STEPS, break_when_any_done=False)
    return [(found[group, "action"].numpy(), found.get((group, "action_mask"))) for group in wrapped.group_map]


@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize("channel", [None, Channel(Symbols(5)), Channel(Symbols(4, 2))], ids=str)
def test_actions_are_legal_and_messages_are_free(name, channel):
    env = import_module(f"interlect.envs.{name}").parallel_env(channel=channel, illegal="error")
    symbols = set()
    for action, mask in played(env):
        action = action.reshape(*action.shape[:2], -1)
        legal = mask.numpy()[..., : env.core.actions]
        assert np.take_along_axis(legal, action[..., :1], axis=-1).all()
        symbols |= set(action[..., 1:].ravel().tolist())
    assert symbols == (set() if channel is None else set(range(channel.carrier.vocabulary)))


@pytest.mark.parametrize("name", GAMES)
def test_continuous_messages_have_no_mask(name):
    env = import_module(f"interlect.envs.{name}").parallel_env(channel=Channel(Continuous(2)))
    for action, mask in played(env):
        assert mask is None
        assert action[..., -2:].std() > 0.3


def test_a_vocabulary_of_as_many_symbols_as_actions_needs_no_mask():
    """TorchRL stacks such actions, so its mask has another shape."""
    env = switch_riddle_v0.parallel_env(channel=Channel(), mask=None)
    ((action, mask),) = played(env)
    assert mask is None
    assert set(action[..., 1].ravel().tolist()) == {0, 1}
