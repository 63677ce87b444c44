"""Pictures of the referential game: golden text, and what must differ between two images.

After a change that is meant, rewrite the golden file: python tests/envs/test_referential_drawing.py
"""

from pathlib import Path

import numpy as np
import pytest
from interlect.envs import referential_v0
from interlect.protocols import Channel, Continuous, Erasure, Gaussian, Symbols

GOLDEN = Path(__file__).parent / "referential_ansi.txt"
SYMBOLS = Channel(Symbols(10, 2))
RECONSTRUCT = {"task": "reconstruct", "values": (3, 4), "partial": True}


def episode(right: bool = True, channel: Channel | None = SYMBOLS, mode: str = "ansi", **options) -> list:
    """What is rendered in one episode, in which the sender says 3 7; the receiver is right, or wrong at the end."""
    env = referential_v0.parallel_env(2, channel, render_mode=mode, seed=4, **options)
    env.reset()
    shown = [env.render()]
    while env.agents:
        action = int(env.core.correct_action[0])
        if not right and env.core.time[0] == env.core.horizon - 1:
            action = action % 3 + 1
        choices = {"sender_0": 0, "receiver_0": action}
        if channel is not None:
            choices = {agent: np.array([act, 3, 7]) for agent, act in choices.items()}
        env.step(choices)
        shown.append(env.render())
    return shown


def all_episodes() -> str:
    texts = {
        "discriminate, right": episode(),
        "reconstruct, wrong, no channel": episode(False, None, **RECONSTRUCT),
        "pictures, wrong": episode(False, objects="digits", candidates=3),
    }
    return "\n".join(f"== {title}\n\n" + "\n\n".join(frames) + "\n" for title, frames in texts.items())


def test_text_is_golden() -> None:
    assert all_episodes() == GOLDEN.read_text()


@pytest.mark.parametrize(
    ("channel", "line"),
    [
        (SYMBOLS, "heard: 3 7"),
        (Channel(Symbols(10, 2), Erasure(1.0)), "heard: nothing arrived; sent was 3 7"),
        (Channel(Symbols(10, 2), Gaussian(0.0)), "heard: 3 7"),
        (Channel(Symbols(10, 2, end=True)), "heard: 3 7"),
        (None, "heard: nothing (there is no channel)"),
    ],
    ids=str,
)
def test_what_was_heard(channel: Channel | None, line: str) -> None:
    assert episode(channel=channel)[1].splitlines()[1] == line


def test_numbers_are_shown_as_numbers() -> None:
    env = referential_v0.parallel_env(2, Channel(Continuous(2)), render_mode="ansi", seed=0)
    env.reset()
    env.step({agent: np.array([0, 0, 0, 0, 0, 0, 0.25, -1], dtype=np.float32) for agent in env.agents})
    assert env.render().splitlines()[1] == "heard: 0.25 -1.00"


def test_human_prints_the_text(capsys: pytest.CaptureFixture) -> None:
    assert episode(mode="human") == [None] * 3
    assert capsys.readouterr().out == "".join(f"{text}\n" for text in episode())


@pytest.mark.parametrize("options", [{}, {"objects": "digits"}, RECONSTRUCT], ids=str)
def test_images_show_what_changes(options: dict) -> None:
    frames, wrong = (episode(right, mode="rgb_array", **options) for right in (True, False))
    for frame in frames:
        assert (frame.dtype, frame.shape) == (np.uint8, (360, 640, 3))
    answers, words, heard = slice(176, 320), slice(326, 352), slice(112, 140)
    assert not np.array_equal(frames[0][heard], frames[1][heard])
    assert np.array_equal(frames[-2], wrong[-2])
    assert not np.array_equal(frames[-1][words], wrong[-1][words])
    assert not np.array_equal(frames[-1][answers], wrong[-1][answers])
    again = episode(mode="rgb_array", **options)
    assert all(np.array_equal(a, b) for a, b in zip(frames, again, strict=True))


def test_images_show_the_pictures() -> None:
    """The pixel in the middle of each cell of the sender's picture is as dark as the picture is there."""
    env = referential_v0.parallel_env(objects="digits", render_mode="rgb_array", seed=4)
    observations, _ = env.reset()
    cell = (np.arange(8) + 0.5) * 84 / 8
    shown = env.render()[np.ix_((84 + cell).astype(int), (28 + cell).astype(int))]
    gray = 255 * (1 - observations["sender_0"][:64].reshape(8, 8, 1))
    assert np.abs(shown - gray).max() <= 1


@pytest.mark.parametrize(
    "options",
    [
        {"candidates": 2},
        {"candidates": 60},
        {"objects": "digits", "candidates": 10},
        {"attributes": 10, "values": 2},
        {"task": "reconstruct", "attributes": 12, "values": 2},
    ],
    ids=str,
)
def test_anything_fits(options: dict) -> None:
    env = referential_v0.parallel_env(2, Channel(Symbols(12, 3)), render_mode="rgb_array", seed=0, **options)
    env.reset()
    env.step({agent: np.array([0, 11, 10, 9]) for agent in env.agents})
    frame = env.render()
    edge = np.concatenate([frame[:4].reshape(-1, 3), frame[-4:].reshape(-1, 3), frame[:, -4:].reshape(-1, 3)])
    assert len(np.unique(edge, axis=0)) == 1


if __name__ == "__main__":
    GOLDEN.write_text(all_episodes())
