"""How spaces of others are extended by a message, how masks go on to count, and what is refused."""

from inspect import unwrap
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from interlect.envs import GameEnv, switch_riddle_v0, with_channel
from interlect.envs.switch_riddle.rules import SwitchRiddle
from interlect.protocols import DRU, Channel, Continuous, Gaussian, Symbols
from pettingzoo.test import parallel_api_test
from small_envs import ACTIONS, LOOK, Walks

WORDS = Channel(Symbols(3, 2))
NUMBERS = Channel(Continuous(2))
PICTURE = spaces.Box(0, 255, (4, 4, 3), np.uint8)


def action(space: Any, channel: Channel) -> Any:
    return with_channel(Walks(action=space), channel).action_space("walker_0")


def look(space: Any, channel: Channel = WORDS, mask: Any = "full", **more: Any) -> Any:
    return with_channel(Walks(look=space, **more), channel, mask=mask).observation_space("walker_0")


def test_actions_with_symbols() -> None:
    assert action(ACTIONS, WORDS) == spaces.MultiDiscrete([4, 3, 3])
    assert action(spaces.Discrete(4, start=2), Channel(DRU())) == spaces.MultiDiscrete([4, 2], start=[2, 0])
    assert action(spaces.MultiDiscrete([5, 6], start=[1, 0]), WORDS) == spaces.MultiDiscrete(
        [5, 6, 3, 3], start=[1, 0, 0, 0]
    )


def test_actions_with_numbers() -> None:
    assert action(ACTIONS, NUMBERS) == spaces.Box(-1, 1, (6,), np.float32)
    assert action(spaces.MultiDiscrete([5, 6]), NUMBERS) == spaces.Box(-1, 1, (13,), np.float32)
    for dtype in (np.float32, np.float64):
        box = action(spaces.Box(-np.inf, 7, (1,), dtype), NUMBERS)
        assert (box.low.tolist(), box.high.tolist(), box.dtype) == ([-np.inf, -1, -1], [7, 1, 1], dtype)


def test_observations() -> None:
    assert look(LOOK).low.tolist() == [-5] * 3 + [0] * 14
    assert look(LOOK).high.tolist() == [5] * 3 + [1] * 14
    noisy = look(LOOK, Channel(Continuous(), Gaussian(0.5)))
    assert noisy.low[3] == 0
    assert noisy.low[4] < -3
    assert look(spaces.Box(-5, 5, (3,), np.float64)).dtype == np.float64
    assert look(spaces.Box(-5, 5, (3,), np.float16)).dtype == np.float32
    heard = spaces.Box(0, 1, (14,), np.float32)
    for space in (PICTURE, spaces.Discrete(5), spaces.Dict({"a": LOOK}), spaces.Box(0, 9, (3,), np.uint8)):
        assert look(space) == spaces.Dict({"observation": space, "heard": heard})
    mask, full = spaces.MultiBinary(4), spaces.MultiBinary(10)
    masked = spaces.Dict({"observation": LOOK, "action_mask": mask, "more": PICTURE})
    assert look(masked) == spaces.Dict({"observation": look(LOOK), "action_mask": full, "more": PICTURE})
    for inside in ({"observation": PICTURE}, {"board": PICTURE}):
        space = spaces.Dict({**inside, "action_mask": mask})
        assert look(space) == spaces.Dict({**inside, "action_mask": full, "heard": heard})
        assert look(space, mask="action") == spaces.Dict({**space.spaces, "heard": heard})
        assert look(space, mask=None) == spaces.Dict({**inside, "heard": heard})


SPACES = [
    (LOOK, ACTIONS),
    (PICTURE, spaces.MultiDiscrete([5, 6], start=[1, 0])),
    (spaces.Dict({"observation": LOOK, "action_mask": spaces.MultiBinary(4)}), ACTIONS),
    (spaces.Dict({"observation": PICTURE, "action_mask": spaces.MultiBinary(4)}), ACTIONS),
    ([LOOK, spaces.Box(0, 1, (7,), np.float64), PICTURE], [ACTIONS, spaces.MultiDiscrete([2, 2]), spaces.Discrete(9)]),
]
BOXES = [(spaces.Discrete(3), [spaces.Box(-2, 2, (n,), np.float32) for n in (1, 2, 3)])]


