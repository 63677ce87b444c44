"""PettingZoo's own tests pass, for every kind of channel and observation."""

import re
import subprocess
import sys
from importlib import import_module
from itertools import product

import pytest
from interlect.envs import GAMES, switch_riddle_v0
from interlect.protocols import DRU, Channel, Continuous, Erasure, Flip, Gaussian, Symbols
from pettingzoo.test import api_test, parallel_api_test, parallel_seed_test, render_test, seed_test, state_test
from seats import seats

CHANNELS = (
    None,
    Channel(DRU(2), Flip(0.2)),
    Channel(Symbols(4, 2), Gaussian(0.3)),
    Channel(Continuous(2), Erasure(0.2)),
    Channel(Symbols(16)),
)
ARGUMENTS = [
    {
        "agents": 3,
        "channel": channel,
        "history": history,
        "mask_in_observation": mask,
        "mask": "action" if mask else "full",
    }
    for channel, history, mask in product(CHANNELS, (0, 2), (False, True))
]
KNOWN_REMARKS = (
    "Observation numpy array is all zeros.",  # whoever is outside the room, without history
    "Observation is not a NumPy array",  # it is a dictionary
    "Observation is a single number",  # without a channel it is
    "Action space for each agent probably should be gymnasium.spaces.box or gymnasium.spaces.discrete",
    "Observation space for each agent probably should be gymnasium.spaces.box or gymnasium.spaces.discrete",
)
pytestmark = [pytest.mark.filterwarnings(f"ignore:{re.escape(remark)}") for remark in KNOWN_REMARKS]


@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize("arguments", ARGUMENTS, ids=str)
def test_pettingzoo_accepts(name: str, arguments: dict) -> None:
    environments = import_module(f"interlect.envs{GAMES[name].environments}")
    arguments = {**arguments, "agents": seats(name, arguments["agents"])}

    def env(**more):
        return environments.env(**arguments, **more)

    parallel_api_test(environments.parallel_env(**arguments), num_cycles=100)
    api_test(env(), num_cycles=100)
    seed_test(env, num_cycles=50)
    parallel_seed_test(lambda: environments.parallel_env(**arguments), num_cycles=50)
    state_test(env(), environments.parallel_env(**arguments))
    render_test(env)


def test_raw_env_has_no_wrappers() -> None:
    raw = switch_riddle_v0.raw_env(channel=Channel())
    api_test(raw, num_cycles=100)
    assert type(raw).__name__ == "parallel_to_aec_wrapper"


def test_aec_shows_masks_and_state() -> None:
    env = switch_riddle_v0.env()
    env.reset(seed=0)
    masks = [env.infos[agent]["action_mask"].tolist() for agent in env.agents]
    assert sorted(masks) == [[1, 0], [1, 0], [1, 1]]
    assert env.state().shape == env.state_space.shape == (7,)


def test_games_import_without_a_registry_of_pettingzoo() -> None:
    """Versions before 1.27 have none."""
    program = "import pettingzoo; del pettingzoo.EnvSpec; import interlect.envs; interlect.envs.make_core('relay_v0')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
