"""Registering again under the same name, as a notebook cell that runs twice does."""

import pytest
from interlect.envs.core import players
from interlect.envs.core.registry import GAMES, GameSpec, game_spec, register_game
from interlect.envs.wrapping import register_environment
from interlect.training.reports import metrics, sections
from small_envs import Walks


def spec():
    return GameSpec("a game", core=lambda **options: None, game=lambda: None)


@pytest.fixture(autouse=True)
def registries(monkeypatch):
    for module, name in ((players, "PLAYERS"), (metrics, "METRICS"), (sections, "SECTIONS")):
        monkeypatch.setattr(module, name, dict(getattr(module, name)))
    before = dict(GAMES)
    yield
    GAMES.clear()
    GAMES.update(before)


def test_a_game_is_replaced_only_on_request():
    one, other = spec(), spec()
    register_game("twice_v0", one)
    with pytest.raises(ValueError, match=r"must be unique; received 'twice_v0'.*or pass replace=True\."):
        register_game("twice_v0", other)
    assert game_spec("twice_v0") is one
    register_game("twice_v0", other, replace=True)
    assert game_spec("twice_v0") is other


def test_games_of_this_package_are_never_replaced():
    with pytest.raises(ValueError, match=r"must be unique; received 'relay_v0'. Choose another name\.$"):
        register_game("relay_v0", spec(), replace=True)


def test_an_environment_is_replaced_only_on_request():
    register_environment("twice_env", Walks, horizon=3)
    with pytest.raises(ValueError, match=r"or pass replace=True\."):
        register_environment("twice_env", Walks, horizon=3)
    register_environment("twice_env", Walks, horizon=3, about="the second", replace=True)
    assert game_spec("twice_env").about == "the second"


@pytest.mark.parametrize("door", [players.register_player, metrics.register_metric, sections.register_report_section])
def test_players_metrics_and_sections_are_replaced_only_on_request(door):
    door("twice", lambda *arguments: 1)
    with pytest.raises(ValueError, match=r"pass replace=True\."):
        door("twice", lambda *arguments: 2)
    door("twice", lambda *arguments: 2, replace=True)