@pytest.mark.parametrize(
    ("looks", "acts", "channel"),
    [(*pair, channel) for pair in SPACES for channel in (WORDS, NUMBERS)] + [(*pair, NUMBERS) for pair in BOXES],
    ids=str,
)
def test_everything_that_is_shown_and_chosen_lies_in_its_space(looks: Any, acts: Any, channel: Channel) -> None:
    """What the environment gets lies in its own space, too: it raises where it does not."""
    env = with_channel(Walks((4, 9, 6), looks, acts), channel)
    parallel_api_test(env, num_cycles=20)
    for seed in range(3):
        observations, _ = env.reset(seed=seed)
        while env.agents:
            for agent, seen in observations.items():
                assert env.observation_space(agent).contains(seen)
            observations, *_ = env.step({agent: env.action_space(agent).sample() for agent in env.agents})


@pytest.mark.parametrize(
    "space", [PICTURE, spaces.Dict({"board": PICTURE, "action_mask": spaces.MultiBinary(4)})], ids=str
)
def test_what_was_shown_is_the_callers(space: Any) -> None:
    env = with_channel(Walks((9, 9), space), WORDS)
    for _ in range(2):
        observations, _ = env.reset(seed=0)
        assert not observations["walker_0"]["heard"].any()
        observations["walker_0"]["heard"][:] = 1


def test_a_box_of_ones_own_arrives_as_it_was_chosen() -> None:
    env = with_channel(Walks((9, 9), action=spaces.Box(-2, 2, (2,), np.float64)), NUMBERS)
    env.reset(seed=0)
    third = 1 / 3
    observations, *_ = env.step(dict.fromkeys(env.agents, np.array([third, -2, 0.5, -1.0])))
    assert env.done["walker_0"].tolist() == [third, -2]
    assert observations["walker_1"][3:].tolist() == [1, 0.5, -1]
    with pytest.raises(ValueError, match="must choose 2 numbers and then a message, 4 numbers in total"):
        env.step(dict.fromkeys(env.agents, np.zeros(3)))


MASKED_LOOK = spaces.Dict({"observation": LOOK, "action_mask": spaces.MultiBinary(4)})


@pytest.mark.parametrize("arguments", [{"masked": True}, {"look": MASKED_LOOK}], ids=["infos", "observations"])
def test_masks_stay_and_the_largest_legal_logit_acts(arguments: dict) -> None:
    env = with_channel(Walks((9, 9), **arguments), NUMBERS, mask="action")
    observations, infos = env.reset(seed=0)
    logits = np.array([0.1, -0.3, -0.2, 0.9, 0, 0], dtype=np.float32)
    for t in range(5):
        shown = infos if "masked" in arguments else observations
        for agent in env.agents:
            assert shown[agent]["action_mask"].tolist() == [int(i == t % 4) for i in range(4)]
            shown[agent]["action_mask"][:] = 0  # what was shown is left to the caller
        observations, _, _, _, infos = env.step(dict.fromkeys(env.agents, logits))
        assert set(env.done.values()) == {t % 4}


@pytest.mark.parametrize("arguments", [{"masked": True}, {"look": MASKED_LOOK}], ids=["infos", "observations"])
def test_masks_cover_messages_or_are_left_out(arguments: dict) -> None:
    for channel, mask, expected in (
        (WORDS, "full", [1, 0, 0, 0] + [1] * 6),
        (NUMBERS, "full", None),
        (WORDS, None, None),
    ):
        env = with_channel(Walks((9, 9), **arguments), channel, mask=mask)
        observations, infos = env.reset(seed=0)
        shown = (infos if "masked" in arguments else observations)["walker_0"]
        assert ("action_mask" in shown) == (expected is not None)
        if expected:
            assert shown["action_mask"].tolist() == expected
        parallel_api_test(with_channel(Walks((9, 9), **arguments), channel, mask=mask), num_cycles=50)


