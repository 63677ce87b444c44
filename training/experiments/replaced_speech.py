"""The speech actions of mpe2's speaker-listener environment are replaced by a learned channel.

The speaker observes which of three landmarks is the target; the listener observes the positions of all landmarks and
moves. Both are rewarded for a short distance between the listener and the target. In the original, the speaker's
action is one of three words, which is part of the listener's next observation. The channel transmits one of three
symbols, received with the next observation, so capacity and delay are the same. All variants have the same learner.

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
from ...protocols.common.errors import invalid
from ...protocols.common.player import Player, PlayerInput, PlayerOutput, State
from ..learners.ppo import PPO
from ..run_folders.paths import is_run
from ..run_folders.run_folder import RunFolder
from ..runs.loop import Run, resume, train
from .experiment import Rows, experiment

WORDS, SIZE = 3, 8
"""Number of words; size of the listener's observation without words (velocity and vectors to the landmarks)."""
EPISODES, HELD_OUT = 1000, 1_000_000
"""Number of evaluation episodes, and their seed, on which no run is trained."""
RUNS = Path("runs/replaced_speech")
"""Folder of the runs; the same command resumes interrupted ones."""
NO_MESSAGES = np.zeros((2, 2), dtype=bool)
LISTENS = np.array([[False, False], [True, False]])
"""``hears[receiver, sender]``: the listener receives the speaker's messages."""
DAMPING, TOLERANCE = 0.2, 0.05
"""Weight of the velocity, and tolerance of the distance, of the scripted listener; the best of a few values tried."""
ORIGINAL, WITHOUT_SPEECH = "speaker_listener", "speaker_listener_without_speech"
CHANNEL = "learned channel"
Arm: TypeAlias = tuple[str, Mapping[str, Any]]
"""A game, and settings that differ from ``SETTINGS``."""
ARMS: dict[str, Arm] = {
    "original speech": (ORIGINAL, {"silent": True}),
    CHANNEL: (WITHOUT_SPEECH, {}),
    "silenced": (WITHOUT_SPEECH, {"silent": True}),
    "vocabulary of one symbol": (WITHOUT_SPEECH, {"vocabulary": 1}),
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


def original_env() -> Any:
    """mpe2's environment without PettingZoo's checks of every action, which take more time than the environment."""
    from mpe2.simple_speaker_listener.simple_speaker_listener import raw_env

    return aec_to_parallel(raw_env())


class WithoutSpeech(BaseParallelWrapper[str, Any, Any]):
    """The same environment, in which the speaker has a single action, which the listener does not observe."""

    def __init__(self) -> None:
        super().__init__(original_env())
        listener_space = spaces.Box(-np.inf, np.inf, (SIZE,), np.float32)
        self._no_action = spaces.Discrete(1)
        self._observation_spaces = {"speaker_0": self.env.observation_space("speaker_0"), "listener_0": listener_space}

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        return self._observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Space[Any]:
        return self._no_action if agent == "speaker_0" else self.env.action_space(agent)

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        observations, infos = self.env.reset(seed=seed, options=options)
        return _without_speech(observations), infos

    def step(self, actions: dict[str, Any]) -> Any:
        observations, *rest = self.env.step(actions)
        return _without_speech(observations), *rest


class ScriptedTeam:
    """A team that sends the target landmark and moves straight to the received one, or to the center without one."""

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        return {"seat": seats}

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        word = np.eye(WORDS, dtype=np.float32)[inputs.observation[:, :WORDS].argmax(axis=1)]
        vectors = inputs.observation[:, 2:SIZE].reshape(-1, WORDS, 2)
        received = vectors[np.arange(len(vectors)), inputs.heard.sum(axis=1).argmax(axis=1)]
        has_message = (inputs.present.sum(axis=1) > 0)[:, None]
        direction = np.where(has_message, received, vectors.mean(axis=1))
        force = direction - DAMPING * inputs.observation[:, :2]
        axis = np.abs(force).argmax(axis=1)
        component = force[np.arange(len(force)), axis]
        move = np.where(np.abs(component) > TOLERANCE, 1 + 2 * axis + (component > 0), 0)
        return np.where(state["seat"] == 0, 0, move), word[:, None], state


def register() -> None:
    """Register both environments as games, unless they are registered already."""
    if ORIGINAL not in GAMES:
        about = "a listener moves to the landmark that a speaker observes (mpe2)"
        register_environment(ORIGINAL, original_env, NO_MESSAGES, about=about)
        register_environment(WITHOUT_SPEECH, WithoutSpeech, LISTENS, about=f"{about}, without its own speech actions")


def run(seed: int) -> Rows:
    """Return per episode of each variant, of the scripted team, and of the learned channel under interventions."""
    register()
    rows = {"scripted": scripted_return("normal"), "scripted, silenced": scripted_return("silent")}
    for name, (environment, changes) in ARMS.items():
        settings = PPO(environment, seed=seed, **{**SETTINGS, **changes})
        team = train_or_resume(settings, RUNS / name.replace(" ", "_") / f"seed-{seed}").team
        rows[name] = mean_return(environment, team, team.channel, "silent" if settings.silent else "normal")
        if name == CHANNEL:
            rows |= {
                f"{name}, {heard}": mean_return(environment, team, team.channel, heard)
                for heard in ("shuffled", "silent")
            }
    low, high = (rows[name]["return"] for name in ("scripted, silenced", "scripted"))
    return {name: row | {"normalized": (row["return"] - low) / (high - low)} for name, row in rows.items()}


def train_or_resume(settings: PPO, folder: Path) -> Run:
    """Train a run in a folder, or resume the run that it holds.

    Raises:
        ValueError: if the folder holds a run with other settings.
    """
    if not is_run(folder):
        return train(settings, folder)
    if RunFolder.open(folder).settings() != settings:
        raise invalid(
            "A resumed study must keep its settings",
            str(folder),
            "Choose another folder, or pass the previous settings.",
        )
    return resume(folder)


@cache
def scripted_return(heard: str) -> dict[str, float]:
    """The return of ``ScriptedTeam``."""
    return mean_return(WITHOUT_SPEECH, ScriptedTeam(), Channel(Sampled(WORDS)), heard)


def mean_return(name: str, player: Player, channel: Channel, heard: str) -> dict[str, float]:
    """Mean return over held-out episodes."""
    result = evaluate(game(name), 2, player, channel, heard, EPISODES, HELD_OUT)
    return {"return": result.return_mean}


def _without_speech(observations: dict[str, Any]) -> dict[str, Any]:
    return {agent: observation[:SIZE] for agent, observation in observations.items()}


if __name__ == "__main__":
    experiment("mpe2's speaker-listener: return per episode on held-out seeds", "replaced_speech", run)
