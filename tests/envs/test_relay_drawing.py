"""Pictures of the relay: golden text, and what must differ between two images.

After a change that is meant, rewrite the golden file: python tests/envs/test_relay_drawing.py
"""

from pathlib import Path

import numpy as np
import pytest
from interlect.envs import relay_v0
from interlect.protocols import Channel, Continuous, Erasure, Gaussian, Symbols

GOLDEN = Path(__file__).parent / "relay_ansi.txt"
CHAIN = np.array([[2, 0, 2]])
SYMBOLS = Channel(Symbols(16))


def episode(right: bool = True, channel: Channel | None = SYMBOLS, mode: str = "ansi", **options) -> list:
    """What is rendered in one episode, in which agent i says 3 i and the last agent names the answer, or another."""
    env = relay_v0.parallel_env(3, channel, render_mode=mode, seed=4, **({"chains": CHAIN} | options))
    _, infos = env.reset()
    shown = [env.render()]
    while env.agents:
        answer = int(env.core.answer[0])
        named = 1 + (answer if right else (answer + 1) % 4)
        act = [0 if infos[agent]["action_mask"][0] else named for agent in env.agents]
        said = [3 * i for i in range(3)]
        choices = act if channel is None else [np.array(pair) for pair in zip(act, said, strict=True)]
        *_, infos = env.step(dict(zip(env.agents, choices, strict=True)))
        shown.append(env.render())
    return shown


def all_episodes() -> str:
    texts = {"count, right": episode(), "spell, wrong, no channel": episode(False, None, task="spell")}
    return "\n".join(f"== {title}\n\n" + "\n\n".join(frames) + "\n" for title, frames in texts.items())


def test_text_is_golden() -> None:
    assert all_episodes() == GOLDEN.read_text()


@pytest.mark.parametrize(
    ("channel", "line"),
    [
        (Channel(Symbols(16), Erasure(1.0)), "heard: nothing arrived, by runner_0 from runner_2, who sent 6"),
        (Channel(Symbols(16), Gaussian(0.0)), "heard: 6, by runner_0 from runner_2"),
        (None, "heard: nothing (there is no channel)"),
    ],
    ids=str,
)
def test_what_was_heard(channel: Channel | None, line: str) -> None:
    assert episode(channel=channel)[1].splitlines()[2] == line


def test_numbers_are_shown_as_numbers() -> None:
    env = relay_v0.parallel_env(2, Channel(Continuous(2)), render_mode="ansi", seed=0)
    env.reset()
    env.step({agent: np.array([0, 0, 0, 0, 0, 0.25, -1], dtype=np.float32) for agent in env.agents})
    assert env.render().splitlines()[2] == "heard: 0.25 -1.00, by runner_1 from runner_0"


def test_human_prints_the_text(capsys: pytest.CaptureFixture) -> None:
    assert episode(mode="human") == [None] * 4
    assert capsys.readouterr().out == "".join(f"{text}\n" for text in episode())


def test_images_show_what_changes() -> None:
    frames, wrong = episode(mode="rgb_array"), episode(False, mode="rgb_array")
    for frame in frames:
        assert (frame.dtype, frame.shape) == (np.uint8, (360, 640, 3))
    chain, words = (slice(60, 93), slice(100, 540)), (slice(320, 350), slice(60, 600))
    assert not np.array_equal(frames[0][chain], frames[1][chain])
    assert not np.array_equal(frames[0][words], frames[1][words])
    assert np.array_equal(frames[2], wrong[2])
    assert not np.array_equal(frames[3][words], wrong[3][words])
    assert np.array_equal(frames[3][chain], wrong[3][chain])
    again = episode(mode="rgb_array")
    assert all(np.array_equal(a, b) for a, b in zip(frames, again, strict=True))


def test_images_show_the_pictures() -> None:
    """The pixel in the middle of each cell of runner_0's picture is as dark as the picture is there."""
    env = relay_v0.parallel_env(3, render_mode="rgb_array", seed=4)
    observations, _ = env.reset()
    size, x, y = min((640 - 56) / 3 - 12, 206 - 24), 28 + (640 - 56) / 6, 108
    cell = (np.arange(8) + 0.5) * size / 8
    shown = env.render()[np.ix_((y + cell).astype(int), (x - size / 2 + cell).astype(int))]
    gray = 255 * (1 - observations["runner_0"].reshape(8, 8, 1))
    assert np.abs(shown - gray).max() <= 1


@pytest.mark.parametrize("agents", [2, 4, 5, 12, 40])
def test_any_number_of_agents_fits(agents: int) -> None:
    env = relay_v0.parallel_env(agents, Channel(Symbols(12, 3)), render_mode="rgb_array", seed=0)
    env.reset()
    env.step({agent: np.array([0, 11, 10, 9]) for agent in env.agents})
    frame = env.render()
    edge = np.concatenate([frame[:4].reshape(-1, 3), frame[-4:].reshape(-1, 3), frame[:, -4:].reshape(-1, 3)])
    assert len(np.unique(edge, axis=0)) == 1


if __name__ == "__main__":
    GOLDEN.write_text(all_episodes())
