"""Playing episodes: one player (or team) on a core, over a channel, with an intervention. No learning happens here."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Integer, Shaped

from ..protocols.channel import Channel
from ..protocols.interventions import Intervention, normal
from ..protocols.player import Player
from .core import Core


@dataclass(frozen=True)
class Transcript:
    """All that was seen, heard, said and done in B episodes; frames after a lane's end have ``live`` false."""

    observation: Shaped[np.ndarray, "T B N ..."]
    heard: Float32[np.ndarray, "T B N N size"]
    present: Bool[np.ndarray, "T B N N"]
    action: Integer[np.ndarray, "T B N"]
    sent: Float32[np.ndarray, "T B N ..."]
    reward: Float32[np.ndarray, "T B N"]
    live: Bool[np.ndarray, "T B"]
    hears: Bool[np.ndarray, "T B N N"]
    """``hears[t, b, receiver, sender]``: who may hear, at t + 1, what was sent at t."""
    facts: dict[str, Integer[np.ndarray, "T B"]]

    @property
    def returns(self) -> Float32[np.ndarray, "B N"]:
        """The undiscounted return of each lane and agent."""
        return self.reward.sum(axis=0)


def play(
    core: Core,
    player: Player,
    channel: Channel,
    intervene: Intervention = normal,
    rng: np.random.Generator | None = None,
) -> Transcript:
    """Play one whole episode in every lane of ``core``, from its next episode on.

    Args:
        core: the game; it is reset first.
        player: plays all rows, lane-major (row = lane x N + seat).
        channel: carries the messages.
        intervene: what is done to messages before they are heard.
        rng: for random players and interventions; seeded with 0 if None.
    """
    rng = rng or np.random.default_rng(0)
    batch, agents = core.lanes, core.agents
    frames: dict[str, list[np.ndarray]] = {name: [] for name in Transcript.__annotations__ if name != "facts"}
    facts: dict[str, list[np.ndarray]] = {name: [] for name in core.facts()}
    step = core.reset()
    state = player.initial_state(np.tile(np.arange(agents), batch))
    heard, present = channel.silence(batch, agents)
    for time in range(core.horizon):
        live = ~step.ended
        if not live.any():
            break
        heard, present = intervene(channel, heard, present, rng)
        for name, value in core.facts().items():
            facts[name].append(value.copy())
        action, sent, state = player.step(
            _rows(step.observation), _rows(heard), _rows(present), _rows(step.legal), state, rng
        )
        frame = {"observation": step.observation, "heard": heard, "present": present, "live": live}
        frame |= {"action": action.reshape(batch, agents), "sent": sent.reshape(batch, agents, *sent.shape[1:])}
        noise = channel.link_noise(core.draws, time, agents)
        step = core.step(frame["action"])
        heard, present = channel.transmit(frame["sent"], step.hears, noise)
        for name, value in (frame | {"reward": step.reward, "hears": step.hears}).items():
            frames[name].append(value)
    stacked = {name: np.stack(values) for name, values in frames.items()}
    return Transcript(**stacked, facts={name: np.stack(values) for name, values in facts.items()})


def _rows(array: np.ndarray) -> np.ndarray:
    return array.reshape(-1, *array.shape[2:])
