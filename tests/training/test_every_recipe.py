"""Every recipe trains on every game that it runs on: two updates, a checkpoint, an evaluation, and the saved team."""

import numpy as np
import pytest
from interlect.envs import GAMES
from interlect.training import Run, train
from interlect.training.recipes.table import games_of, make_learner, recipes

OURS = set(GAMES)
"""Computed at collection time, as some tests register games."""
CELLS = [(name, game) for name, recipe in recipes().items() for game in games_of(recipe)]


@pytest.mark.parametrize(("name", "game"), CELLS)
def test_two_updates(name, game, tmp_path):
    settings = recipes()[name](game, updates=2, batch=8, width=8, evaluate_every=2)
    begun = make_learner(settings).team()
    run = train(settings, tmp_path / "run")
    assert np.isfinite(run.result["return_mean"])
    assert run.result["updates"] == 2
    again = Run.load(run.path).team
    assert len(again.agents) == len(begun.agents)
    moved = [
        not np.array_equal(a.detach().numpy(), b.detach().numpy())
        for one, other in zip(begun.agents, again.agents, strict=True)
        for a, b in zip(one.parameters(), other.parameters(), strict=True)
    ]
    assert any(moved)


def test_every_game_has_a_recipe():
    assert {game for _, game in CELLS} == OURS