def test_logits_of_several_numbers_keep_to_masks() -> None:
    env = with_channel(Walks((9, 9), action=spaces.MultiDiscrete([3, 4], start=[0, 5]), masked=True), NUMBERS)
    env.reset(seed=0)
    for t in range(5):
        env.step({agent: env.action_space(agent).sample() for agent in env.agents})
        assert env.done["walker_1"].tolist() == [t % 3, 5 + t % 4]


@pytest.mark.parametrize("action_space", [ACTIONS, spaces.MultiDiscrete([3, 4])], ids=str)
def test_samples_keep_to_masks(action_space: Any) -> None:
    env = with_channel(Walks((9, 9), action=action_space, masked=True), WORDS)
    for agent in env.possible_agents:
        env.action_space(agent).seed(0)
    _, infos = env.reset(seed=0)
    words = set()
    for t in range(8):
        choices = {agent: env.action_space(agent).sample(infos[agent]["action_mask"]) for agent in env.agents}
        assert choices["walker_0"][:-2].tolist() == [t % 4] if action_space is ACTIONS else [t % 3, t % 4]
        words |= set(choices["walker_0"][-2:].tolist())
        _, _, _, _, infos = env.step(choices)
    assert words == {0, 1, 2}


@pytest.mark.parametrize(
    ("arguments", "channel", "match"),
    [
        (
            {"action": [ACTIONS, spaces.Box(0, 1, (5,), np.float32)]},
            WORDS,
            r"flat MultiDiscrete actions, and those of walker_1 are not; "
            r"received Box\(0.0, 1.0, \(5,\), float32\). Use a continuous",
        ),
        (
            {"action": spaces.Box(0, 1, (2, 2), np.float32)},
            NUMBERS,
            "those of walker_0 are not; .*Use a wrapper that flattens them",
        ),
        (
            {"action": spaces.Box(0, 1, (2, 2), np.float32)},
            WORDS,
            "those of walker_0 are not; .*Use a wrapper that makes it a flat Box of floats, and a continuous",
        ),
        ({"action": spaces.Box(0, 9, (2,), np.int64)}, WORDS, "Use a wrapper that makes it a flat Box of floats"),
        ({"action": spaces.Box(0, 9, (2,), np.int64)}, NUMBERS, "those of walker_0 are not"),
        ({"action": spaces.MultiDiscrete([[2, 2], [2, 2]])}, WORDS, "those of walker_0 are not"),
        ({"action": spaces.Tuple([ACTIONS, ACTIONS])}, WORDS, "those of walker_0 are not; received Tuple"),
        (
            {"look": spaces.Dict({"heard": LOOK, "action_mask": LOOK})},
            WORDS,
            "those of walker_0 have it; .*re",
        ),
    ],
)
def test_spaces_without_room_are_refused(arguments: dict, channel: Channel, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        with_channel(Walks((9, 9), **arguments), channel)


@pytest.mark.parametrize(
    ("env", "channel", "match"),
    [
        (
            switch_riddle_v0.parallel_env(),
            WORDS,
            r"received 'switch_riddle_v0'. Pass the channel to the game: par",
        ),
        (GameEnv(SwitchRiddle()), WORDS, "Pass the channel to the game"),
        (switch_riddle_v0.env(), WORDS, "must be a parallel environment; received .*aec_to_parallel"),
        (None, WORDS, "must be a parallel environment; received 'an environment of type NoneType'"),
        (Walks(), None, r"channel must be a Channel; received None. Pass Channel\(carrier, link, credit\)"),
        (Walks(), Symbols(3), "channel must be a Channel; received Symbols"),
    ],
)
def test_what_cannot_be_wrapped(env: Any, channel: Any, match: str) -> None:
    wrap = unwrap(with_channel)
    with pytest.raises(ValueError, match=match):
        wrap(env, channel)
