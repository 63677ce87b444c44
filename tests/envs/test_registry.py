"""The table of games, lazy imports, and PettingZoo's registry."""

import json
import subprocess
import sys

import interlect.envs
import numpy as np
import pettingzoo
import pytest
from interlect.envs import GAMES, Core, Game, conformance, game, make_core, relay_v0, switch_riddle_v0
from interlect.envs.adapters import GameEnv
from seats import seats


def test_names_are_there() -> None:
    assert callable(switch_riddle_v0.parallel_env)
    assert callable(relay_v0.parallel_env)
    assert callable(conformance.check)
    for name in interlect.envs.__all__:
        assert getattr(interlect.envs, name) is not None
    assert dir(interlect.envs) == sorted(interlect.envs.__all__)
    with pytest.raises(AttributeError, match="no attribute 'chess'"):
        _ = interlect.envs.chess


@pytest.mark.parametrize("name", GAMES)
def test_every_game_has_its_parts(name: str) -> None:
    agents = seats(name, 3)
    core = make_core(name, agents=agents, lanes=2, seed=0)
    assert isinstance(core, Core)
    assert core.lanes == 2
    assert isinstance(game(name), Game)
    assert game(name).name == name
    assert game(name).core(agents, 2, 0).possible_agents == core.possible_agents
    assert len(GAMES[name].about) < 100


def test_unknown_names_get_a_guess() -> None:
    with pytest.raises(ValueError, match=r"no game 'swich_riddle_v0'. Did you mean 'switch_riddle_v0'\?"):
        make_core("swich_riddle_v0")
    with pytest.raises(ValueError, match=r"switch_riddle_v0 has no option 'visit'. Did you mean 'visits'\?"):
        make_core("switch_riddle_v0", visit=None)
    with pytest.raises(ValueError, match="no game 'riddle'"):
        game("riddle")
    with pytest.raises(ValueError, match=r"relay_v0 has no option 'tasks'. Did you mean 'task'\?"):
        game("relay_v0", tasks="spell")
    with pytest.raises(ValueError, match="relay_v0 has no option 'lanes'"):
        game("relay_v0", lanes=3)


def test_a_game_is_made_with_its_options() -> None:
    assert make_core("relay_v0").agents == 4
    assert make_core("switch_riddle_v0").agents == 3
    assert game("relay_v0", task="spell", pictures="held_out").core(3, 2, 0).task == "spell"
    assert game("relay_v0").episode_count(4) is None
    with pytest.raises(ValueError, match="A game must be enumerable to have numbered episodes"):
        game("relay_v0").enumerated_core(4, np.arange(3))
    with pytest.raises(ValueError, match=r"need random visits; received \['visits'\]"):
        game("switch_riddle_v0", visits=np.zeros((1, 6), dtype=np.int64))


@pytest.mark.parametrize("name", GAMES)
def test_pettingzoo_makes_every_game(name: str) -> None:
    unversioned = name.rpartition("_v")[0]
    for key in (f"interlect/{name}", f"interlect/{unversioned}"):
        assert isinstance(pettingzoo.make("parallel", key), GameEnv)
        aec = pettingzoo.make("aec", key)
        assert isinstance(aec, pettingzoo.AECEnv)
        assert str(aec.unwrapped) == name
    agents = seats(name, 4)
    assert pettingzoo.make("parallel", f"interlect/{name}", agents=agents).max_num_agents == agents


def test_importing_registers_and_does_nothing_else() -> None:
    """In a new process: quick, silent, without torch, scikit-learn and the modules of any game."""
    program = """
import json, os, sys, time
import numpy, pettingzoo
games = ("digit", "forgery", "pairs", "referential", "relay", "riddle")
before, start = dict(os.environ), time.perf_counter()
import interlect.envs
seconds = time.perf_counter() - start
loaded = [name for name in sys.modules if name in ("torch", "sklearn") or any(game in name for game in games)]
entries = {key: spec.entry_point for key, spec in pettingzoo.parallel_registry.items() if "interlect" in key}
import importlib
importlib.reload(interlect.envs)
print(json.dumps([seconds, loaded, entries, dict(os.environ) == before]))
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    seconds, loaded, entries, unchanged = json.loads(done.stdout)
    assert seconds < 1
    assert loaded == []
    assert entries == {
        "interlect/color_digit-v0": "interlect.envs.color_digit_v0:parallel_env",
        "interlect/forgery-v0": "interlect.envs.forgery_v0:parallel_env",
        "interlect/multistep_digit-v0": "interlect.envs.multistep_digit_v0:parallel_env",
        "interlect/digits-v0": "interlect.envs.digits_v0:parallel_env",
        "interlect/switch_riddle-v0": "interlect.envs.switch_riddle_v0:parallel_env",
        "interlect/relay-v0": "interlect.envs.relay_v0:parallel_env",
        "interlect/referential-v0": "interlect.envs.referential_v0:parallel_env",
    }
    assert unchanged
