"""The conformance suite passes the valid environments of PettingZoo and mpe2, and finds the faults of the others.

These faults of pettingzoo 1.27.0 were verified without the suite:

- Knights, archers and zombies: ``reset`` does not reset ``zombie_spawn_interval``, the counter of steps until the next
  zombie, so the episode of a seed depends on how long the episode before it was.
- Multiwalker: after ``max_cycles`` steps, agents are terminated, not truncated. With ``terminate_on_fall=False``,
  ``state()`` raises ``AttributeError`` as soon as a walker has fallen.
- Pistonball with ``render_mode="rgb_array"``: steps redraw parts of the screen only, from which observations are taken,
  and ``render()`` draws all of it, so rendering changes pixels of later observations (in 4 of 40 runs of up to two
  episodes).
"""

from functools import partial
from importlib import import_module
from typing import Any

import pytest
from interlect.envs import conformance

WALKERS = "pettingzoo.sisl.multiwalker_v9"
ZOMBIES = "pettingzoo.butterfly.knights_archers_zombies_v11"
PISTONS = "pettingzoo.butterfly.pistonball_v6"
SMALL: list[tuple[str, dict[str, Any]]] = [
    ("pettingzoo.butterfly.cooperative_pong_v6", {"max_cycles": 8, "render_ratio": 8, "ball_speed": 2}),
    (PISTONS, {"max_cycles": 6, "n_pistons": 3}),
    (
        "pettingzoo.sisl.pursuit_v5",
        {"max_cycles": 8, "x_size": 8, "y_size": 8, "n_evaders": 4, "n_pursuers": 2, "surround": False},
    ),
]
PARTICLES = (
    "collect_treasure_v1",
    "simple_adversary_v3",
    "simple_crypto_v3",
    "simple_formation_v1",
    "simple_line_v1",
    "simple_push_v3",
    "simple_reference_v3",
    "simple_speaker_listener_v4",
    "simple_spread_v3",
    "simple_tag_v3",
    "simple_v3",
    "simple_world_comm_v3",
)
LARGE = {"collect_treasure_v1", "simple_world_comm_v3"}


@pytest.fixture(autouse=True)
def no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gymnasium.logger.min_level", 40)  # cooperative pong warns about its own call of render()
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setattr("interlect.envs.conformance.episodes.MANY_STEPS", 200)


def maker(module: str, **options: Any) -> Any:
    """A function that makes the environment; the test is skipped where a library of its physics is missing."""
    for name, library in ((PISTONS, "pymunk"), (ZOMBIES, "pygame"), (WALKERS, "Box2D")):
        if module == name or (library == "pygame" and "pettingzoo" in module):
            pytest.importorskip(library)
    return partial(import_module(module).parallel_env, **options)


@pytest.mark.parametrize(("module", "options"), SMALL, ids=lambda value: value if isinstance(value, str) else "")
def test_environments_of_pettingzoo_conform(module: str, options: dict[str, Any]) -> None:
    conformance.check(maker(module, **options), time_limit=options["max_cycles"])


@pytest.mark.parametrize("number", [n for n, name in enumerate(PARTICLES) if name not in LARGE])
def test_particle_environments_conform(number: int) -> None:
    make_env = maker(f"mpe2.{PARTICLES[number]}", max_cycles=4, continuous_actions=number % 2 == 0)
    conformance.check(make_env, time_limit=4)


@pytest.mark.exhaustive
@pytest.mark.parametrize("render_mode", [None, "rgb_array"])
@pytest.mark.parametrize("continuous", [False, True])
@pytest.mark.parametrize("name", PARTICLES)
def test_all_particle_environments_conform(
    name: str, continuous: bool, render_mode: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    make_env = maker(f"mpe2.{name}", max_cycles=8, continuous_actions=continuous, render_mode=render_mode)
    conformance.check(make_env, time_limit=8)


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("pettingzoo.butterfly.cooperative_pong_v6", {"render_mode": "rgb_array"}),
        ("pettingzoo.sisl.pursuit_v5", {"render_mode": "rgb_array"}),
        (PISTONS, {"n_pistons": 5}),
        (PISTONS, {"n_pistons": 5, "continuous": False}),
    ],
)
def test_environments_of_pettingzoo_conform_as_they_are_released(module: str, options: dict[str, Any]) -> None:
    conformance.check(maker(module, max_cycles=12, **options), time_limit=12)


def test_a_zombie_that_comes_too_early_is_found() -> None:
    for name in conformance.CHECKS.keys() - {"abandoned_episodes_leave_nothing"}:
        conformance.CHECKS[name](maker(ZOMBIES, max_cycles=4, spawn_delay=4))
    with pytest.raises(conformance.ConformanceError) as found:
        conformance.check(maker(ZOMBIES, max_cycles=4, spawn_delay=4))
    assert found.value.rule == "abandoned_episodes_leave_nothing"


@pytest.mark.exhaustive
def test_a_limit_that_terminates_is_found() -> None:
    """It is the last rule, so all others hold. Box2D is not among the requirements: not every platform has it."""
    with pytest.raises(conformance.ConformanceError) as found:
        conformance.check(maker(WALKERS, max_cycles=3), time_limit=3)
    assert found.value.rule == "time_limit_is_truncation"
