"""Naming digits: rules, page, drawing, reference returns.

After a change of the drawing that is meant, rewrite the golden file: python tests/envs/test_digits_game.py
"""

import re
from pathlib import Path

import numpy as np
import pytest
from gymnasium import spaces
from interlect.envs import digits_v0, evaluate, game, make_core, play
from interlect.envs.core.play import returns
from interlect.envs.digits.reference_players import reference_player
from interlect.envs.digits.rules import Digits
from interlect.envs.pictures.classifier import predicted_digits
from interlect.envs.pictures.images import digits
from interlect.envs.relay.rules import Relay
from interlect.protocols import Channel, Continuous, Symbols
from pages import page_of

GOLDEN = Path(__file__).parent / "digits_ansi.txt"
PAGE = page_of(digits_v0)
CHANNEL = Channel()


def test_each_is_paid_for_its_own_picture_once() -> None:
    core = Digits(3, 50, 0)
    step = core.reset()
    np.testing.assert_array_equal(step.observation, digits("train").image[core.picture])
    named = core.digit
    named[:, 1] = (named[:, 1] + 1) % 10
    step = core.step(named)
    assert step.reward.tolist() == [[1, 0, 1]] * 50
    assert step.terminated.all()
    assert not step.hears.any()
    assert not core.step(core.digit).reward.any()


def test_shown_pictures_are_seen_in_every_episode() -> None:
    shown = np.array([[4, 0], [7, 7]])
    core = Digits(2, 2, 0, "held_out", shown)
    for _ in range(2):
        core.reset()
        assert core.picture.tolist() == shown.tolist()


@pytest.mark.parametrize("agents", [1, 3])
def test_players_earn_their_bars_exactly(agents: int) -> None:
    naming = game("digits_v0", pictures="held_out")
    by_class = [(predicted_digits(digits("held_out")) == d)[digits("held_out").digit == d].mean() for d in range(10)]
    core = naming.enumerated_core(agents, np.arange(537))
    for name, value in (("oracle", 1.0), ("no_communication", 1.0), ("vision", np.mean(by_class))):
        assert naming.reference_returns(agents)[name].value == pytest.approx(value)
        earned = returns(core, naming.reference_player(name, core, CHANNEL.carrier), CHANNEL)
        assert (earned * naming.episode_weight(agents, np.arange(537))[:, None]).mean() == pytest.approx(value)


def test_a_player_sees_what_an_agent_sees() -> None:
    core = make_core("digits_v0", agents=2, lanes=300, seed=1, pictures="held_out")
    earned = returns(core, reference_player("vision", core), Channel(Symbols(1)))
    assert earned.mean() == pytest.approx(0.98, abs=0.02)


class Sevens:
    """Says seven, whatever it sees."""

    def initial_state(self, seats):
        return {}

    def step(self, inputs, state, rng):
        return np.full(len(inputs.observation), 7), np.zeros((len(inputs.observation), 1), dtype=np.float32), state


def test_evaluation_is_exact_and_classes_count_alike() -> None:
    found = evaluate(game("digits_v0", pictures="held_out"), 2, Sevens(), CHANNEL)
    assert found.return_mean == pytest.approx(0.1, abs=1e-12)
    assert (found.standard_error, found.episodes) == (0.0, 537)
    assert found.how == "exact: all 537 episodes, weighted by their probability"
    assert found.communication_gain is None
    assert "no more than is possible without communication" in found.communication_gain_reason
    sampled = evaluate(game("digits_v0", pictures="held_out"), 2, Sevens(), CHANNEL, exact=False)
    assert abs(sampled.return_mean - 0.1) < 4 * sampled.standard_error
    silent = evaluate(game("digits_v0", pictures="held_out"), 2, Sevens(), CHANNEL, "shuffled")
    assert silent.return_mean == pytest.approx(0.1, abs=1e-12)


@pytest.mark.parametrize("n", [1, 3])
def test_spaces_are_those_of_the_page(n: int) -> None:
    def cell(name: str) -> list[spaces.Space]:
        text = re.search(rf"^\| {name} \| (.*) \|$", PAGE, re.MULTILINE)[1]
        names = {kind: getattr(spaces, kind) for kind in ("Box", "Discrete", "MultiDiscrete")} | {"N": n}
        found = re.findall(r"``([A-Z]\w+\(.*?\))``", text)
        return [eval(part.replace("float32", "dtype='f4'"), names) for part in found]

    silent, talking = (digits_v0.parallel_env(n, channel) for channel in (None, Channel(Symbols(16))))
    agent = silent.possible_agents[-1]
    assert agent == f"reader_{n - 1}"
    assert cell("Observation space") == [env.observation_space(agent) for env in (silent, talking)]
    assert cell("Action space") == [env.action_space(agent) for env in (silent, talking)]
    assert cell("State space") == [silent.state_space]
    with_past = digits_v0.parallel_env(n, Channel(Continuous(2)), history=2)
    assert with_past.observation_space(agent).shape == (67 + 2 * (67 + 10 + 2) + n + 2,)


def frames(mode: str) -> list:
    env = digits_v0.parallel_env(2, render_mode=mode, seed=4)
    env.reset()
    shown = [env.render()]
    env.step({"reader_0": int(env.core.digit[0, 0]), "reader_1": (int(env.core.digit[0, 1]) + 1) % 10})
    return [*shown, env.render()]


def test_text_is_golden() -> None:
    assert "\n\n".join(frames("ansi")) + "\n" == GOLDEN.read_text()


def test_images_show_what_changes() -> None:
    before, after = frames("rgb_array")
    assert (before.dtype, before.shape) == (np.uint8, (360, 640, 3))
    assert not np.array_equal(before, after)
    assert np.array_equal(before, frames("rgb_array")[0])


@pytest.mark.parametrize("agents", [1, 5, 40])
def test_any_number_of_agents_fits(agents: int) -> None:
    env = digits_v0.parallel_env(agents, render_mode="rgb_array", seed=0)
    env.reset()
    frame = env.render()
    edge = np.concatenate([frame[:4].reshape(-1, 3), frame[-4:].reshape(-1, 3), frame[:, -4:].reshape(-1, 3)])
    assert len(np.unique(edge, axis=0)) == 1


def test_instruments_find_no_message() -> None:
    from interlect.envs.core.registry import example_episodes, knowledge

    core = make_core("digits_v0", agents=2, lanes=20, seed=0)
    transcript = play(core, Sevens(), CHANNEL)
    found = knowledge("digits_v0", transcript, CHANNEL)
    assert (found.messages.total, found.heard, found.actions.total) == (0, 0, 40)
    assert found.describe("digit", (3, 8)) == "the first picture shows 3 or 8"
    assert example_episodes("digits_v0", transcript, CHANNEL) == ()


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="agents must be an integer, at least 1; received 0"):
        Digits(0)
    with pytest.raises(ValueError, match=r"from 0 to 1259; received .the shape \[1, 1\]"):
        Digits(2, 1, shown=np.array([[3]]))
    with pytest.raises(ValueError, match=r"from 0 to 1259; received .9999"):
        Digits(1, 1, shown=np.array([[9999]]))
    with pytest.raises(ValueError, match=r"need random pictures; received \['shown'\]"):
        game("digits_v0", shown=np.array([[0]]))
    with pytest.raises(ValueError, match="Did you mean 'oracle'"):
        reference_player("orakle", Digits())
    with pytest.raises(ValueError, match="reference player of naming digits needs its core; received 'Relay'"):
        reference_player("oracle", Relay())


if __name__ == "__main__":
    GOLDEN.write_text("\n\n".join(frames("ansi")) + "\n")
