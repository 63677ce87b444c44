"""Recipes for many games: options of the game in training and evaluation, picture encoders, and message lengths."""

import json
import subprocess
import sys

import pytest
import torch
from interlect.agents import Agent, cnet
from interlect.agents.modules import BatchNorm
from interlect.envs import GAMES, make_core
from interlect.protocols import DRU, Continuous, Gumbel, Quantized, Symbols
from interlect.training import PPO, Dial, Rial
from interlect.training.recipes.table import games_of, make_learner, settings_from_json
from interlect.training.run_folders.run_folder import RunFolder

HEARD = {name for name, entry in GAMES.items() if entry.has_messages and entry.cooperative}
"""Computed at collection time, as some tests register games."""
TINY = {"updates": 2, "batch": 8, "width": 8}
RECONSTRUCT = {"task": "reconstruct", "values": 4, "holdout_share": 0.25}


@pytest.mark.parametrize("recipe", [Dial, Rial, PPO])
def test_options_hold_in_training_and_evaluation_and_the_held_out_split_is_not_trained_on(recipe):
    settings = recipe("referential_v0", **TINY, game_options=RECONSTRUCT)
    core = make_learner(settings).core
    assert (core.task, core.objects.kinds, core.horizon) == ("reconstruct", 12, 3)
    unseen = make_core(settings.game, **settings.options())
    seen, held_out = ({tuple(row) for row in made.objects.rows.tolist()} for made in (core, unseen))
    assert len(held_out) == 4
    assert not seen & held_out


def test_a_given_split_is_used_in_training_and_evaluation():
    settings = Rial("referential_v0", **TINY, game_options=RECONSTRUCT | {"split": "all"})
    assert make_learner(settings).core.objects.kinds == 16
    assert make_core(settings.game, **settings.options()).objects.kinds == 16


@pytest.mark.parametrize("game", ["color_digit_v0", "relay_v0"])
def test_pictures_are_split_between_training_and_evaluation(game):
    settings = Dial(game, **TINY)
    assert make_learner(settings).core.pictures.split == "train"
    assert settings.options() == {"pictures": "held_out"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            {"lanes": 3},
            "game_options must not contain settings of the run; received 'lanes'. Remove it from game_options",
        ),
        ({"tsak": "reconstruct"}, "referential_v0 has no option 'tsak'. Did you mean 'task'"),
        ({"task": "reconstrct"}, "Did you mean 'reconstruct'"),
    ],
)
def test_bad_options(options, says):
    with pytest.raises(ValueError, match=says):
        make_learner(PPO("referential_v0", game_options=options))


def test_options_are_saved_with_the_run(tmp_path):
    settings = PPO("referential_v0", **TINY, game_options=RECONSTRUCT)
    folder = RunFolder.create(tmp_path, settings, make_learner(settings), None, {"cpu": 0.0, "wall": 0.0})
    config = json.loads((folder.path / "config.json").read_text())
    assert settings_from_json(config, folder.path) == settings


def test_numbers_are_normalized_per_row_to_the_size_of_an_embedding():
    torch.manual_seed(0)
    agent = Agent(cnet(2, 1, 3, (12,), DRU(), own_message=False, width=64)).train()
    x = torch.rand(5, 12) * torch.tensor([[0.1], [1.0], [1.0], [10.0], [100.0]])
    seen = agent.observation_encoder(x)
    torch.testing.assert_close(seen.std(-1, correction=0), torch.ones(5), atol=0.01, rtol=0)
    torch.testing.assert_close(agent.observation_encoder(x[2:3]), seen[2:3])


@pytest.mark.parametrize(
    ("game", "image_observations"), [("relay_v0", True), ("color_digit_v0", True), ("referential_v0", False)]
)
def test_only_pictures_are_normalized_over_the_batch(game, image_observations):
    learner = make_learner(PPO(game, **TINY))
    (agent,) = learner.team().agents
    assert learner.core.image_observations == image_observations
    assert any(isinstance(module, BatchNorm) for module in agent.observation_encoder.modules()) == image_observations


@pytest.mark.parametrize(
    ("settings", "carrier"),
    [
        (Dial("relay_v0", length=3), DRU(3)),
        (Dial("relay_v0", carrier="gumbel", vocabulary=5, length=2), Gumbel(5, 2)),
        (Dial("relay_v0", carrier="quantized", vocabulary=5, length=2), Quantized(5, 2)),
        (Dial("relay_v0", carrier="number", length=4), Continuous(4)),
        (Rial("relay_v0", vocabulary=5, length=2), Symbols(5, 2)),
    ],
)
def test_messages_have_the_given_length(settings, carrier):
    assert make_learner(settings).channel(1.0).carrier == carrier


@pytest.mark.parametrize("recipe", [Dial, Rial, PPO])
def test_recipes_for_all_games_refuse_a_game_without_messages(recipe):
    for name in ("digits_v0", "forgery_v0"):
        rule = rf"a cooperative game in which agents receive messages; received '{name}'\. Choose one of"
        with pytest.raises(ValueError, match=rule):
            recipe(name)
    assert recipe.games is None
    assert set(games_of(recipe)) >= HEARD


def test_numbers_of_numpy_are_options():
    """In a separate process, without the runtime type checks of the tests."""
    script = """
import json
import numpy as np
from interlect.training import PPO
options = {"values": np.int64(4), "holdout_share": np.float32(0.5), "partial": np.True_}
print(json.dumps(PPO("referential_v0", game_options=options).game_options))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == '{"values": 4, "holdout_share": 0.5, "partial": true}\n', done.stderr
