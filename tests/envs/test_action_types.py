"""Actions of any integer type give the same episodes in all games; anything else is refused."""

from inspect import unwrap
from typing import Any

import numpy as np
import pytest
from interlect.envs import GAMES, check_action, make_core
from interlect.envs.core.core import Core


def rewards(core: Core, dtype: Any) -> np.ndarray:
    """The rewards of one episode of random legal actions."""
    rng, step, won = np.random.default_rng(0), core.reset(), []
    for _ in range(core.horizon):
        action = (rng.random(step.legal.shape) * step.legal).argmax(axis=2)
        step = core.step(action.astype(dtype))
        won.append(step.reward)
    return np.stack(won)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint64, np.int8])
@pytest.mark.parametrize("name", GAMES)
def test_any_integers_are_actions(name: str, dtype: Any) -> None:
    expected = rewards(make_core(name, lanes=64, seed=0), np.int64)
    assert (rewards(make_core(name, lanes=64, seed=0), dtype) == expected).all()
    assert expected.any()


@pytest.mark.parametrize("convert", [np.float64, np.bool_, np.str_, object, list], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("name", GAMES)
def test_other_types_are_refused(name: str, convert: Any) -> None:
    core = make_core(name, lanes=2, seed=0)
    legal = core.reset().legal
    plain = legal.argmax(axis=2)
    action = plain.tolist() if convert is list else plain.astype(convert)
    with pytest.raises(ValueError, match=r"must be an array of integers; received .*Pass actions\.astype"):
        unwrap(check_action)(core, action, legal)  # past the types that are checked while tests run
