"""Each lane of a batch plays the episodes of a PettingZoo environment, whenever its neighbors begin and end theirs."""

import numpy as np
import pytest
from gymnasium import spaces
from interlect.envs import GAMES, GameEnv, make_core
from interlect.envs.adapters import BatchedGame
from interlect.envs.adapters.actions import action_reader
from interlect.envs.wrapping import PettingZooCore
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
    Symbols,
)
from interlect.protocols.common.draws import lane_seed
from pettingzoo import make
from small_envs import Walks

CHANNELS = {
    "none": None,
    "bit": Channel(),
    "flipped, delayed bits": Channel(DRU(2), Composed((Flip(0.3), Delay(2)))),
    "symbols that may end": Channel(Symbols(3, 2, end=True), Composed((Flip(0.3), Erasure(0.3)))),
    "delayed symbols": Channel(Gumbel(5), Delay(1)),
    "noisy numbers": Channel(Continuous(3), Composed((Delay(1), Gaussian(0.3), Erasure(0.2)))),
    "cut": Channel(Symbols(4), cut=((0, 1),)),
}
LANES, SEED, STEPS = 5, 11, 40


def check_parity(game, envs, seed=SEED):
    """Play the batch and one environment per lane with equal actions. Lanes also restart in the middle of episodes."""
    rng, agents = np.random.default_rng(1), game.core.possible_agents
    game.action_space.seed(2)
    begun = [env.reset(seed=lane_seed(seed, lane)) for lane, env in enumerate(envs)]
    observed = game.reset(seed)
    for lane, shown in enumerate(begun):
        check_shown(agents, shown, observed[lane], masks(game, lane))
    episodes = np.ones(len(envs), dtype=int)
    for _ in range(STEPS):
        choices = np.array([[game.action_space.sample() for _ in agents] for _ in envs])
        observed, step = game.step(choices)
        for lane, env in enumerate(envs):
            seen, paid, terminated, truncated, infos = env.step(dict(zip(agents, choices[lane], strict=True)))
            check_shown(agents, (seen, infos), observed[lane], masks(game, lane))
            assert [paid[agent] for agent in agents] == step.reward[lane].tolist()
            assert set(terminated.values()) == {bool(step.terminated[lane])}
            assert set(truncated.values()) == {bool(step.truncated[lane])}
            assert np.array_equal(env.state(), game.core.state()[lane])
        restarts = step.ended | (rng.random(len(envs)) < 0.1)
        if restarts.any():
            others = game.current.legal[~restarts]
            shown = [envs[lane].reset() for lane in restarts.nonzero()[0]]
            for lane, pair, vectors in zip(restarts.nonzero()[0], shown, game.reset_lanes(restarts), strict=True):
                check_shown(agents, pair, vectors, masks(game, lane))
            assert np.array_equal(game.current.legal[~restarts], others)
        episodes += restarts
    assert episodes.min() > 2
    assert game.core.horizon == 1 or len(set(episodes)) > 1, "lanes restart at different times"


def masks(game, lane):
    return game.action_masks()[lane] if game.masks.kept else [None] * game.core.agents


def check_shown(agents, shown, vectors, legal):
    seen, infos = shown
    assert vectors.dtype == np.float32
    for agent, vector, mask in zip(agents, vectors, legal, strict=True):
        assert np.array_equal(seen[agent], vector)
        assert np.array_equal(infos[agent].get("action_mask"), mask)


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=CHANNELS)
@pytest.mark.parametrize("name", GAMES)
def test_lanes_play_like_environments(name, channel):
    if channel and channel.cut and make_core(name).agents == 1:
        return
    for history, mask in ((0, "full"), (3, "action")):
        options = {"channel": channel, "history": history, "mask": mask}
        envs = [make("parallel", f"interlect/{name}", **options) for _ in range(LANES)]
        check_parity(BatchedGame(make_core(name, lanes=LANES), **options), envs)


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=CHANNELS)
def test_lanes_of_environments_of_others_play_like_one(channel):
    core = lambda lanes: PettingZooCore(lambda: Walks((5, 5)), lanes=lanes, horizon=5)  # noqa: E731
    envs = [GameEnv(core(1), channel, 2) for _ in range(LANES)]
    check_parity(BatchedGame(core(LANES), channel, 2), envs)


def test_a_deadline_that_truncates():
    game = BatchedGame(make_core("switch_riddle_v0", lanes=LANES, deadline="truncates"), Channel(), 1)
    envs = [
        make("parallel", "interlect/switch_riddle_v0", channel=Channel(), history=1, deadline="truncates")
        for _ in range(LANES)
    ]
    check_parity(game, envs, seed=2**64 - 1)


