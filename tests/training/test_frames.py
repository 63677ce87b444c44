"""What a team does, without its messages in code: tables of transcripts, and pictures of episodes."""

import builtins
import re
from functools import partial
from importlib import import_module

import numpy as np
import pytest
from gymnasium import spaces
from interlect.envs import GAMES, GameSpec, make_core, register_environment
from interlect.envs.core.message_text import observation_text
from interlect.envs.core.play import frames as play_frames
from interlect.envs.core.play import play
from interlect.envs.switch_riddle.reference_players import Counting
from interlect.envs.switch_riddle.rules import SwitchRiddle
from interlect.protocols import Channel, Symbols
from interlect.training import Run, save_gif, train
from interlect.training.runs.frames import frames
from PIL import Image
from small_envs import Walks
from small_runs import first_recipe


def trained(folder, name: str, **settings) -> Run:
    return train(first_recipe(name)(name, updates=1, batch=2, width=8, **settings), folder / "run")


def drawn(name: str, run: Run, played) -> list[np.ndarray]:
    """The images of an environment in which the actions and messages of a transcript are played."""
    environments = import_module(f"interlect.envs.{name}")
    options = run.settings.options()
    env = environments.parallel_env(run.settings.agents, run.team.channel, render_mode="rgb_array", **options)
    env.reset(seed=3)
    images = [env.render()]
    for action, sent in zip(played.action[:, 0], played.sent[:, 0], strict=True):
        element = run.team.channel.carrier.element(sent)
        chosen = np.eye(3)[action] if isinstance(env.action_space(env.agents[0]), spaces.Box) else action[:, None]
        env.step({agent: np.array([*chosen[i], *element[i]]) for i, agent in enumerate(env.agents)})
        images.append(env.render())
    return images


@pytest.mark.parametrize("name", GAMES)
def test_a_team_is_drawn_step_by_step_as_it_plays(tmp_path, monkeypatch, name):
    run = trained(tmp_path, name)
    images = run.frames(seed=3)
    core = make_core(name, run.settings.agents, 1, 3, **run.settings.options())
    monkeypatch.setattr(core, "reset", partial(core.reset, seed=3))  # play the episode of env.reset(seed=3)
    played = play(core, run.team, run.team.channel)
    assert len(images) == 1 + played.live.sum()
    assert {image.shape for image in images} == {(360, 640, 3)}
    assert all(image.dtype == np.uint8 for image in images)
    for image, expected in zip(images, drawn(name, run, played), strict=True):
        np.testing.assert_array_equal(image, expected)
    assert any(not np.array_equal(images[0], other) for other in images[1:])
    path = save_gif(images, tmp_path / "episode.gif", fps=4)
    with Image.open(path) as animation:
        assert (animation.n_frames, animation.size, animation.info["duration"]) == (len(images), (640, 360), 250)


def test_continuous_messages_and_silence_are_drawn_too(tmp_path):
    run = trained(tmp_path, "switch_riddle_v0", carrier="number")
    played = play(make_core("switch_riddle_v0", 3, 1, 3), run.team, run.team.channel)
    assert len(run.frames(3)) == 1 + played.live.sum()
    assert len(trained(tmp_path / "silent", "switch_riddle_v0", silent=True).frames(3)) > 1


def test_frames_need_a_game_that_draws(tmp_path, monkeypatch):
    run = trained(tmp_path, "switch_riddle_v0")
    spec = GAMES["switch_riddle_v0"]
    monkeypatch.setitem(GAMES, "switch_riddle_v0", GameSpec(spec.about, spec.core, spec.game))
    with pytest.raises(ValueError, match=r"game that interlect can draw; received 'switch_riddle_v0'. Register"):
        frames(run.settings, run.team)
    with pytest.raises(ValueError, match="at least one image"):
        save_gif([], tmp_path / "no.gif")
    with pytest.raises(ValueError, match="fps must be above 0; received 0"):
        save_gif([np.zeros((2, 2, 3), np.uint8)], tmp_path / "no.gif", fps=0)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("a.png", r"must end in \.gif; received '.*a\.png'. Pass a\.gif"),
        ("missing/a.gif", r"a folder that exists; received '.*missing/a\.gif'. Create the folder first"),
    ],
)
def test_animations_are_gifs_in_a_folder_that_exists(tmp_path, name, says):
    with pytest.raises(ValueError, match=says):
        save_gif([np.zeros((2, 2, 3), np.uint8)], tmp_path / name)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    "images",
    [
        3,
        "abc",
        [np.zeros((2, 2, 3))],
        [np.zeros((2, 3), np.uint8)],
        [np.zeros((2, 2, 3), np.uint8), np.zeros((4, 2, 3), np.uint8)],
    ],
    ids=["number", "text", "floats", "flat", "sizes"],
)
def test_images_are_arrays_of_one_size(tmp_path, images, without_type_checks):
    with pytest.raises(
        ValueError, match=r"must be uint8 arrays \[height, width, 3\] of one size; received .*run\.frames"
    ):
        save_gif(images, tmp_path / "a.gif")
    assert not any(tmp_path.iterdir())


