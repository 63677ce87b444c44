"""The conformance suite for environments passes every game, and names the rule that each broken one breaks."""

from collections.abc import Callable
from functools import partial
from inspect import unwrap
from typing import Any

import ill_formed_envs
import meddling_envs
import numpy as np
import pytest
from broken_envs import BROKEN, STRICTLY_BROKEN, EndsApart, NeverTruncates, RiddleEnv, SeededByDefault, Strangers
from foreign_envs import FreelyNamed, Party
from ill_formed_envs import ILL_FORMED, STRICTLY_ILL_FORMED
from interlect.envs import GAMES, conformance, make_core, switch_riddle_v0
from interlect.envs.conformance.env_checks import time_limit_is_truncation
from interlect.protocols import (
    DRU,
    Channel,
    Composed,
    Continuous,
    Delay,
    Erasure,
    Flip,
    Gaussian,
    Quantized,
    Sampled,
    Symbols,
)
from meddling_envs import MEDDLING, STRICTLY_MEDDLING, LuckyEnv, TalkingEnv
from pettingzoo import make

CHANNELS = (
    None,
    Channel(DRU(2), Flip(0.2)),
    Channel(Symbols(4, 2), Gaussian(0.3)),
    Channel(Continuous(2), Erasure(0.2)),
    Channel(Symbols(16)),
    Channel(Sampled(3, 2)),
    Channel(Quantized(3), Composed((Erasure(0.2), Delay(1), Gaussian(0.1)))),
)

ALL_BROKEN = BROKEN + ILL_FORMED + MEDDLING
ALL_STRICTLY_BROKEN = STRICTLY_BROKEN + STRICTLY_ILL_FORMED + STRICTLY_MEDDLING
NOT_RENAMED = (Strangers, *ill_formed_envs.HIDDEN_BY_NAMES, *meddling_envs.HIDDEN_BY_NAMES)


VARIANTS = [
    {"history": history, "mask": mask, "mask_in_observation": inside, "illegal": illegal}
    for mask, inside, illegal in (("full", False, "replace"), ("action", True, "error"))
    for history in (0, 2)
]
"""Each game plays over each channel with one of the variants, and over each variant with at least one channel."""


def conforms(name: str, channel: Channel | None, variant: int) -> None:
    make_env = partial(make, "parallel", f"interlect/{name}", channel=channel, **VARIANTS[variant])
    conformance.check(make_env, strict=True)


@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize("number", range(len(CHANNELS)))
def test_every_game_conforms(name: str, number: int, monkeypatch: Any) -> None:
    monkeypatch.setattr("interlect.envs.conformance.episodes.MANY_STEPS", 200)
    conforms(name, CHANNELS[number], (number + list(GAMES).index(name)) % len(VARIANTS))


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize("channel", CHANNELS, ids=str)
def test_every_game_conforms_in_every_variant(name: str, channel: Channel | None) -> None:
    for variant in range(len(VARIANTS)):
        conforms(name, channel, variant)


def test_a_deadline_that_truncates_is_a_time_limit() -> None:
    make_env = partial(switch_riddle_v0.parallel_env, deadline="truncates")
    conformance.check(make_env, time_limit=make_core("switch_riddle_v0").horizon, strict=True)


def test_an_environment_without_randomness_conforms() -> None:
    visits = np.array([[0, 1, 2, 2, 1, 0]])
    conformance.check(
        lambda: switch_riddle_v0.parallel_env(visits=visits, deadline="truncates"), time_limit=6, strict=True
    )


def named(value: Any) -> str:
    return getattr(value, "__name__", value)


def caught(make_env: Callable[[], Any], strict: bool = False) -> str:
    """The rule that an environment breaks."""
    with pytest.raises(conformance.ConformanceError) as broken:
        conformance.check(make_env, time_limit=6, strict=strict)
    assert str(broken.value).startswith(f"{broken.value.rule}: ")
    return broken.value.rule


@pytest.mark.parametrize(("rule", "make_env"), ALL_BROKEN, ids=named)
def test_broken_environments_are_caught(rule: str, make_env: Callable[[], Any], monkeypatch: Any) -> None:
    monkeypatch.setattr("interlect.envs.conformance.episodes.MAX_STEPS", 100)
    if rule != "observations_lie_in_spaces":
        monkeypatch.setattr("interlect.envs.conformance.episodes.MANY_STEPS", 100)
    assert caught(make_env, strict=rule != "time_limit_is_truncation") == rule
    if make_env not in NOT_RENAMED:
        assert caught(lambda: FreelyNamed(make_env())) == rule


@pytest.mark.parametrize(("rule", "make_env"), ALL_STRICTLY_BROKEN, ids=named)
def test_what_breaks_a_strict_rule_is_caught_with_strict(rule: str, make_env: Callable, monkeypatch: Any) -> None:
    """It breaks no other rule: the strict ones are checked after all others but the time limit."""
    monkeypatch.setattr("interlect.envs.conformance.episodes.MANY_STEPS", 100)
    assert caught(make_env, strict=True) == rule
    if make_env is not EndsApart:
        time_limit_is_truncation(make_env, 6)


def test_strict_rules_are_checked_last_and_only_with_strict() -> None:
    conformance.check(STRICTLY_BROKEN[0][1], time_limit=6)
    assert list(conformance.CHECKS | conformance.STRICT_CHECKS)[: len(conformance.CHECKS)] == list(conformance.CHECKS)


def test_every_check_of_an_environment_was_seen_catching() -> None:
    assert {rule for rule, _ in ALL_BROKEN} == {*conformance.CHECKS, "time_limit_is_truncation"}
    assert {rule for rule, _ in ALL_STRICTLY_BROKEN} == {*conformance.STRICT_CHECKS}


def test_environments_of_others_conform() -> None:
    conformance.check(lambda: FreelyNamed(RiddleEnv()), time_limit=6)
    assert caught(lambda: FreelyNamed(RiddleEnv()), strict=True) == "agents_have_roles"
    conformance.check(Party)


@pytest.mark.parametrize("make_env", [LuckyEnv, TalkingEnv])
def test_what_is_broken_was_sound(make_env: Callable[[], Any]) -> None:
    conformance.check(make_env, time_limit=6, strict=True)


@pytest.mark.parametrize("make_env", [switch_riddle_v0.env, lambda: None], ids=["AEC", "None"])
def test_what_is_no_parallel_environment_is_told_apart(make_env: Callable[[], Any]) -> None:
    with pytest.raises(ValueError, match=r"must be a parallel environment; received .*Pass a parallel environment"):
        conformance.check(make_env)


def test_a_factory_that_seeds_and_a_wrong_time_limit_are_told_apart() -> None:
    with pytest.raises(conformance.ConformanceError, match="make_env must not seed the environment"):
        conformance.check(SeededByDefault)
    with pytest.raises(conformance.ConformanceError, match="Pass time_limit only if the environment truncates"):
        conformance.check(NeverTruncates, time_limit=6)


@pytest.mark.parametrize("make", [switch_riddle_v0.parallel_env(), lambda agents: None, "switch_riddle_v0"])
def test_what_cannot_make_an_environment_is_refused(make: Any) -> None:
    with pytest.raises(ValueError, match=r"without arguments.*; received .*lambda: my_parallel_env"):
        unwrap(conformance.check)(make)  # past the types that are checked while tests run