def test_resets_without_a_seed_begin_the_next_episodes():
    one, two = (BatchedGame(make_core("relay_v0", lanes=3, seed=seed), history=1) for seed in (4, None))
    two.reset(4)
    assert np.array_equal(one.reset(), two.reset())


@pytest.mark.parametrize("own", [spaces.Discrete(3, start=2), spaces.MultiDiscrete([3, 2])])
@pytest.mark.parametrize("channel", CHANNELS.values(), ids=CHANNELS)
def test_rows_are_read_like_single_actions(channel, own):
    if channel is None and not isinstance(own, spaces.Discrete):
        return
    reader = action_reader(own, channel, [])
    space = reader.space()
    space.seed(0)
    choices = np.array([space.sample() for _ in range(30)])
    entries = own.n if isinstance(own, spaces.Discrete) else sum(own.nvec)
    legal = np.random.default_rng(0).random((30, entries)) < 0.7
    legal[:, [0, -1]] = True
    actions, signals = reader.read_rows(str, choices, legal)
    for row, choice in enumerate(choices):
        action, signal = reader.read("an agent", choice, legal[row])
        assert np.array_equal(action, actions[row])
        assert np.asarray(action).dtype == actions.dtype
        assert np.array_equal(signal, signals[row])
        assert signal.dtype == signals.dtype


@pytest.mark.parametrize(
    ("channel", "choice", "error"),
    [
        (None, 2, r"prisoner_1 in lane 3 must choose among 2 actions; received .*2"),
        (None, 0.5, r"The action of prisoner_0 in lane 0 must be an integer; received .*0.0"),
        (Channel(), [2, 0], r"prisoner_1 in lane 3 must choose among 2 actions; received 2"),
        (Channel(), [0, 2], r"The message of prisoner_1 in lane 3 must be an element of MultiDiscrete\(\[2\]\)"),
        (Channel(), [0, 0, 0], r"prisoner_0 in lane 0 must choose 2 integers, its action and then its message"),
        (Channel(Continuous()), [0, 0, np.nan], r"The action of prisoner_1 in lane 3 must lie in its Box"),
        (Channel(Continuous()), [0, 0], r"prisoner_0 in lane 0 must choose 2 logits and then a message"),
    ],
)
def test_errors_name_lane_and_agent_before_anything_changes(channel, choice, error):
    game = BatchedGame(make_core("switch_riddle_v0", lanes=LANES, seed=0), channel, 2)
    game.reset()
    choices = np.zeros((LANES, 3, *np.shape(choice)), dtype=np.asarray(choice).dtype)
    choices[3, 1] = choice
    before = game.core.state()
    with pytest.raises(ValueError, match=error):
        game.step(choices)
    assert np.array_equal(before, game.core.state())
    assert game.core.time.tolist() == [0] * LANES


def test_a_cut_is_between_seats_of_the_game():
    with pytest.raises(ValueError, match=r"between seats 0 to 1; received \(\(0, 2\),\)"):
        BatchedGame(make_core("color_digit_v0"), Channel(cut=((0, 2),)))


def test_illegal_actions_may_raise():
    game = BatchedGame(make_core("switch_riddle_v0", lanes=2, seed=0), illegal="error")
    game.reset()
    with pytest.raises(ValueError, match=r"lane 0 can only choose among \['none'\]; received 1"):
        game.step(np.ones((2, 3), dtype=int))


def test_errors_name_what_is_missing():
    game = BatchedGame(make_core("color_digit_v0", lanes=2, seed=0), Channel(Continuous()))
    zeros = np.zeros((2, 2, *game.action_space.shape), dtype=np.float32)
    with pytest.raises(ValueError, match=r"running episode; received 'no episode yet'.*reset\(\)"):
        game.step(zeros)
    with pytest.raises(ValueError, match=r"begun; received 'no episode yet'.*reset\(\)"):
        game.reset_lanes(np.ones(2, dtype=bool))
    game.reset()
    with pytest.raises(ValueError, match=r"\[2, 2, ...\]; received .*\[1, 2, 4\]"):
        game.step(zeros[:1])
    with pytest.raises(ValueError, match=r"Boolean array of shape \[2\], one entry per lane.*Pass step.ended"):
        game.reset_lanes(np.ones(3, dtype=bool))
    with pytest.raises(ValueError, match=r'There are no masks for this action space.*mask="action"'):
        game.action_masks()
    while not game.current.ended.any():
        game.step(zeros)
    with pytest.raises(ValueError, match=r"in every lane; received .*\[0, 1\].*reset_lanes\(step.ended\)"):
        game.step(zeros)