def test_a_registered_environment_is_drawn_as_the_remedy_says(tmp_path, monkeypatch):
    monkeypatch.setitem(GAMES, "guide", None)  # removed after the test
    del GAMES["guide"]
    register_environment("guide", partial(Walks, (3, 3)), horizon=3)
    run = trained(tmp_path, "guide")
    with pytest.raises(ValueError, match=r"received 'guide'\. Call core\.envs\[0\]\.render\(\) in a loop") as raised:
        run.frames()
    words = re.search(r"play\.frames\((.*)\), where core = (make_core\(.*\))\.$", str(raised.value))
    core = eval(words[2])
    monkeypatch.setattr(core.envs[0], "render", lambda: "an image", raising=False)
    steps = eval(f"play_frames({words[1]})", {"core": core, "team": run.team, "play_frames": play_frames})
    assert [core.envs[0].render() for _ in steps]


def test_a_transcript_is_a_table_of_what_agents_saw_did_and_said():
    pytest.importorskip("pandas")
    visits = np.array([[0, 1, 1, 2, 0, 1], [2, 2, 2, 2, 2, 2]])
    channel = Channel(Symbols(2))
    played = play(SwitchRiddle(3, 2, 0, visits=visits), Counting(3, channel.carrier), channel)
    table = played.to_frame()
    assert len(table) == 3 * played.live.sum()
    assert [*table.columns[:3]] == ["episode", "step", "agent"]
    assert set(table.columns) >= {"observation", "action", "sent", "heard", "reward"}
    assert set(table["agent"]) == {"prisoner_0", "prisoner_1", "prisoner_2"}
    first = table[(table["episode"] == 0) & (table["step"] == 0)].set_index("agent")
    assert first["observation"].tolist() == ["1", "0", "0"]
    assert first["heard"].isna().all()
    second = table[(table["episode"] == 0) & (table["step"] == 1)].set_index("agent")
    carrier = channel.carrier
    assert second.loc["prisoner_1", "heard"] == f"prisoner_0: {carrier.element(played.sent[0, 0, 0])[0]}"
    assert first.loc["prisoner_0", "sent"] == str(carrier.element(played.sent[0, 0, 0])[0])
    assert first.loc["prisoner_1", "sent"] is None or first["sent"].isna()["prisoner_1"]
    won = table[table["reward"] == 1]
    assert (won["action"] == "tell").any()
    assert table.groupby(["episode", "agent"])["reward"].sum().loc[(0, "prisoner_0")] == played.returns[0, 0]


@pytest.mark.parametrize("name", GAMES)
def test_transcripts_of_every_game_are_tables(tmp_path, name):
    pytest.importorskip("pandas")
    run = trained(tmp_path, name)
    core = make_core(name, run.settings.agents, 3, 0, **run.settings.options())
    played = play(core, run.team, run.team.channel)
    table = played.to_frame()
    assert len(table) == played.live.sum() * core.agents
    assert set(table["action"]) <= set(core.action_names)
    assert table["reward"].sum() == pytest.approx(float(played.reward.sum()))
    assert table["heard"].notna().sum() == (played.present.any(axis=3) & played.live[:, :, None]).sum()


def test_without_pandas_the_error_names_the_command(monkeypatch):
    played = play(SwitchRiddle(3, 1, 0), Counting(3, Symbols(2)), Channel(Symbols(2)))
    real = builtins.__import__

    def without(name, *arguments, **named):
        if name == "pandas":
            raise ImportError("No module named 'pandas'")
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ValueError, match=r'needs pandas; received .*Install it: pip install "interlect\[pandas\]"'):
        played.to_frame()


@pytest.mark.parametrize(
    ("observation", "words"),
    [
        (np.array(1), "1"),
        (np.array([0.5, 2]), "0.5 2"),
        (np.eye(20)[3] + np.eye(20)[7], "1 at 3 7 of 20"),
        (np.zeros(9), "9 zeros"),
        (np.full(10, 0.25), "10 numbers from 0.25 to 0.25, mean 0.25"),
    ],
)
def test_long_observations_are_summarized(observation, words):
    assert observation_text(observation) == words
