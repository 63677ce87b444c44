"""Pictures of the riddle: golden text, and what must differ between two images.

After a change that is meant, rewrite the golden file: python tests/envs/test_riddle_drawing.py
"""

from pathlib import Path

import numpy as np
import pytest
from interlect.envs import switch_riddle_v0
from interlect.protocols import Channel, Continuous, Erasure, Gaussian, Symbols

GOLDEN = Path(__file__).parent / "riddle_ansi.txt"
VISITS = np.array([[2, 0, 0, 1, 2, 1]])


def example(tell_on: int, channel: Channel | None = None, mode: str = "ansi") -> list:
    """What is rendered in one episode, in which the occupant writes how many have visited and tells on one day."""
    env = switch_riddle_v0.parallel_env(channel=channel, render_mode=mode, visits=VISITS, seed=0)
    env.reset()
    shown = [env.render()]
    for day in range(1, tell_on + 1):
        bit = int(env.core.visited.sum() > 1)
        tell = int(day == tell_on)
        env.step({agent: tell if channel is None else np.array([tell, bit]) for agent in env.agents})
        shown.append(env.render())
        if not env.agents:
            break
    return shown


def all_stories() -> str:
    texts = {
        "told on day 4, one bit": example(4, Channel()),
        "told on day 2, one bit": example(2, Channel()),
        "never told, no channel": example(7),
    }
    return "\n".join(f"== {title}\n\n" + "\n\n".join(frames) + "\n" for title, frames in texts.items())


def test_text_is_golden() -> None:
    assert all_stories() == GOLDEN.read_text()


@pytest.mark.parametrize(
    ("channel", "line"),
    [
        (Channel(link=Erasure(1.0)), "switch: nothing arrived, left by prisoner_2 as 0"),
        (Channel(Symbols(3), Gaussian(0.0)), "switch: 0, left by prisoner_2"),
        (None, "switch: none (there is no channel)"),
    ],
    ids=str,
)
def test_what_the_switch_shows(channel: Channel | None, line: str) -> None:
    assert example(2, channel)[1].splitlines()[1] == line


def test_numbers_are_shown_as_numbers() -> None:
    env = switch_riddle_v0.parallel_env(channel=Channel(Continuous(2)), render_mode="ansi", visits=VISITS)
    env.reset()
    env.step({agent: np.array([0, 0, 0.25, -1], dtype=np.float32) for agent in env.agents})
    assert env.render().splitlines()[1] == "switch: 0.25 -1.00, left by prisoner_2"


def test_human_prints_the_text(capsys: pytest.CaptureFixture) -> None:
    assert example(1, mode="human") == [None, None]
    assert capsys.readouterr().out == "\n".join(example(1)) + "\n"


def test_nothing_is_drawn_without_a_mode() -> None:
    env = switch_riddle_v0.parallel_env()
    env.reset()
    assert env.render() is None


def test_images_show_what_changes() -> None:
    frames = example(4, Channel(), "rgb_array")
    for frame in frames:
        assert (frame.dtype, frame.shape) == (np.uint8, (360, 640, 3))
    room, switch, people, words = (slice(120, 290), slice(60, 150)), (slice(130, 200), slice(205, 240)), None, None
    people, words = (slice(90, 260), slice(300, 620)), (slice(320, 350), slice(60, 600))
    assert not np.array_equal(frames[0][switch], frames[1][switch])
    assert not np.array_equal(frames[0][people], frames[1][people])
    assert np.array_equal(frames[1][people], frames[2][people])
    assert not np.array_equal(frames[0][words], frames[1][words])
    assert not np.array_equal(frames[3][room], frames[4][room])
    again = example(4, Channel(), "rgb_array")
    assert all(np.array_equal(a, b) for a, b in zip(frames, again, strict=True))


@pytest.mark.parametrize("agents", [2, 4, 5, 12])
def test_any_number_of_agents_fits(agents: int) -> None:
    env = switch_riddle_v0.parallel_env(agents, Channel(Symbols(12, 3)), render_mode="rgb_array", seed=0)
    env.reset()
    env.step({agent: np.array([0, 11, 10, 9]) for agent in env.agents})
    frame = env.render()
    edge = np.concatenate([frame[:4].reshape(-1, 3), frame[-4:].reshape(-1, 3), frame[:, -4:].reshape(-1, 3)])
    assert len(np.unique(edge, axis=0)) == 1


if __name__ == "__main__":
    GOLDEN.write_text(all_stories())
