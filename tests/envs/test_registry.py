"""The table of games, lazy imports, and PettingZoo's registry."""

import json
import subprocess
import sys

import interlect.envs
import pettingzoo
import pytest
from interlect.envs import GAMES, Core, Game, conformance, game, make_core, switch_riddle_v0
from interlect.envs.faces import ParallelFace


def test_names_are_there() -> None:
    assert callable(switch_riddle_v0.parallel_env)
    assert callable(conformance.check)
    for name in interlect.envs.__all__:
        assert getattr(interlect.envs, name) is not None
    assert dir(interlect.envs) == sorted(interlect.envs.__all__)
    with pytest.raises(AttributeError, match="no attribute 'chess'"):
        _ = interlect.envs.chess


@pytest.mark.parametrize("name", GAMES)
def test_every_game_has_its_parts(name: str) -> None:
    core = make_core(name, agents=3, lanes=2, seed=0)
    assert isinstance(core, Core)
    assert core.lanes == 2
    assert isinstance(game(name), Game)
    assert game(name).name == name
    assert len(GAMES[name].about) < 100


def test_unknown_names_get_a_guess() -> None:
    with pytest.raises(ValueError, match=r"no game 'swich_riddle_v0'. Did you mean 'switch_riddle_v0'\?"):
        make_core("swich_riddle_v0")
    with pytest.raises(ValueError, match=r"no option of switch_riddle_v0 'visit'. Did you mean 'visits'\?"):
        make_core("switch_riddle_v0", visit=None)
    with pytest.raises(ValueError, match="no game 'riddle'"):
        game("riddle")


@pytest.mark.parametrize("name", GAMES)
def test_pettingzoo_makes_every_game(name: str) -> None:
    unversioned = name.rpartition("_v")[0]
    for key in (f"interlect/{name}", f"interlect/{unversioned}"):
        assert isinstance(pettingzoo.make("parallel", key), ParallelFace)
        aec = pettingzoo.make("aec", key)
        assert isinstance(aec, pettingzoo.AECEnv)
        assert str(aec.unwrapped) == name
    assert pettingzoo.make("parallel", f"interlect/{name}", agents=4).max_num_agents == 4


def test_importing_registers_and_does_nothing_else() -> None:
    """In a new process: quick, silent, without torch and without the modules of any game."""
    program = """
import json, os, sys, time
import numpy, pettingzoo
before, start = dict(os.environ), time.perf_counter()
import interlect.envs
seconds = time.perf_counter() - start
loaded = [name for name in sys.modules if name == "torch" or "switch_riddle" in name]
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
    assert entries == {"interlect/switch_riddle-v0": "interlect.envs.switch_riddle_v0:parallel_env"}
    assert unchanged
