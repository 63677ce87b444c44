"""A game's own speech taken away, and a learned channel in its place: mpe2's speaker and listener.

The speaker sees which of three landmarks is meant; the listener sees where all of them are, and goes there. Both are
paid by how near it is. In the original the speaker's action is one of three words, which the listener's next
observation shows. In its place, a channel carries one of three symbols, heard with the next observation: as much, and
as late. The same learner trains all arms.
``python -m interlect.training.experiments.replaced_speech --seeds 0-4``
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from gymnasium import spaces
from jaxtyping import Integer
from pettingzoo.utils.conversions import aec_to_parallel
from pettingzoo.utils.wrappers import BaseParallelWrapper

from ...envs.core.evaluation import evaluate
from ...envs.core.registry import GAMES, game
from ...envs.wrapping import register_environment
from ...protocols import Channel, Sampled
from ...protocols.common.errors import bad
from ...protocols.common.player import Player, PlayerInput, PlayerOutput, State
from ..learners.ppo import PPO
from ..runs.loop import Run, resume, train
from ..runs.run_folder import RunFolder
from .experiment import Rows, experiment

WORDS, SEEN = 3, 8
"""How many words there are; and how many numbers the listener sees without them: velocity, and ways to landmarks."""
EPISODES, HELD_OUT = 1000, 1_000_000
"""How many episodes a team is evaluated on, and their seed: no run is trained on them."""
RUNS = Path("runs/replaced_speech")
"""Where runs are kept: the same command goes on with those that were stopped."""
NOBODY = np.zeros((2, 2), dtype=bool)
LISTENS = np.array([[False, False], [True, False]])
"""``hears[receiver, sender]``: the listener hears the speaker."""
COAST, NEAR = 0.2, 0.05
"""How much of the way a velocity counts for; and how near is near enough. The best of a few that were tried."""
ORIGINAL, UNSPOKEN = "speaker_listener", "speaker_listener_without_speech"
CHANNEL = "a learned channel"
Arm: TypeAlias = tuple[str, Mapping[str, Any]]
"""A game, and what its settings differ in."""
ARMS: dict[str, Arm] = {
    "its own speech": (ORIGINAL, {"silent": True}),
    CHANNEL: (UNSPOKEN, {}),
    "silenced": (UNSPOKEN, {"silent": True}),
    "a constant message": (UNSPOKEN, {"vocabulary": 1}),
}
SETTINGS: dict[str, Any] = {
    "vocabulary": WORDS,
    "updates": 300,
    "batch": 128,
    "width": 128,
    "shared": False,
    "layers": 0,
    "critic": "central",
    "reward_scale": 0.1,
    "gamma": 0.9,
    "gae_lambda": 0.95,
    "entropy": 0.015,
    "epochs": 8,
    "minibatches": 8,
    "learning_rate": 3e-3,
    "evaluate_every": 100,
    "checkpoint_every": 25,
}


def original() -> Any:
    """mpe2's environment, without PettingZoo's checks of every action, which take more time than the game."""
    from mpe2.simple_speaker_listener.simple_speaker_listener import raw_env

    return aec_to_parallel(raw_env())


class Unspoken(BaseParallelWrapper[str, Any, Any]):
    """The same, where the speaker can do nothing, and the listener does not see what it did."""

    def __init__(self) -> None:
        super().__init__(original())
        seen = spaces.Box(-np.inf, np.inf, (SEEN,), np.float32)
        self._nothing = spaces.Discrete(1)
        self._seen = {"speaker_0": self.env.observation_space("speaker_0"), "listener_0": seen}

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        return self._seen[agent]

    def action_space(self, agent: str) -> spaces.Space[Any]:
        return self._nothing if agent == "speaker_0" else self.env.action_space(agent)

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        observations, infos = self.env.reset(seed=seed, options=options)
        return _unspoken(observations), infos

    def step(self, actions: dict[str, Any]) -> Any:
        observations, *rest = self.env.step(actions)
        return _unspoken(observations), *rest


class Straight:
    """Names the landmark that is meant, and goes straight to the one that was named; else to the middle of all."""

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        return {"seat": seats}

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        word = np.eye(WORDS, dtype=np.float32)[inputs.observation[:, :WORDS].argmax(axis=1)]
        ways = inputs.observation[:, 2:SEEN].reshape(-1, WORDS, 2)
        named = ways[np.arange(len(ways)), inputs.heard.sum(axis=1).argmax(axis=1)]
        hears = (inputs.present.sum(axis=1) > 0)[:, None]
        way = np.where(hears, named, ways.mean(axis=1))
        off = way - COAST * inputs.observation[:, :2]
        axis = np.abs(off).argmax(axis=1)
        most = off[np.arange(len(off)), axis]
        push = np.where(np.abs(most) > NEAR, 1 + 2 * axis + (most > 0), 0)
        return np.where(state["seat"] == 0, 0, push), word[:, None], state


def register() -> None:
    """Put both games in the table of games, unless they are there."""
    if ORIGINAL not in GAMES:
        about = "a listener goes to the landmark that a speaker sees (mpe2)"
        register_environment(ORIGINAL, original, NOBODY, about=about)
        register_environment(UNSPOKEN, Unspoken, LISTENS, about=f"{about}, without the game's own speech")


def run(seed: int) -> Rows:
    """What each arm earns an episode, beside the scripted team; and learned channels after they were disturbed."""
    register()
    rows = {"scripted": scripted("normal"), "scripted, silenced": scripted("silent")}
    for name, (made, changes) in ARMS.items():
        settings = PPO(made, seed=seed, **{**SETTINGS, **changes})
        team = trained(settings, RUNS / name.replace(" ", "_") / f"seed-{seed}").team
        rows[name] = worth(made, team, team.channel, "silent" if settings.silent else "normal")
        if name == CHANNEL:
            rows |= {f"{name}, {heard}": worth(made, team, team.channel, heard) for heard in ("shuffled", "silent")}
    low, high = (rows[name]["return"] for name in ("scripted, silenced", "scripted"))
    return {name: row | {"of the way": (row["return"] - low) / (high - low)} for name, row in rows.items()}


def trained(settings: PPO, folder: Path) -> Run:
    """The run of a folder, which is begun, or gone on with if it was stopped.

    Raises:
        ValueError: if it was begun with other settings.
    """
    if not RunFolder(folder).has_checkpoint():
        return train(settings, folder)
    if RunFolder.open(folder).settings() != settings:
        raise bad("A study that is gone on with keeps its settings", str(folder), "Delete the folder.")
    return resume(folder)


@cache
def scripted(heard: str) -> dict[str, float]:
    """What ``Straight`` earns over the channel."""
    return worth(UNSPOKEN, Straight(), Channel(Sampled(WORDS)), heard)


def worth(made: str, player: Player, channel: Channel, heard: str) -> dict[str, float]:
    """The mean return of held-out episodes."""
    found = evaluate(game(made), 2, player, channel, heard, EPISODES, HELD_OUT)
    return {"return": found.return_mean}


def _unspoken(observations: dict[str, Any]) -> dict[str, Any]:
    return {agent: seen[:SEEN] for agent, seen in observations.items()}


if __name__ == "__main__":
    experiment("mpe2's speaker and listener: return of an episode, held-out seeds", "replaced_speech", run)
