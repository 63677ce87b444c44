"""A game of another author has what the games of this package have, and what is wrong with it is said at once."""

import sys
from dataclasses import replace
from functools import partial
from types import ModuleType

import numpy as np
import pettingzoo
import pytest
from interlect.envs import (
    GAMES,
    Game,
    GameEnv,
    GameSpec,
    ReferenceReturn,
    conformance,
    evaluate,
    game,
    make_core,
    play,
    register_game,
)
from interlect.envs.core.registry import default_agents, example_episodes, knowledge
from interlect.envs.digits import knowledge as digits_knowledge
from interlect.envs.digits.reference_players import reference_player
from interlect.envs.digits.rules import Digits
from interlect.protocols import Channel, Symbols
from interlect.training.command_line.main import main

CHANNEL = Channel(Symbols(2))


class Theirs(Digits):
    role = "guest"


def reference_returns(agents: int) -> dict[str, ReferenceReturn]:
    return {"oracle": ReferenceReturn("oracle", 1.0, "exact", "as in naming digits")}


def their_game(pictures: str = "train") -> Game:
    core = partial(Theirs, pictures=pictures)
    return Game("theirs_v0", lambda agents, lanes, seed: core(agents, lanes, seed), reference_returns, reference_player)


SPEC = GameSpec(
    "name a digit",
    core=Theirs,
    game=their_game,
    environments="theirs.theirs_v0",
    knowledge="interlect.envs.digits.knowledge:knowledge",
    held_out_options={"pictures": "held_out"},
    has_messages=False,
)


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interlect.envs.core.registry.GAMES", dict(GAMES))
    monkeypatch.setattr("interlect.training.command_line.commands.GAMES", GAMES | {"theirs_v0": SPEC})
    for registry in (pettingzoo.parallel_registry, pettingzoo.aec_registry):
        monkeypatch.setitem(registry, "interlect/theirs-v0", None)
        monkeypatch.delitem(registry, "interlect/theirs-v0")
    package, module = ModuleType("theirs"), ModuleType("theirs.theirs_v0")
    module.parallel_env = lambda **options: GameEnv(Theirs(**options), name="theirs_v0")
    monkeypatch.setitem(sys.modules, "theirs", package)
    monkeypatch.setitem(sys.modules, "theirs.theirs_v0", module)
    register_game("theirs_v0", SPEC)


@pytest.mark.usefixtures("registered")
def test_it_is_built_played_evaluated_and_studied() -> None:
    core = make_core("theirs_v0", agents=2, lanes=5, seed=0, pictures="held_out")
    assert core.possible_agents == ["guest_0", "guest_1"]
    assert default_agents("theirs_v0") == 1
    played = game("theirs_v0", pictures="held_out")
    player = played.reference_player("vision", played.core(2, 1, 0), CHANNEL.carrier)
    transcript = play(core, reference_player("oracle", core, CHANNEL.carrier), CHANNEL)
    assert (transcript.returns == 1).all()
    found = knowledge("theirs_v0", transcript, CHANNEL)
    assert found.actions.total == digits_knowledge.knowledge(transcript, CHANNEL).actions.total == 10
    assert example_episodes("theirs_v0", transcript, CHANNEL) == ()
    with pytest.raises(ValueError, match=r"theirs_v0 has no option 'picture'. Did you mean 'pictures'"):
        game("theirs_v0", picture="train")
    assert player is not None
    result = evaluate(game("theirs_v0"), 2, Zeros(), CHANNEL, episodes=100)
    assert result.how.startswith("paired with the oracle")
    assert result.communication_gain_reason == "the optimum without communication is unknown"


class Zeros:
    """Names zero."""

    def initial_state(self, seats):
        return {}

    def step(self, inputs, state, rng):
        return (
            np.zeros(len(inputs.observation), dtype=np.int64),
            np.eye(2, dtype=np.float32)[[0] * len(inputs.observation), None],
            state,
        )


@pytest.mark.usefixtures("registered")
def test_it_is_listed_and_made_by_pettingzoo(capsys: pytest.CaptureFixture) -> None:
    assert main(["list"]) == 0
    assert "theirs_v0" in capsys.readouterr().out
    assert pettingzoo.make("parallel", "interlect/theirs_v0", agents=3).possible_agents[2] == "guest_2"


@pytest.mark.usefixtures("registered")
def test_it_is_checked() -> None:
    conformance.check_core(lambda lanes, seed: make_core("theirs_v0", agents=2, lanes=lanes, seed=seed))


@pytest.mark.parametrize(
    ("name", "spec", "message"),
    [
        ("", SPEC, "name of a game must be a non-empty string; received ''"),
        (
            "other_v0",
            replace(SPEC, core="theirs"),
            r'core of a GameSpec must be callable or a path "package.module:name"; ',
        ),
        ("other_v0", replace(SPEC, game=None), "game of a GameSpec must be callable or a path .* received None"),
        ("other_v0", replace(SPEC, knowledge=3), "knowledge of a GameSpec must be callable or a path .* received 3"),
        ("digits_v0", SPEC, "of a game must be unique; received 'digits_v0'. Choose another name"),
    ],
)
@pytest.mark.usefixtures("registered")
def test_what_is_no_game_is_refused(name: str, spec: GameSpec, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        register_game(name, spec)
