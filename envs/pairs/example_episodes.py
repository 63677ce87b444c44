"""Episodes of the games for two as stories: each step twice, as each of the two lives it."""

from collections.abc import Callable

import numpy as np

from ...protocols.analysis.language import percent
from ...protocols.channels.channel import Channel
from ..core.example_episode import ExampleEpisode, Figure, Scene, told_in
from ..core.play import Transcript
from .rules import WAIT, Pair

Sees = Callable[[Transcript, int, int], str]
"""What an agent sees, in words: of a transcript, its lane, and the agent."""


def example_episodes(
    transcript: Transcript, channel: Channel, game: type[Pair], sees: Sees
) -> tuple[ExampleEpisode, ...]:
    """At most two episodes: one of the greatest return there was, and one of the least.

    Raises:
        ValueError: if the channel's messages cannot be counted.
    """
    returns = transcript.returns[:, 0]
    chosen = []
    for value in sorted({float(returns.max()), float(returns.min())}, reverse=True):
        lanes = np.flatnonzero(returns == np.float32(value))
        title = f"Return {value:g}: {percent(len(lanes) / len(returns))} of episodes end so"
        chosen.append(ExampleEpisode(title, example(transcript, channel, game, sees, int(lanes[len(lanes) // 2]))))
    return tuple(chosen)


def example(transcript: Transcript, channel: Channel, game: type[Pair], sees: Sees, lane: int) -> tuple[Scene, ...]:
    """One episode, step by step, first agent 0 and then agent 1."""
    told = told_in(transcript, channel, lane)
    scenes = []
    for step in range(int(transcript.live[:, lane].sum())):
        for seat in range(2):
            heard, sent = told.name(told.heard[step, seat].max()), told.name(told.sent[step, seat])
            action = int(transcript.action[step, lane, seat])
            answer = None if action == WAIT else game.action_names[action]
            views = [sees(transcript, lane, agent) for agent in (seat, 1 - seat)]
            does = f"says {sent}" if answer is None else f"answers {answer}"
            text = f"{game.role.capitalize()} {seat} sees {views[0]}, hears {heard or 'nothing'} and {does}; "
            figures = tuple(Figure(str(agent), agent == seat, answer is not None) for agent in range(2))
            text += f"the other one sees {views[1]}."
            scenes.append(Scene(f"Step {step + 1}", figures, heard, sent, answer, text))
    return tuple(scenes)
