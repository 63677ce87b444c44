"""Pictures of the games for two: golden text, and what must differ between two images.

After a change that is meant, rewrite the golden file: python tests/envs/test_pair_drawing.py
"""

from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from interlect.envs import color_digit_v0, multistep_digit_v0
from interlect.protocols import Channel, Erasure, Symbols

GOLDEN = Path(__file__).parent / "pair_ansi.txt"
SYMBOLS = Channel(Symbols(4))
GAMES = (color_digit_v0, multistep_digit_v0)


def episode(module: ModuleType, channel: Channel | None = SYMBOLS, mode: str = "ansi", answer: int = 1) -> list:
    """What is rendered in one episode, in which agent i says 1 + 2 i and both give an answer."""
    env = module.parallel_env(channel=channel, render_mode=mode, seed=4)
    env.reset()
    shown = [env.render()]
    while env.agents:
        act = answer if env.core.time[0] == env.core.horizon - 1 else 0
        choices = [act if channel is None else np.array([act, 1 + 2 * seat]) for seat in range(2)]
        env.step(dict(zip(env.agents, choices, strict=True)))
        shown.append(env.render())
    return shown


def golden() -> str:
    parts = {
        "color-digit": episode(color_digit_v0),
        "color-digit, no channel": episode(color_digit_v0, None)[1:2],
        "multi-step digits": episode(multistep_digit_v0, answer=5)[-2:],
    }
    return "\n".join(f"== {title}\n\n" + "\n\n".join(frames) + "\n" for title, frames in parts.items())


def test_text_is_golden() -> None:
    assert golden() == GOLDEN.read_text()


@pytest.mark.parametrize("module", GAMES)
def test_what_was_lost_is_told(module: ModuleType) -> None:
    one, other = module.parallel_env().possible_agents
    lines = episode(module, Channel(Symbols(4), Erasure(1.0)))[1].splitlines()
    assert lines[1:3] == [f"{one} heard nothing of 3", f"{other} heard nothing of 1"]


@pytest.mark.parametrize("module", GAMES)
def test_human_prints_the_text(module: ModuleType, capsys: pytest.CaptureFixture) -> None:
    assert set(episode(module, mode="human")) == {None}
    assert capsys.readouterr().out == "".join(f"{text}\n" for text in episode(module))


@pytest.mark.parametrize("module", GAMES)
def test_images_show_what_changes(module: ModuleType) -> None:
    frames = episode(module, mode="rgb_array")
    for frame in frames:
        assert (frame.dtype, frame.shape) == (np.uint8, (360, 640, 3))
        edge = np.concatenate([frame[:4].reshape(-1, 3), frame[-4:].reshape(-1, 3), frame[:, -4:].reshape(-1, 3)])
        assert len(np.unique(edge, axis=0)) == 1
    assert all(not np.array_equal(a, b) for a, b in pairwise(frames))
    assert not np.array_equal(frames[-1], episode(module, mode="rgb_array", answer=2)[-1])
    assert all(np.array_equal(a, b) for a, b in zip(frames, episode(module, mode="rgb_array"), strict=True))


@pytest.mark.parametrize("module", GAMES)
def test_images_show_the_pictures_in_their_colors(module: ModuleType) -> None:
    """The pixel in the middle of each cell is as dark as the picture is there, in the ink of its color."""
    env = module.parallel_env(render_mode="rgb_array", seed=4)
    env.reset()
    while module is color_digit_v0 and env.core.color[0, 0] == env.core.color[0, 1]:
        env.reset()
    core, frame, cell = env.core, env.render(), (np.arange(8) + 0.5) * 176 / 8
    for agent in range(2):
        left = 640 * (1 + 2 * agent) / 4 - 176 / 2
        shown = frame[np.ix_((84 + cell).astype(int), (left + cell).astype(int))].astype(int)
        image = core.pictures.image[core.picture[0, agent]].reshape(8, 8, 1)
        color = core.color[0, agent] if module is color_digit_v0 else 2
        ink = np.array([(0xB5, 0x48, 0x3C), (0x2F, 0x66, 0x90), (0x2B, 0x2D, 0x33)][color])
        assert np.abs(shown - (255 - image * (255 - ink))).max() <= 1


if __name__ == "__main__":
    GOLDEN.write_text(golden())
